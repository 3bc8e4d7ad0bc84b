"""Who may act: roles, actors and permissions. Values only."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from foundation.accounts.errors import PasswordNeeded
from foundation.database.scope import Scope
from foundation.problems import NotAllowed


class Role(StrEnum):
    """The roles of the domain; a customer and another system have none of these."""

    AGENT = "agent"
    DISPATCHER = "dispatcher"
    TECHNICIAN = "technician"
    MANAGER = "manager"
    APPRAISER = "appraiser"
    HEAD = "head"
    ADMIN = "admin"


#: Roles that see every region.
EVERYWHERE = frozenset({Role.HEAD, Role.ADMIN})
#: Roles that see only cases shared with them one by one.
CASE_BY_CASE = frozenset({Role.TECHNICIAN, Role.APPRAISER})


class ActorKind(StrEnum):
    """Where an actor comes from."""

    USER = "user"
    TOKEN = "token"  # noqa: S105 -- a word, not a secret
    CUSTOMER = "customer"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks: a person signed in, another system's token, a customer's link, or the system itself.

    `regions` is None for all. `case_id` is set for a customer's link, which sees exactly that case.
    """

    kind: ActorKind
    id: UUID | None
    label: str
    role: Role | None = None
    regions: frozenset[str] | None = field(default_factory=frozenset)
    powers: frozenset[str] = frozenset()
    case_id: UUID | None = None
    #: A person who came by a one-time link may touch this escalation alone, until they give their password.
    limited_to: UUID | None = None
    language: str | None = None

    @property
    def scope(self) -> Scope:
        """The rows this actor's transaction may see, for row-level security."""
        if self.limited_to is not None:
            return Scope(regions=frozenset(), user_id=self.id)
        if self.kind is ActorKind.SYSTEM or self.role in EVERYWHERE:
            return Scope(regions=None)
        if self.role in CASE_BY_CASE:
            return Scope(regions=frozenset(), user_id=self.id)
        return Scope(regions=self.regions, user_id=self.id)


def system(label: str) -> Actor:
    """The system itself, acting by the named job or sweep."""
    return Actor(kind=ActorKind.SYSTEM, id=None, label=label, regions=None)


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that may be done: its name, the roles that may, whether a token or a customer's link may.

    `links`: whether somebody may who came by a one-time link and gave no password; never what can't be undone.
    """

    name: str
    roles: frozenset[Role]
    tokens: bool = False
    customers: bool = False
    links: bool = False


def may(actor: Actor, permission: Permission) -> bool:
    """Whether the actor's role, token powers or link allow it; which rows they may touch is the scope's matter."""
    match actor.kind:
        case ActorKind.SYSTEM:
            return True
        case ActorKind.USER:
            return actor.role in permission.roles and (actor.limited_to is None or permission.links)
        case ActorKind.TOKEN:
            return permission.tokens and permission.name in actor.powers
        case ActorKind.CUSTOMER:
            return permission.customers


def authorise(actor: Actor, permission: Permission) -> None:
    """The one authorisation function of pages, JSON, exports, documents and live updates.

    Raises NotAllowed; PasswordNeeded to whoever might, had they not come by a one-time link.
    """
    if actor.limited_to is not None and actor.role in permission.roles and not permission.links:
        raise PasswordNeeded(permission=permission.name)
    if not may(actor, permission):
        raise NotAllowed(permission=permission.name)
