"""The ledger: append-only entries chained per subject, announcements and the errands they ask for.

Owns what happened, who did it and when, and what must follow from it. Promises that no entry is changed unnoticed
and that every announced job happens. Never decides anything about a complaint.
"""
