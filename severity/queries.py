"""Questions about rule books: which is in force, what a version says, which there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from sqlalchemy import Row, func, select, text

from foundation.database.session import ReadSession, swiftly
from foundation.problems import NotFound
from intake.models import Deadline
from severity.models import PolicyKind, PolicyVersion
from severity.policy import GradingPolicy, Policies, ServiceLevels

# The check before the cache: two short rows by index. Documents are read once per process and version.
_IN_FORCE: Final = text(
    """
    SELECT kind, version, id FROM policies
    WHERE version = (SELECT max(version) FROM policies WHERE valid_from <= :now)
    """
)
_OF_VERSION: Final = text("SELECT kind, version, id FROM policies WHERE version = :version")
#: Read rule books by the ids of their two rows. Rows never change, so neither does an entry; a handful exist at most.
_READ: Final[dict[frozenset[UUID], Policies]] = {}


def in_force(look: ReadSession, *, now: datetime) -> Policies:
    """The rule book by which calls are graded now: the latest version whose time has come."""
    rows = swiftly(look, _IN_FORCE, {"now": now}).all()
    return _policies(look, cast("Sequence[Row[tuple[str, int, UUID]]]", rows))


def of_version(look: ReadSession, version: int) -> Policies:
    """The rule book of this version, as stamped on a case. Raises NotFound."""
    return _policies(look, look.execute(_OF_VERSION, {"version": version}).all())


def latest_version(look: ReadSession) -> int:
    """The highest version saved, also one whose time hasn't come."""
    return look.scalars(select(func.max(PolicyVersion.version))).one() or 0


def versions(look: ReadSession, kind: PolicyKind) -> Sequence[PolicyVersion]:
    """Every version of a document, the latest first."""
    query = select(PolicyVersion).where(PolicyVersion.kind == kind).order_by(PolicyVersion.version.desc())
    return look.scalars(query).all()


def _policies(look: ReadSession, rows: Sequence[Row[tuple[str, int, UUID]]]) -> Policies:
    """The rule book of these two rows, from memory if it was read before."""
    key = frozenset(row.id for row in rows)
    if key not in _READ:
        if len(rows) != len(PolicyKind):
            raise NotFound
        _READ[key] = _read(look, version=rows[0].version)
    return _READ[key]


def _read(look: ReadSession, *, version: int) -> Policies:
    found = look.execute(
        select(PolicyVersion.kind, PolicyVersion.document).where(PolicyVersion.version == version)
    ).all()
    documents = {row.kind: row.document for row in found}
    return Policies(
        version=version,
        grading=msgspec.convert(documents[PolicyKind.GRADING], GradingPolicy),
        levels=msgspec.convert(documents[PolicyKind.SERVICE_LEVELS], ServiceLevels),
    )


def deadlines_of(look: ReadSession, complaint_id: UUID) -> Sequence[Deadline]:
    """Every deadline a complaint ever had, in order of opening and due time."""
    query = select(Deadline).where(Deadline.complaint_id == complaint_id)
    return look.scalars(query.order_by(Deadline.opened_at, Deadline.due_at, Deadline.kind)).all()
