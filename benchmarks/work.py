"""From the call to the work: how soon a job starts, how soon an offer is with a technician, how late deadlines fire."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import psycopg

from benchmarks import bulk, calls, ground, load, processes
from benchmarks.figures import Figure, median, percentile, rounded
from foundation.clock import MachineClock
from foundation.database.server import Server
from foundation.database.session import Sessions

PEOPLE: Final = 10_000
SECONDS: Final = 20.0
CALLS_PER_S: Final = 60
OFFERED_PER_S: Final = 20
#: Open complaints with four live deadlines each, and how many of those fall due while we look.
OPEN: Final = 25_000
DUE: Final = 1_000
DUE_PER_S: Final = 50
#: Seconds in which what was begun may come to its end.
REST_S: Final = 8.0
#: Seconds in which the warming calls must have been worked off.
PATIENCE_S: Final = 90


def starting() -> list[Figure]:
    """T5: from sending the call to the first line of the job that hears it, at 60 calls a second.

    The job notes the time and does nothing else, so that the way is measured and not the work; everything on the way is
    real: the web process, the relay, the queue, the worker's threads, the attempt counted in the errand's row.
    """
    with ground.running() as server:
        original = ground.database(server, f"company_{PEOPLE}", ground.company(PEOPLE))
        with ground.copy(server, original) as found, _system(found, worker="noting") as web:
            sent, seen = _calls(found, web, per_s=CALLS_PER_S)
    noted = {}
    for line in (ground.VAR / "noted").read_text(encoding="ascii").splitlines():
        complaint, at = line.split()
        noted[complaint] = float(at)
    waits = [(noted[complaint] - at) * 1000 for complaint, at in _by_complaint(sent, seen) if complaint in noted]
    detail = {
        "median ms": rounded(median(waits)),
        "started": len(waits),
        "asked for": len(seen.bodies),
        "answer p99 ms": rounded(percentile(seen.seconds, 0.99) * 1000),
    }
    return [Figure("T5 call sent → job starts, 60/s, p99", rounded(percentile(waits, 0.99)), "ms", 50, detail=detail)]


def offering() -> list[Figure]:
    """From sending the call to the offer in the technician's inbox, committed, at 20 calls a second; all jobs run."""
    with ground.running() as server:
        original = ground.database(server, f"company_{PEOPLE}", ground.company(PEOPLE))
        with ground.copy(server, original) as found, _system(found, worker="worker") as web:
            sent, seen = _calls(found, web, per_s=OFFERED_PER_S)
            told = _told(found)
    waits = [told[complaint] - at for complaint, at in _by_complaint(sent, seen) if complaint in told]
    detail = {"median s": rounded(median(waits)), "offered": len(waits), "calls": len(seen.bodies)}
    # An offer that never came counts as worse than any that came.
    waits += [float("inf")] * (len(seen.bodies) - len(waits))
    late = percentile(waits, 0.99)
    return [
        Figure("call sent → offer delivered, 20/s, p99", rounded(late) if late < 1e9 else 1e9, "s", 2, detail=detail)
    ]


def lateness() -> list[Figure]:
    """How long after it was due a deadline is marked and handed to the jobs, with 100,000 live ones, 50 due a second."""

    def fill(owner: psycopg.Connection, sessions: Sessions) -> None:
        ground.company(200)(owner, sessions)
        bulk.complaints(owner, OPEN)

    with ground.running() as server:
        original = ground.database(server, f"open_{OPEN}", fill)
        with (
            ground.copy(server, original) as found,
            _system(found, worker="worker"),
            psycopg.connect(found.superuser_url, autocommit=True) as owner,
        ):
            owner.execute(_FALL_DUE, {"due": DUE, "per_s": DUE_PER_S})
            threading.Event().wait(DUE / DUE_PER_S + REST_S)
            rows = owner.execute(_LATE).fetchall()
    fired, relayed = [float(row[0]) for row in rows], [float(row[1]) for row in rows]
    assert len(rows) == DUE, f"{len(rows)} of {DUE} fired"
    detail = {
        "median s": rounded(median(relayed)),
        "marked, p99 s": rounded(percentile(fired, 0.99)),
        "fired": len(rows),
    }
    return [Figure("deadline due → handed to the jobs, p99", rounded(percentile(relayed, 0.99)), "s", 2, detail=detail)]


