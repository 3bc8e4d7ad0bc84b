"""Customers' links: a secret that opens one case for one purpose until it expires. Only its hash is stored.

The secret is the last part of the page's address, so that a link can be read without a script. What is told about a
request leaves it out (`web.reader.told_path`), pages behind it send no referrer, and the API takes it in request bodies.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from foundation.accounts.roles import Actor, ActorKind
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from intake.errors import LinkDead
from intake.models import CustomerLink

#: How long a link lives, by purpose.
LIFE: Final = {"follow": timedelta(days=90), "feedback": timedelta(days=14)}
TOKEN_BYTES: Final = 32


def fresh_token() -> str:
    """A secret of 32 random bytes."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(token.encode()).digest()


def path_of(token: str) -> str:
    """Where a customer goes with the secret."""
    return f"/c/{token}"


def issue(db: WriteSession, complaint_id: UUID, *, purpose: str, now: datetime, letter_id: UUID | None = None) -> str:
    """Make a link of this purpose (follow, feedback) and give its secret: the only time it is known.

    The link of a letter has the letter's key: written anew because the letter did not arrive, it takes the place of the
    one before, whose secret opens nothing any more.
    """
    token = fresh_token()
    fresh = {
        "complaint_id": complaint_id, "token_hash": hash_of(token), "purpose": purpose, "created_at": now,
        "expires_at": now + LIFE[purpose], "revoked_at": None,
    }  # fmt: skip
    made = insert(CustomerLink).values(id=letter_id or new_id(), **fresh)
    db.execute(made.on_conflict_do_update(index_elements=["id"], set_=fresh))
    return token


def opened(look: ReadSession, token: str, *, purposes: frozenset[str], now: datetime) -> CustomerLink:
    """The live link behind the secret, if it is for one of the purposes. Raises LinkDead, which doesn't say why."""
    found = look.scalars(select(CustomerLink).where(CustomerLink.token_hash == hash_of(token))).one_or_none()
    if found is None or found.purpose not in purposes or found.revoked_at is not None or found.expires_at <= now:
        raise LinkDead
    return found


def actor_of(link: CustomerLink) -> Actor:
    """The customer behind a link, who sees exactly its case."""
    return Actor(kind=ActorKind.CUSTOMER, id=link.id, label="customer", case_id=link.complaint_id)


def revoke(db: WriteSession, complaint_id: UUID, *, now: datetime, purpose: str | None = None) -> None:
    """Close the live links of a complaint, of one purpose or of all."""
    closing = update(CustomerLink).where(CustomerLink.complaint_id == complaint_id, CustomerLink.revoked_at.is_(None))
    if purpose is not None:
        closing = closing.where(CustomerLink.purpose == purpose)
    db.execute(closing.values(revoked_at=now))
