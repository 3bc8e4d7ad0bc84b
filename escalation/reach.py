"""Whose case it is, and how far up somebody may act on the cases of others."""

from typing import Final

from escalation.errors import NotYours, StandsAbove
from escalation.ladder import Level
from escalation.queries import Held
from foundation.accounts.roles import Actor, ActorKind, Role

#: Up to which level each role takes and ends cases it doesn't own: a manager those of dispatchers and those being appraised.
REACH: Final = {Role.DISPATCHER: Level.DISPATCHER, Role.MANAGER: Level.APPRAISER, Role.HEAD: Level.NEGOTIATION}


def must_be_theirs(held: Held, *, actor: Actor) -> None:
    """Only the owner does this. Raises NotYours."""
    if held.rung.owner_user_id != actor.id:
        raise NotYours(level=held.rung.level, owner=held.rung.owner_user_id)


def must_reach(held: Held, *, actor: Actor) -> None:
    """Nobody takes or ends what was brought before somebody above them, perhaps because of them. Raises StandsAbove."""
    if actor.kind is ActorKind.SYSTEM or held.rung.owner_user_id == actor.id:
        return
    reach = REACH.get(actor.role) if actor.role else None
    if reach is None or held.case.level > reach:
        raise StandsAbove(level=held.case.level, owner=held.rung.owner_user_id)
