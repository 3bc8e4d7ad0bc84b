"""Replay: a register's complaints logged on a system of its own, played by people who act over HTTP, and the figures.

Owns the invented day (who calls when about what, how people behave) and the reading of what became of it. Promises that
everything which changes the system goes through its API with the actor's own session or token, and that the same seed
gives the same calls and the same tempers. Figures depend on the machine, because processes really run.
"""
