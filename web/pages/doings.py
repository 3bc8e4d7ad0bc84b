"""What an administrator looks after, and by which routes. Pure."""

from dataclasses import dataclass
from typing import Final

import escalation.permissions
import foundation.notifications.permissions
import severity.permissions
import technicians.permissions
from foundation.accounts import permissions
from foundation.accounts.roles import Actor, Permission, Role, may


@dataclass(frozen=True, slots=True)
class Doing:
    """Something an administrator may do now, with the routes it is done by; its words are `doing.<name>`."""

    name: str
    permission: Permission
    routes: tuple[str, ...]


DOINGS: Final = (
    Doing("people", permissions.MANAGE_USERS, (
        "GET /api/v1/users", "POST /api/v1/users", "PATCH /api/v1/users/{user_id}",
        "PUT /api/v1/users/{user_id}/password", "DELETE /api/v1/users/{user_id}/absence",
    )),
    Doing("tokens", permissions.MANAGE_TOKENS, (
        "GET /api/v1/tokens", "POST /api/v1/tokens", "DELETE /api/v1/tokens/{token_id}",
    )),
    Doing("regions", permissions.MANAGE_REGIONS, ("GET /api/v1/regions", "POST /api/v1/regions")),
    Doing("technicians", technicians.permissions.KEEP, (
        "POST /api/v1/technicians", "PUT /api/v1/technicians/{technician_id}", "POST /api/v1/outlets",
    )),
    Doing("policies", severity.permissions.SAVE_POLICIES, ("GET /api/v1/policies", "POST /api/v1/policies")),
    Doing("ladder", escalation.permissions.LADDER_SAVE, (
        "GET /api/v1/escalation-ladder", "POST /api/v1/escalation-ladder",
    )),
    Doing("tasks", foundation.notifications.permissions.SETTLE_TASKS, (
        "GET /api/v1/message-tasks", "POST /api/v1/message-tasks/{task_id}/outcome",
    )),
    Doing("security", permissions.READ_SECURITY_EVENTS, ("GET /api/v1/security-events",)),
)  # fmt: skip


def doings_of(actor: Actor) -> list[Doing]:
    """What this person administers; for others than administrators it stands where they work."""
    return [doing for doing in DOINGS if actor.role is Role.ADMIN and may(actor, doing.permission)]
