"""What a letter says or carries that is not kept with its message: the secret of a link, a paper.

It is made while the delivery is claimed, in that transaction, so that a secret stands nowhere but in the letter.

A delivery is claimed once for each attempt, and what the attempt before enclosed certainly did not arrive: a letter that
may have arrived is never sent again (its repeat is another delivery, see `delivering`). So a secret is made in the name of
the delivery and takes the place of the one before it, and a delivery has one at most.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias
from uuid import UUID

from foundation.database.session import WriteSession
from foundation.notifications.channels import Attachment
from foundation.notifications.models import ChannelName, Message


@dataclass(frozen=True, slots=True)
class Enclosed:
    """Facts that only this letter's text has, and what goes along with it."""

    facts: Mapping[str, object] = field(default_factory=dict, repr=False)
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaving:
    """The delivery that a letter leaves by: its key, the same at every attempt, and its channel."""

    delivery_id: UUID
    channel: ChannelName


#: Makes what one letter encloses: the message, what it leaves by, now. May write; never touches the network.
Enclosing: TypeAlias = Callable[[WriteSession, Message, Leaving, datetime], Enclosed]
#: Template → what its letters enclose.
Enclosures: TypeAlias = Mapping[str, Enclosing]

NOTHING: Final = Enclosed()
NO_ENCLOSURES: Final[Enclosures] = MappingProxyType({})


def enclosed(
    db: WriteSession, message: Message, leaving: Leaving, *, enclosures: Enclosures, now: datetime
) -> Enclosed:
    """What the letter of this message encloses; nothing for templates that enclose nothing."""
    make = enclosures.get(message.template)
    return NOTHING if make is None else make(db, message, leaving, now)
