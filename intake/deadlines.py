"""The deadline rows of a complaint: what `clocks` decides, written; and the earliest of them, kept for the board."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from sqlalchemy import select, text

from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.ledger.announcing import announce
from intake import clocks, rows
from intake.clocks import Due, How, Kind, Pause, Situation, Starts
from intake.events import DeadlineFired
from intake.grades import Graded
from intake.lifecycle import Stage
from intake.models import Complaint, Deadline

#: Kinds of the promise that began with the call or the last reopening and were settled since.
_SETTLED = text(
    """
    SELECT DISTINCT kind FROM deadlines
    WHERE complaint_id = :complaint_id AND closed_how IN ('kept', 'missed') AND opened_at >= :since
    """
)
#: Closing comes before opening, as a statement of its own: the unique index on live deadlines looks at each row.
_CLOSE = text(
    """
    UPDATE deadlines SET closed_at = :now, closed_how = ends.how
    FROM unnest(CAST(:kinds AS text[]), CAST(:hows AS text[])) AS ends (kind, how)
    WHERE deadlines.complaint_id = :complaint_id AND deadlines.kind = ends.kind AND deadlines.closed_at IS NULL
    """
)
#: A deadline that is over and ends before a sweep saw it was missed all the same, and is told all the same.
_FIRE_UNSEEN = text(
    """
    UPDATE deadlines SET fired_at = :now
    WHERE complaint_id = :complaint_id AND kind = ANY (:kinds) AND closed_at IS NULL AND fired_at IS NULL
    RETURNING id, kind, due_at
    """
)
_OPEN = text(
    """
    INSERT INTO deadlines (id, complaint_id, kind, due_at, opened_at, why)
    SELECT opened.id, :complaint_id, opened.kind, opened.due_at, :now, opened.why
    FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:dues AS timestamptz[]), CAST(:whys AS jsonb[]))
        AS opened (id, kind, due_at, why)
    """
)


def live(look: ReadSession, complaint_id: UUID) -> dict[Kind, Due]:
    """The live deadlines of a complaint."""
    rows = look.execute(
        select(Deadline.kind, Deadline.due_at, Deadline.why).where(
            Deadline.complaint_id == complaint_id, Deadline.closed_at.is_(None)
        )
    )
    return {Kind(row.kind): Due(row.due_at, row.why) for row in rows}


def settle(
    db: WriteSession, complaint: Complaint, *, at: datetime, now: datetime, resume_at: datetime | None = None
) -> None:
    """Close and open deadlines so that the live ones are those of the stage; `at` judges what was kept."""
    present = live(db, complaint.id)
    settled = db.scalars(_SETTLED, {"complaint_id": complaint.id, "since": _opened_since(complaint)})
    situation = Situation(
        stage=Stage(complaint.stage),
        acknowledged=complaint.first_acknowledged_at is not None,
        arrived=complaint.first_arrived_at is not None,
        at=at,
        starts=Starts(
            promise_at=complaint.promise_started_at,
            repaired_at=complaint.repaired_at,
            confirmed_at=complaint.confirmed_at,
            reopened=complaint.reopened_count > 0,
        ),
        minutes=minutes_of(complaint),
        policy_version=complaint.grade_policy_version,
        pauses=[_pause(since, until) for since, until in complaint.pauses],
        settled=frozenset(Kind(kind) for kind in settled),
        resume_at=resume_at,
    )
    change = clocks.settle(situation, {kind: due.due_at for kind, due in present.items()})
    write(db, complaint, opening=change.open, closing=change.close, now=now, present=present)


def regrade(db: WriteSession, complaint: Complaint, graded: Graded, *, raised: bool, now: datetime) -> None:
    """Move the live deadlines to where the new grade puts them; the old rows stay, closed as void.

    A deadline that has fired and would only move earlier stays as it is: it has been told already.
    """
    present = live(db, complaint.id)
    moving: dict[Kind, Due] = {}
    for kind, due in present.items():
        new = clocks.regraded(kind, due, minutes=graded.minutes, policy_version=graded.policy_version, raised=raised)
        if new is not None and not (due.due_at <= now and new.due_at <= now):
            moving[kind] = new
    write(db, complaint, opening=moving, closing=dict.fromkeys(moving, How.VOID), now=now, present=present)


def write(
    db: WriteSession,
    complaint: Complaint,
    *,
    opening: Mapping[Kind, Due],
    closing: Mapping[Kind, How],
    now: datetime,
    present: Mapping[Kind, Due] | None = None,
) -> None:
    """Close, then open, then remember the earliest live deadline on the complaint."""
    before = live(db, complaint.id) if present is None else present
    missed = [kind.value for kind, how in closing.items() if how is How.MISSED]
    if missed:
        _tell_unseen(db, complaint, missed, now=now)
    if closing:
        db.execute(
            _CLOSE,
            {
                "complaint_id": complaint.id,
                "now": now,
                "kinds": [kind.value for kind in closing],
                "hows": [how.value for how in closing.values()],
            },
        )
    if opening:
        db.execute(
            _OPEN,
            {
                "complaint_id": complaint.id,
                "now": now,
                "ids": [new_id() for _ in opening],
                "kinds": [kind.value for kind in opening],
                "dues": [due.due_at for due in opening.values()],
                "whys": [msgspec.json.encode(due.why).decode() for due in opening.values()],
            },
        )
    after = {kind: due for kind, due in before.items() if kind not in closing} | dict(opening)
    earliest = min(after, key=lambda kind: (after[kind].due_at, kind), default=None)
    complaint.next_due_kind = earliest
    complaint.next_due_at = after[earliest].due_at if earliest else None


def opened(complaint: Complaint, kind: Kind, due: Due, *, now: datetime) -> tuple[dict[str, object], dict[str, object]]:
    """A deadline of a kind that isn't live as the row of a hot path's one statement, and what changes on the complaint."""
    row = rows.deadline_row(complaint.id, kind, due, None, now=now)
    first = complaint.next_due_at is None or (due.due_at, kind) < (complaint.next_due_at, complaint.next_due_kind)
    return row, {"next_due_at": due.due_at, "next_due_kind": kind} if first else {}


def _tell_unseen(db: WriteSession, complaint: Complaint, kinds: list[str], *, now: datetime) -> None:
    """Announce what no sweep has announced yet: a stopped clockwork must not hush up a broken promise."""
    rows = db.execute(_FIRE_UNSEEN, {"complaint_id": complaint.id, "kinds": kinds, "now": now}).all()
    for row in sorted(rows, key=lambda row: (row.due_at, row.kind)):
        event = DeadlineFired(
            subject_id=complaint.id, deadline_kind=row.kind, deadline_id=row.id,
            due_at=row.due_at.astimezone(UTC).isoformat(timespec="microseconds"),
        )  # fmt: skip
        announce(db, event, now=now)


def minutes_of(complaint: Complaint) -> Mapping[str, int]:
    """The minutes of each commitment, as stamped at grading."""
    return cast("Mapping[str, int]", complaint.commitments["minutes"])


def as_json(value: msgspec.Struct) -> dict[str, object]:
    """A struct as a JSON document, with its words as plain text."""
    return cast("dict[str, object]", msgspec.to_builtins(value))


_LONG_AGO: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def _opened_since(complaint: Complaint) -> datetime:
    """Deadlines of the first promise were all opened since it; those of a reopening since the reopening."""
    return complaint.promise_started_at if complaint.reopened_count else _LONG_AGO


def _pause(since: str | None, until: str | None) -> Pause:
    return Pause(datetime.fromisoformat(str(since)), datetime.fromisoformat(until) if until else None)
