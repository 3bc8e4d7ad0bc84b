"""The verbs of dispatch for the packages above and the routes; each stands in the file of its noun.

Deciding: `rounds`. Answers: `answers`. Crews: `crews`.
"""

from dispatch.answers import accept, decline, lapse_due
from dispatch.crews import end_assignment, end_one, go_on, override, pause, release, shut_out, withdraw
from dispatch.rounds import decide

__all__ = [
    "accept", "decide", "decline", "end_assignment", "end_one", "go_on", "lapse_due", "override", "pause", "release",
    "shut_out", "withdraw",
]  # fmt: skip
