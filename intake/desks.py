"""Who answers for a region at the desk, so that a notice about a case always finds somebody."""

from datetime import datetime
from typing import Final
from uuid import UUID

from foundation.accounts import queries as people
from foundation.accounts.roles import Role
from foundation.database.session import ReadSession

#: Asked in this order: the dispatcher; where there is none the manager; where there is none either the head of service.
_INSTEAD: Final = {
    Role.DISPATCHER: (Role.DISPATCHER, Role.MANAGER, Role.HEAD),
    Role.MANAGER: (Role.MANAGER, Role.HEAD),
}


def dispatcher(look: ReadSession, region_code: str, *, now: datetime) -> UUID | None:
    """The dispatcher who answers for the region, or whoever does in their place; None when there is nobody at all."""
    return _first(look, Role.DISPATCHER, region_code, now=now)


def manager(look: ReadSession, region_code: str, *, now: datetime) -> UUID | None:
    """The manager who answers for the region, or whoever does in their place; None when there is nobody at all."""
    return _first(look, Role.MANAGER, region_code, now=now)


def _first(look: ReadSession, role: Role, region_code: str, *, now: datetime) -> UUID | None:
    for each in _INSTEAD[role]:
        found = people.on_call_for(look, each, region_code, now=now)
        if found:
            return found[0].user_id
    return None
