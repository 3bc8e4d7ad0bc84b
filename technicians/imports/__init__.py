"""Registers filled from files: a preview of every line first, then exactly the file that was previewed.

Owns what was uploaded, what a trial told of it, and what became of it. Promises that a preview writes nothing into any
register and that only the content that was previewed is imported.
"""
