"""Changing people, regions and tokens: each change is an entry of the ledger of its own subject."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5
from zoneinfo import available_timezones

from msgspec import UNSET, UnsetType
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from foundation.accounts import passwords, queries, secrets, security, signing_in
from foundation.accounts.errors import (
    LoginTaken,
    PasswordWrong,
    PowerUnknown,
    RegionTaken,
    RegionUnknown,
    TokenNotFound,
    UserNotFound,
)
from foundation.accounts.models import ApiToken, Region, User, UserRegion
from foundation.accounts.roles import Actor, Role
from foundation.database import conflicts
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.language.tongues import Language
from foundation.ledger import recording
from foundation.problems import FieldWrong

conflicts.means("uq_users_login", LoginTaken)
conflicts.means("fk_user_regions_region_code", RegionUnknown)

#: What the chain keeps digests of, so that it can be erased.
PERSONAL: Final = frozenset({"name", "email", "phone"})
#: Regions have codes, ledger subjects have ids.
REGION_NAMES: Final = UUID("6f5a3a52-0f0a-5c43-9a0b-5a0a8c7c51d1")


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new API token; `secret` is shown once and known nowhere."""

    id: UUID
    secret: str


def add_region(
    db: WriteSession, code: str, *, name_zh: str, name_en: str, timezone: str, actor: Actor, now: datetime
) -> Region:
    """A new region; `timezone` is an IANA name. Raises RegionTaken, FieldWrong."""
    if timezone not in available_timezones():
        raise FieldWrong(field="timezone", reason="unknown")
    made = db.scalars(
        insert(Region)
        .values(code=code, name_zh=name_zh, name_en=name_en, timezone=timezone)
        .on_conflict_do_nothing(index_elements=["code"])
        .returning(Region)
    ).one_or_none()
    if made is None:
        raise RegionTaken(code=code)
    recording.record(
        db, uuid5(REGION_NAMES, code), "region.added", actor=actor, kind="region", now=now,
        facts={"code": code, "name_zh": name_zh, "name_en": name_en, "timezone": timezone},
    )  # fmt: skip
    return made


def add_user(
    db: WriteSession,
    login: str,
    *,
    name: str,
    role: Role,
    regions: Collection[str],
    password: str | None = None,
    password_hash: str | None = None,
    language: Language = Language.CHINESE,
    email: str | None = None,
    phone: str | None = None,
    deputy_id: UUID | None = None,
    actor: Actor,
    now: datetime,
) -> User:
    """A new person with a password, or with a hash made before (many at once). Raises LoginTaken, PasswordWeak,
    RegionUnknown.
    """
    login = login.strip().casefold()
    if password_hash is None:
        passwords.check_rules(password or "", login=login)
        password_hash = passwords.hashed(password or "")
    if db.scalars(select(User.id).where(User.login == login)).one_or_none() is not None:
        raise LoginTaken(login=login)
    made = User(
        id=new_id(), login=login, name=name, role=role, password_hash=password_hash, language=language,
        email=email, phone=phone, deputy_id=deputy_id, created_at=now,
    )  # fmt: skip
    db.add(made)
    db.flush()  # the regions refer to the person's key
    _set_regions(db, made.id, regions)
    recording.record(
        db, made.id, "user.added", actor=actor, kind="user", now=now,
        facts={"login": login, "role": role, "regions": sorted(regions)},
        private={"name": name, "email": email, "phone": phone},
    )  # fmt: skip
    return made


def change_user(
    db: WriteSession,
    user_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    active: bool | UnsetType = UNSET,
    role: Role | UnsetType = UNSET,
    regions: Sequence[str] | UnsetType = UNSET,
    name: str | UnsetType = UNSET,
    phone: str | UnsetType | None = UNSET,
    email: str | UnsetType | None = UNSET,
    language: Language | UnsetType = UNSET,
    channels: Sequence[str] | UnsetType = UNSET,
    deputy_id: UUID | UnsetType | None = UNSET,
    away_until: datetime | UnsetType | None = UNSET,
) -> User:
    """Change what is given; None takes away. A person closed or given another role or other regions is signed out
    everywhere. Raises UserNotFound, RegionUnknown.
    """
    person = _for_change(db, user_id)
    _check_deputy(db, deputy_id)
    given = {
        "active": active, "role": role, "name": name, "phone": phone, "email": email, "language": language,
        "channels": channels if channels is UNSET else list(dict.fromkeys(channels)),
        "deputy_id": deputy_id, "away_until": away_until,
    }  # fmt: skip
    changes: dict[str, object] = {column: value for column, value in given.items() if value is not UNSET}
    for column, value in changes.items():
        setattr(person, column, value)
    if regions is not UNSET:
        _set_regions(db, user_id, regions)
        changes["regions"] = sorted(regions)
    if active is False or role is not UNSET or regions is not UNSET:
        signing_in.sign_out_everywhere(db, user_id, now=now)
    _record_change(db, user_id, changes, actor=actor, now=now)
    return person


