"""Tables of people and other systems: regions, users, sessions, tokens, access to cases, idempotency."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.accounts.roles import Role
from foundation.database.base import Base
from foundation.database.columns import Instant, Json, words_check
from foundation.database.identity import new_id
from foundation.language.tongues import Language


class Region(Base):
    """A region of the service organisation; people and cases belong to regions."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    #: IANA name, for wall-clock times of its sites.
    timezone: Mapped[str]


class User(Base):
    """A person who signs in."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    language: Mapped[str] = mapped_column(default=Language.CHINESE)
    phone: Mapped[str | None]
    email: Mapped[str | None]
    #: Who answers while this person is away.
    deputy_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    away_until: Mapped[datetime | None] = mapped_column(Instant)
    active: Mapped[bool] = mapped_column(default=True)
    #: Names of channels in the order in which this person wants to be told.
    channels: Mapped[list[str]] = mapped_column(Json, default=lambda: ["in_app", "email"])
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (words_check("role", Role), words_check("language", Language), Index(None, "role"))


class UserRegion(Base):
    """A region a person works for."""

    __tablename__ = "user_regions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), primary_key=True)

    __table_args__ = (Index(None, "region_code"),)


class UserSession(Base):
    """Somebody signed in at one browser. Only hashes are kept; a revoked session never comes back."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    user_agent: Mapped[str | None]
    #: Where it was opened from, its last part masked before it is kept.
    address: Mapped[str | None]
    #: It came by a one-time link about this matter (an escalation) and is limited to it; NULL after a password.
    about_id: Mapped[UUID | None] = mapped_column(index=True)


class EntryLink(Base):
    """A one-time link in a letter to one person about one matter; only its hash is kept.

    Its key is that of the letter's delivery, so that a delivery has one at most, however often it was tried.
    """

    __tablename__ = "entry_links"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    about_id: Mapped[UUID] = mapped_column(index=True)
    path: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class ApiToken(Base):
    """Another system's way in: what it may do and for which regions (NULL: all). Shown once, only the hash is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    powers: Mapped[list[str]] = mapped_column(Json)
    regions: Mapped[list[str] | None] = mapped_column(Json)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class CaseAccess(Base):
    """One case shared with one person (a technician offered it, an appraiser asked); row-level security reads it."""

    __tablename__ = "case_access"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str]
    since: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index(
            "uq_case_access_live",
            "case_id",
            "user_id",
            "reason",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_case_access_user_live", "user_id", "case_id", postgresql_where=text("ended_at IS NULL")),
        Index(None, "user_id", "case_id"),  # Whoever sees a case also sees who was ever called to it, ended or not.
    )


class IdempotencyRecord(Base):
    """One request that asked to have one effect, and the answer it got, which only its asker's key opens."""

    __tablename__ = "idempotency"

    key_sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    actor_key: Mapped[str]
    route: Mapped[str]
    body_mark: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(Json)
    response: Mapped[bytes] = mapped_column(LargeBinary)
    #: What came of it, as its action named it (a complaint's number), for invariants that can't read the answer.
    made: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)


class SecurityEvent(Base):
    """Something a security officer wants to read: a refusal, a failed sign-in, a token made."""

    __tablename__ = "security_events"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_label: Mapped[str]
    facts: Mapped[dict[str, object]] = mapped_column(Json)


class Rate(Base):
    """How far into the future somebody's allowance is spent. Unlogged: losing it in a crash forgives, nothing else."""

    __tablename__ = "rates"

    key: Mapped[str] = mapped_column(primary_key=True)
    spent_until: Mapped[datetime] = mapped_column(Instant, index=True)

    __table_args__ = ({"prefixes": ["UNLOGGED"]},)


class SignInDelay(Base):
    """How long a login must wait after failures; known and unknown logins alike, so that waiting tells nothing."""

    __tablename__ = "sign_in_delays"

    login: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    not_before: Mapped[datetime] = mapped_column(Instant)
    failed_at: Mapped[datetime] = mapped_column(Instant, index=True)
