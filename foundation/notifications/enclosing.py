"""What a letter says or carries that is not kept with its message: the secret of a link, a paper.

It is made while the delivery is claimed, in that transaction, so that a secret stands nowhere but in the letter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from foundation.database.session import WriteSession
from foundation.notifications.channels import Attachment
from foundation.notifications.models import ChannelName, Message


@dataclass(frozen=True, slots=True)
class Enclosed:
    """Facts that only this letter's text has, and what goes along with it."""

    facts: Mapping[str, object] = field(default_factory=dict, repr=False)
    attachments: tuple[Attachment, ...] = ()


#: Makes what one letter encloses: the message, the channel it leaves by, now. May write; never touches the network.
Enclosing: TypeAlias = Callable[[WriteSession, Message, ChannelName, datetime], Enclosed]
#: Template → what its letters enclose.
Enclosures: TypeAlias = Mapping[str, Enclosing]

NOTHING: Final = Enclosed()
NO_ENCLOSURES: Final[Enclosures] = MappingProxyType({})


def enclosed(
    db: WriteSession, message: Message, channel: ChannelName, *, enclosures: Enclosures, now: datetime
) -> Enclosed:
    """What the letter of this message encloses; nothing for templates that enclose nothing."""
    make = enclosures.get(message.template)
    return NOTHING if make is None else make(db, message, channel, now)
