"""Intake: customers, sites, equipment and complaints, their lifecycle, their deadlines and their numbers.

Owns what the caller said, which unit it is about, the stage of each complaint and the deadline rows of its commitments.
Promises that an acknowledged call is stored with its number, ledger entries, deadlines and announcement, or not at all;
that numbers have no gaps; that a stage changes only by `progress.advance`. Never grades, dispatches or sends anything.
"""
