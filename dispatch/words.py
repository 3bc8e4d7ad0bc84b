"""Words of this package, as stored and as sent."""

from enum import StrEnum


class OfferState(StrEnum):
    """What became of an offer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class DeclineReason(StrEnum):
    """Why a technician declines; `other` needs a note."""

    TOO_FAR = "too_far"
    ILL = "ill"
    HOURS = "hours"
    SKILL = "skill"
    PARTS = "parts"
    VEHICLE = "vehicle"
    ROAD = "road"
    OTHER = "other"


class RoundOutcome(StrEnum):
    """How a round of offers ended."""

    ACCEPTED = "accepted"
    BY_HAND = "by_hand"
    STOPPED = "stopped"


class EndedHow(StrEnum):
    """How an assignment ended."""

    FINISHED = "finished"
    HANDED_BACK = "handed_back"
    CASE_ENDED = "case_ended"
    RELEASED = "released"
