"""Who goes, when and why: candidates, offers, assignments, and the record of every decision.

It owns offer rounds, offers, assignments, decisions and arrival forecasts. It promises that a technician is never booked
twice, that an accepted visit is never taken away silently, that a declined offer goes to somebody else, and that every
choice can be repeated from its record. It never grades, never escalates (it announces) and never knows what happens on site.
"""
