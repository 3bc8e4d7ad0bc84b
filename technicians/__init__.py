"""People who repair: outlets, vehicles, skills, certificates, shifts, duty, last known position, working time.

Owns who could go, and says honestly how old that knowledge is. Promises that the nearest qualified are found exactly,
and that nobody's position is taken off duty or kept longer than needed. Never chooses who goes, knows no complaint.
"""