def _check_deputy(db: WriteSession, deputy_id: UUID | UnsetType | None) -> None:
    if isinstance(deputy_id, UUID) and queries.user(db, deputy_id) is None:
        raise UserNotFound(user_id=deputy_id)


def _record_change(
    db: WriteSession, user_id: UUID, changes: Mapping[str, object], *, actor: Actor, now: datetime
) -> None:
    """The chain keeps digests of what can be erased; that something was taken away is no personal value."""
    private = {column: str(changes[column]) for column in PERSONAL if changes.get(column) is not None}
    facts = {column: value for column, value in changes.items() if column not in private}
    recording.record(db, user_id, "user.changed", actor=actor, kind="user", now=now, facts=facts, private=private)


def come_back(db: WriteSession, user_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The person is no longer away. Raises UserNotFound."""
    _for_change(db, user_id).away_until = None
    recording.record(db, user_id, "user.back", actor=actor, kind="user", now=now, facts={})


def set_password(db: WriteSession, user_id: UUID, password: str, *, actor: Actor, now: datetime) -> None:
    """Give the person a new password and end all sessions. Raises UserNotFound, PasswordWeak."""
    _new_password(db, _for_change(db, user_id), password, keeping=None, actor=actor, now=now)


def change_own_password(
    db: WriteSession, user_id: UUID, *, old: str, new: str, session_id: UUID, actor: Actor, now: datetime
) -> None:
    """The person chooses another password; the session they do it in stays, all others end.

    How often somebody may try is counted before (`rates`). Raises PasswordWrong, PasswordWeak.
    """
    person = _for_change(db, user_id)
    if not passwords.matches(person.password_hash, old):
        raise PasswordWrong
    _new_password(db, person, new, keeping=session_id, actor=actor, now=now)


def _new_password(
    db: WriteSession, person: User, password: str, *, keeping: UUID | None, actor: Actor, now: datetime
) -> None:
    passwords.check_rules(password, login=person.login)
    person.password_hash = passwords.hashed(password)
    signing_in.sign_out_everywhere(db, person.id, now=now, but=keeping)
    security.note(db, "password.changed", actor=actor, facts={"login": person.login}, now=now)
    recording.record(db, person.id, "user.password", actor=actor, kind="user", now=now, facts={})


def add_token(
    db: WriteSession,
    name: str,
    *,
    powers: Collection[str],
    regions: Collection[str] | None,
    actor: Actor,
    now: datetime,
    known_powers: Collection[str] | None = None,
    expires_at: datetime | None = None,
) -> MadeToken:
    """A token for another system: `powers` are names of permissions, `regions` None for all. Raises PowerUnknown when
    `known_powers` is given and lacks one; RegionUnknown.
    """
    unknown = sorted(set(powers) - set(known_powers)) if known_powers is not None else []
    if unknown:
        raise PowerUnknown(powers=unknown)
    _check_regions(db, regions or ())
    secret = secrets.fresh()
    made = ApiToken(
        id=new_id(), name=name, token_hash=secrets.stored(secret), powers=sorted(powers),
        regions=None if regions is None else sorted(regions), created_by=actor.id if actor.role else None,
        created_at=now, expires_at=expires_at,
    )  # fmt: skip
    db.add(made)
    facts = {"name": name, "powers": made.powers, "regions": made.regions, "expires_at": expires_at}
    security.note(db, "token.made", actor=actor, facts=facts, now=now)
    recording.record(db, made.id, "token.added", actor=actor, kind="token", now=now, facts=facts)
    return MadeToken(id=made.id, secret=secret)


def revoke_token(db: WriteSession, token_id: UUID, *, actor: Actor, now: datetime) -> None:
    """End the token for good; once is enough. Raises TokenNotFound."""
    token = db.get(ApiToken, token_id, with_for_update=True)
    if token is None:
        raise TokenNotFound(token_id=token_id)
    if token.revoked_at is not None:
        return
    token.revoked_at = now
    security.note(db, "token.revoked", actor=actor, facts={"name": token.name}, now=now)
    recording.record(db, token_id, "token.revoked", actor=actor, kind="token", now=now, facts={})


def _for_change(db: WriteSession, user_id: UUID) -> User:
    person = db.scalars(select(User).where(User.id == user_id).with_for_update(key_share=True)).one_or_none()
    if person is None:
        raise UserNotFound(user_id=user_id)
    return person


def _set_regions(db: WriteSession, user_id: UUID, codes: Collection[str]) -> None:
    _check_regions(db, codes)
    db.execute(delete(UserRegion).where(UserRegion.user_id == user_id))
    db.add_all([UserRegion(user_id=user_id, region_code=code) for code in sorted(set(codes))])
    db.flush()  # a region that vanished in between is refused here and not at the edge


def _check_regions(db: WriteSession, codes: Collection[str]) -> None:
    known = set(db.scalars(select(Region.code).where(Region.code.in_(codes))))
    unknown = sorted(set(codes) - known)
    if unknown:
        raise RegionUnknown(regions=unknown)
