"""Words that intake's rows keep besides stages, grades and deadlines. Values only."""

from enum import StrEnum


class HandOverWhy(StrEnum):
    """What made a case go to another region."""

    ASKED = "asked"
    UNIT_IDENTIFIED = "unit_identified"


class HandOverOutcome(StrEnum):
    """What became of it: the case went, or it stayed because it had ended or somebody had accepted meanwhile."""

    MOVED = "moved"
    STAYED = "stayed"
