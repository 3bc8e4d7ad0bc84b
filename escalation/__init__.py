"""Escalation: every promise missed or at risk comes in front of somebody who can act.

Owns the ladder of people (a versioned policy stamped on each case), the cases and their rungs, and what managers,
the head of service and appraisers do with them. Promises that a case always has an owner who must acknowledge, that
silence is answered by a repeat, then the deputy, then the next level, one by one, and that a case ends only with an
outcome.
Never moves a complaint through its stages: technicians keep working while managers act.
"""
