"""People and other systems: users, roles, regions, sessions, API tokens, permissions, access to single cases.

Owns who may do what. Promises that nobody acts or sees beyond their role and region. Never knows what a complaint is:
cases are ids here.
"""
