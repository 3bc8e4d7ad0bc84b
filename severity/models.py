"""The table of rule books. A saved version is never changed or deleted; the database refuses it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import foundation.accounts.models  # noqa: F401 -- a foreign key names its table, so it must be known
from foundation.database.base import Base
from foundation.database.columns import Instant, Json, words_check
from foundation.database.identity import new_id


class PolicyKind(StrEnum):
    """The two documents of a rule book."""

    GRADING = "grading"
    SERVICE_LEVELS = "service_levels"


class PolicyVersion(Base):
    """One document of one version; both kinds carry every version number. `author_id` is None for what was shipped."""

    __tablename__ = "policies"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    version: Mapped[int]
    valid_from: Mapped[datetime] = mapped_column(Instant)
    document: Mapped[dict[str, object]] = mapped_column(Json)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("kind", "version"),
        words_check("kind", PolicyKind),
        CheckConstraint("version >= 1", name="version_counts"),
        Index(None, "valid_from"),
    )
