"""How grave a complaint is and what is therefore promised: grading rules, commitments, their versions.

Owns the rule book (grading and service levels) and its versions. Promises that every grade says which rules gave it,
that worse answers never give a lower grade, and that a changed rule book never changes a running case.
"""
