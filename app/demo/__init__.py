"""Demo data: an invented company on an ordinary Tuesday, made by the same actions as the API.

Owns the invented regions, people, customers, units and calls. Promises that the first start shows complaints in every
stage with people on duty at any hour, that a second start changes nothing, and that a broken rule of any package breaks
the seed. Never writes a complaint's stage, offer or feedback past their own verbs.
"""
