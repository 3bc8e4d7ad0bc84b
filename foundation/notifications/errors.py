"""Refusals of messages."""

from foundation.problems import Family, NotFound, Problem


class MessageNotFound(NotFound):
    """There is no such message for this reader."""

    code = "message-not-found"


class AddressUnusable(Problem):
    """An address that is neither an e-mail address nor a telephone number."""

    code = "address-unusable"
    family = Family.INVALID
