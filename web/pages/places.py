"""Where somebody can go: the pages of the navigation, by permission. Pure."""

from dataclasses import dataclass
from typing import Final

import escalation.permissions
import foundation.notifications.permissions
import intake.permissions
import technicians.permissions
from foundation.accounts import permissions
from foundation.accounts.roles import Actor, Permission, Role, may


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation: its word is `place.<name>`, its key is pressed outside fields."""

    name: str
    path: str
    permission: Permission
    key: str = ""


ALL: Final = (
    Place("board", "/", intake.permissions.BOARD),
    Place("intake", "/intake", intake.permissions.LOG, key="n"),
    Place("escalations", "/escalations", escalation.permissions.ACKNOWLEDGE, key="i"),
    Place("admin", "/admin", permissions.ADMINISTER, key="v"),
    Place("technician", "/t", technicians.permissions.SIGN_ON, key="t"),
)


#: Where those begin who may open none of them.
START: Final = Place("start", "/start", permissions.BE_HERE)
#: What is there for oneself: beside the work, so nobody begins there.
MESSAGES: Final = Place("messages", "/messages", foundation.notifications.permissions.READ_OWN, key="f")


def open_to(actor: Actor | None) -> list[Place]:
    """The places this person may open, in the order of the navigation; never none for whoever is signed in.

    Whoever came by a link has one page, and no others to go to.
    """
    if actor is None or actor.limited_to is not None:
        return []
    working = [place for place in ALL if may(actor, place.permission)] or [START]
    return [*working, MESSAGES] if may(actor, MESSAGES.permission) else working


def landing(role: Role) -> str:
    """The page on which somebody of this role begins: the first one open to them."""
    return next((place.path for place in ALL if role in place.permission.roles), START.path)
