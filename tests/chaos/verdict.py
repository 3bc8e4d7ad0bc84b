"""What is left after the campaign, compared with what was acknowledged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Row, TextClause, text

from app import invariants
from foundation.clock import Clock
from foundation.database.session import EVERYTHING, ReadSession, Sessions, reading
from foundation.ledger import keys, verifying

_FINDINGS: Mapping[str, str] = {
    "complaints taken twice": "SELECT sentence, count(*) FROM complaints GROUP BY sentence HAVING count(*) > 1",
    "numbers with a gap": "SELECT max(split_part(number, '-', 2)::int), count(*) FROM complaints "
                          "HAVING max(split_part(number, '-', 2)::int) <> count(*)",
    "calls nobody dispatched": "SELECT number FROM complaints c WHERE NOT EXISTS "
                               "(SELECT 1 FROM rounds r WHERE r.complaint_id = c.id)",
    "announcements never relayed": "SELECT kind FROM announcements WHERE relayed_at IS NULL AND announced_at < :rested",
    "errands never done": "SELECT job, e.state, e.trouble FROM errands e JOIN announcements a ON a.id = e.announcement_id "
                          "WHERE e.state <> 'done' AND a.announced_at < :rested",
    "logged or graded twice": "SELECT subject_id, step FROM ledger_entries WHERE step IN ('LOG', 'GRADE') "
                              "GROUP BY 1, 2 HAVING count(*) > 1",
    "accepted twice": "SELECT offer_id FROM assignments GROUP BY 1 HAVING count(*) > 1",
    "a technician in two places": "SELECT a.id FROM assignments a JOIN assignments b ON a.technician_id = b.technician_id "
                                  "AND a.id < b.id AND a.during && b.during AND a.ended_at IS NULL AND b.ended_at IS NULL "
                                  "AND a.paused_at IS NULL AND b.paused_at IS NULL",
    "told twice": "SELECT dedup_key, recipient_key FROM messages GROUP BY 1, 2 HAVING count(*) > 1",
    "fired twice": "SELECT payload ->> 'deadline_id' FROM announcements WHERE kind = 'deadline.fired' GROUP BY 1 "
                   "HAVING count(*) > 1",
}  # fmt: skip
#: Seconds of the machine: what is younger when the processes end was simply cut off, because their clock never rests.
CUT_OFF_S = 15
_LATENESS = """
SELECT count(*) AS fired, COALESCE(max(late), 0) AS most, COALESCE(percentile_cont(0.99) WITHIN GROUP (ORDER BY late), 0) AS p99
FROM (SELECT extract(epoch FROM fired_at - GREATEST(due_at, opened_at))::float AS late FROM deadlines
      WHERE fired_at IS NOT NULL) fired
"""


@dataclass(slots=True)
class Verdict:
    """Counts and findings; an honest system has no findings."""

    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    findings: dict[str, list[str]] = field(default_factory=dict)
    errands: int = 0
    repeated_errands: int = 0
    deadlines_fired: int = 0
    lateness_p99_s: float = 0.0
    lateness_max_s: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled or violated."""
        return not self.lost and not self.findings


def verdict(
    sessions: Sessions, diary: Sequence[Mapping[str, object]], *, clock: Clock, speed: float, var: Path
) -> Verdict:
    """Compare the database with the diary; lateness in seconds of the machine, pauses by kills included."""
    rested = clock.now() - timedelta(seconds=CUT_OFF_S * speed)
    with reading(sessions, EVERYTHING) as look:
        made = Verdict(acknowledged=len(diary), lost=list(_lost(look, diary)))
        for name, query in _FINDINGS.items():
            if rows := look.execute(_finding(query, rested)).all():
                made.findings[name] = [_line(row) for row in rows[:20]]
        made.findings |= {f"invariant: {name}": rows for name, rows in invariants.by_clock(look, clock).items()
                          if not name.startswith("loop") and "silent" not in name}  # fmt: skip
        made.errands, made.repeated_errands = look.execute(
            text("SELECT count(*), count(*) FILTER (WHERE attempts > 1) FROM errands")
        ).one()
        fired = look.execute(text(_LATENESS)).one()
        made.deadlines_fired = fired.fired
        made.lateness_p99_s, made.lateness_max_s = round(fired.p99 / speed, 2), round(fired.most / speed, 2)
        public = var / "keys" / keys.PUBLIC_NAME
        if public.exists():
            broken = verifying.verify(look, folder=var / "checkpoints", public_key=keys.public_key(public))
            if broken:
                made.findings["ledger"] = [str(one) for one in broken[:20]]
    return made


def _finding(query: str, rested: datetime) -> TextClause:
    found = text(query)
    return found.bindparams(rested=rested) if ":rested" in query else found


def _lost(look: ReadSession, diary: Sequence[Mapping[str, object]]) -> Sequence[str]:
    """What was acknowledged and isn't there."""
    numbers = set(look.execute(text("SELECT sentence || ' ' || number FROM complaints")).scalars())
    commands = {str(found) for found in look.execute(text("SELECT id FROM phone_commands")).scalars()}
    assignments = {str(found) for found in look.execute(text("SELECT id FROM assignments")).scalars()}
    there = {
        "call": lambda one: f"chaos {one['key']} {one['number']}" in numbers,
        "command": lambda one: one["id"] in commands,
        "acceptance": lambda one: one["assignment"] in assignments,
    }
    return [str(one) for one in diary if not there[str(one["kind"])](one)]


def _line(row: Row[tuple[object, ...]]) -> str:
    return ", ".join(str(value) for value in row)
