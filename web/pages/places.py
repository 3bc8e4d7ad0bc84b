"""Where somebody can go: the pages of the navigation, by permission. Pure."""

from dataclasses import dataclass
from typing import Final

import intake.permissions
from foundation.accounts.roles import Actor, Permission, may


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation: its word is `place.<name>`, its key is pressed outside fields."""

    name: str
    path: str
    permission: Permission
    key: str = ""


ALL: Final = (Place("board", "/", intake.permissions.BOARD),)


def open_to(actor: Actor | None) -> list[Place]:
    """The places this person may open, in the order of the navigation."""
    return [place for place in ALL if actor is not None and may(actor, place.permission)]
