"""Which channel next: pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from foundation.notifications.models import ChannelName

_MAIL = re.compile(r"^[^@\s]+@[^@\s]+$")
_PHONE = re.compile(r"^\+?[0-9][0-9 ()\-]{4,}$")


@dataclass(frozen=True, slots=True)
class Turn:
    """A channel and the how-manieth time round all channels it is."""

    channel: ChannelName
    round: int


def channels_of(address: str) -> tuple[ChannelName, ...]:
    """The channels an address outside can be reached by, best first; empty if it is none we know."""
    if _MAIL.match(address):
        return (ChannelName.EMAIL,)
    if _PHONE.match(address):
        return (ChannelName.SMS, ChannelName.VOICE)
    return ()


def next_turn(preferred: Sequence[ChannelName], used: Sequence[Turn]) -> Turn:
    """The first channel not yet used in the present round, else the first one of the next round.

    `preferred` is not empty.
    """
    present = max((turn.round for turn in used), default=1)
    tried = {turn.channel for turn in used if turn.round == present}
    for channel in preferred:
        if channel not in tried:
            return Turn(channel=channel, round=present)
    return Turn(channel=preferred[0], round=present + 1)
