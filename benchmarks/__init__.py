"""Measuring programs: each answers one question of docs/performance.md as a ratio or a time, within one run.

They start the real processes over a real, durable PostgreSQL under var/bench. Never part of the tests: what they say
depends on the machine, so they print it beside its fsync rate.
"""
