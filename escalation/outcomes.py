"""How a case may end. Words only; the sentence beside it is written by the person who ends it."""

from enum import StrEnum


class Outcome(StrEnum):
    """What came of a case."""

    REMEDIED = "remedied"  # what was missed has been done
    AGREED = "agreed"  # agreed with the customer, to be carried out
    REFUSAL_CONFIRMED = "refusal_confirmed"  # the customer's refusal to sign was looked into and stands
    NOT_UPHELD = "not_upheld"  # looked into, nothing to remedy
    THIRD_PARTY = "third_party"  # goes to an institution or a court
    ANNULLED = "annulled"  # opened on facts that turned out wrong (a phone's corrected time)


#: What a person may choose; annulment has its own way with its own evidence.
CHOSEN = frozenset(Outcome) - {Outcome.ANNULLED}
