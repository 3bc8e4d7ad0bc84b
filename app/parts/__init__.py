"""The programs that run for long, a module each, so that none loads what only another one needs.

`python -m app web` runs `app/parts/web.py`; so do the supervisor and the `callout` command.
"""
