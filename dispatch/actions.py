"""The verbs of dispatch for the packages above and the routes; each stands in the file of its noun.

Deciding: `rounds`. Answers: `answers`. Crews: `crews`. What is asked of whoever goes: `wishes`. Policies: `policies`.
"""

from dispatch.answers import accept, decline, lapse_due
from dispatch.crews import end_assignment, end_one, go_on, override, pause, release, shut_out, withdraw
from dispatch.policies import save as save_policy
from dispatch.rounds import decide
from dispatch.wishes import allow_again, exclude, say_heavy_parts

__all__ = [
    "accept", "allow_again", "decide", "decline", "end_assignment", "end_one", "exclude", "go_on", "lapse_due",
    "override", "pause", "release", "save_policy", "say_heavy_parts", "shut_out", "withdraw",
]  # fmt: skip