_FALL_DUE: Final = """
WITH chosen AS (SELECT id, row_number() OVER () AS n FROM deadlines WHERE kind = 'resolve' LIMIT %(due)s)
UPDATE deadlines SET due_at = clock_timestamp() + interval '2 seconds' + (chosen.n / %(per_s)s::float) * interval '1 second'
FROM chosen WHERE deadlines.id = chosen.id
"""
_LATE: Final = """
SELECT extract(epoch FROM d.fired_at - d.due_at), extract(epoch FROM a.relayed_at - d.due_at)
FROM deadlines d JOIN announcements a ON a.kind = 'deadline.fired' AND a.payload->>'deadline_id' = d.id::text
WHERE a.relayed_at IS NOT NULL
"""
_WAITING: Final = """
SELECT (SELECT count(*) FROM announcements WHERE relayed_at IS NULL) + (SELECT count(*) FROM errands WHERE state = 'waiting')
"""
_TOLD: Final = """
SELECT a.subject_id::text, min(e.done_at) FROM errands e JOIN announcements a ON a.id = e.announcement_id
WHERE e.job = 'dispatch.tell_offer' AND e.state = 'done' GROUP BY a.subject_id
"""


@contextmanager
def _system(found: Server, *, worker: str) -> Iterator[processes.Part]:
    """Web, clockwork and a worker; `noting` instead of `worker` is the one that only notes."""
    (ground.VAR / "noted").unlink(missing_ok=True)
    with processes.part("web", found) as web, processes.part("clockwork", found):
        if worker == "worker":
            with processes.part("worker", found):
                yield _warmed(found, web)
            return
        environment = {
            **os.environ,
            "DATABASE_URL": found.app_url,
            "CALLOUT_VAR": str(ground.VAR / "parts"),
            "CALLOUT_DEMO": "no",
            "PYTHONPATH": str(ground.ROOT),
        }
        command = [sys.executable, "-m", "benchmarks.noting", str(ground.VAR / "noted")]
        with processes.program(command, environment=environment, log="noting.log"):
            yield _warmed(found, web)


def _warmed(found: Server, web: processes.Part) -> processes.Part:
    """Everything runs, has prepared its statements and has nothing left to do."""
    requests = calls.requests(ground.token(found, "complaint.log"), seed=99)
    load.steady(web.port, requests, per_s=10, seconds=6).must_be(201)
    _await_rest(found)
    load.steady(web.port, requests, per_s=20, seconds=4).must_be(201)
    _await_rest(found)
    return web


def _await_rest(found: Server) -> None:
    """Wait until nothing announced waits for its jobs; RuntimeError when that takes too long."""
    with psycopg.connect(found.superuser_url, autocommit=True) as owner:
        for _ in range(PATIENCE_S * 4):
            waiting = owner.execute(_WAITING).fetchone()
            if waiting is not None and waiting[0] == 0:
                return
            threading.Event().wait(0.25)
    message = f"work is left after {PATIENCE_S} s"
    raise RuntimeError(message)


def _calls(found: Server, web: processes.Part, *, per_s: float) -> tuple[list[datetime], load.Seen]:
    sent: list[datetime] = []
    requests = calls.requests(ground.token(found, "complaint.log"))
    seen = load.steady(
        web.port, requests, per_s=per_s, seconds=SECONDS, on_send=lambda _: sent.append(MachineClock().now())
    ).must_be(201)
    threading.Event().wait(REST_S)
    return sent, seen


def _by_complaint(sent: list[datetime], seen: load.Seen) -> list[tuple[str, float]]:
    return [(json.loads(body)["id"], sent[number].timestamp()) for number, body in seen.bodies]


def _told(found: Server) -> dict[str, float]:
    with psycopg.connect(found.superuser_url, autocommit=True) as owner:
        return {row[0]: row[1].timestamp() for row in owner.execute(_TOLD).fetchall()}
