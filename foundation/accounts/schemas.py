"""Wire shapes of accounts."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from foundation.accounts.roles import Role
from foundation.language.tongues import Language
from foundation.wire import AwareTime, Code, Email, Line, Phone, Wire

#: A password is taken as it is typed: no trimming, no normal form but that of hashing.
Password = Annotated[str, Meta(min_length=1, max_length=256)]
RegionCodes = Annotated[list[Code], Meta(max_length=100)]
#: The names of `foundation.notifications`, which stands above this package.
ChannelWord: TypeAlias = Literal["in_app", "email", "sms", "voice"]
Channels = Annotated[list[ChannelWord], Meta(min_length=1, max_length=10)]


class SignInWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Login and password."""

    login: Annotated[str, Meta(min_length=1, max_length=200)]
    password: Password


class SessionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever is signed in; `csrf` goes into the header X-CSRF-Token of every unsafe request."""

    user_id: UUID
    login: str
    name: str
    role: str
    language: str
    regions: list[str] | None
    csrf: str


class RegionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A region."""

    code: str
    name_zh: str
    name_en: str
    timezone: str


class RegionWish(Wire, frozen=True, kw_only=True):
    """A region to add."""

    code: Annotated[str, Meta(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9_-]+$")]
    name_zh: Line
    name_en: Line
    timezone: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]


class UserWish(Wire, frozen=True, kw_only=True):
    """A person to add."""

    login: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._@-]+$")]
    name: Line
    role: Role
    regions: RegionCodes
    password: Password
    language: Language = Language.CHINESE
    email: Email | None = None
    phone: Phone | None = None
    deputy_id: UUID | None = None


class OwnPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The password one signs in with now, and the one from now on."""

    old: Password
    new: Password


class OwnAbsence(Wire, frozen=True, kw_only=True):
    """Until when one is away, and who answers meanwhile; without a deputy the one known stays."""

    until: AwareTime
    deputy_id: UUID | None = None


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A password for somebody who has lost theirs."""

    password: Password


class UserChange(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What to change. What isn't given stays; null takes away what a person need not have."""

    active: bool | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    regions: RegionCodes | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    language: Language | UnsetType = UNSET
    #: In the order in which this person wants to be told; said twice is said once.
    channels: Channels | UnsetType = UNSET
    deputy_id: UUID | UnsetType | None = UNSET
    away_until: AwareTime | UnsetType | None = UNSET


class UserAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A person, without phone and address."""

    id: UUID
    login: str
    name: str
    role: str
    regions: list[str]
    language: str
    channels: list[str]
    active: bool
    deputy_id: UUID | None
    away_until: datetime | None


class PersonAnswer(UserAnswer, frozen=True, kw_only=True):
    """One person as whoever looks after the accounts sees them, with how they are reached."""

    phone: str | None
    email: str | None


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """Somewhere a person is signed in; the address is masked, `is_this` marks the session that asks."""

    id: UUID
    begun_at: datetime
    last_seen_at: datetime
    user_agent: str | None
    address: str | None
    is_this: bool
    #: It began by a one-time link and is limited to the one matter of the letter; else with a password.
    by_link: bool


class TokenWish(Wire, frozen=True, kw_only=True):
    """An API token to make."""

    name: Line
    powers: Annotated[list[Code], Meta(min_length=1, max_length=50)]
    regions: RegionCodes | None = None
    expires_at: AwareTime | None = None


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A token; `secret` is there once, in the answer that made it."""

    id: UUID
    name: str
    powers: list[str]
    regions: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    secret: str | None = None


class SecurityEventAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A security event."""

    id: UUID
    kind: str
    at: datetime
    actor: str
    facts: dict[str, object]
