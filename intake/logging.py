"""Storing a call: complaint, deadlines, ledger, announcement, customer's link and number, all in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import text

from foundation.accounts.roles import Actor, ActorKind
from foundation.database.identity import new_id
from foundation.database.session import WriteSession, swiftly
from foundation.ledger import announcing, recording
from foundation.ledger.announcing import Event
from foundation.problems import FieldWrong
from intake import calls, clocks, geocoding, links, rows
from intake.calls import PLACED_WITHIN_M, Call, CallContext, Commitment, Logged, Position
from intake.clocks import Due, How, Kind, Situation, Starts
from intake.events import ComplaintLogged
from intake.grades import Graded
from intake.lifecycle import Stage

#: One JSON document carries all rows: encoding and binding it once costs a tenth of binding eighty values. The rows take
#: the tables' own column order. The counter's row stays locked until the commit, so this statement comes last. Foreign
#: keys are checked when the statement ends, whatever the order of its parts.
_LOG: Final = text(
    """
    WITH given AS MATERIALIZED (SELECT CAST(:doc AS jsonb) AS doc),
    counter AS (
        INSERT INTO number_counters AS n (year, last) SELECT (doc->'complaint'->>'year')::int, 1 FROM given
        ON CONFLICT (year) DO UPDATE SET last = n.last + 1
        RETURNING year || '-' || lpad(last::text, greatest(6, length(last::text)), '0') AS number
    ),
    complaint AS (
        INSERT INTO complaints SELECT r.* FROM given, counter, jsonb_populate_record(
            NULL::complaints, doc->'complaint' || jsonb_build_object('number', counter.number)) r
    ),
    words AS (
        INSERT INTO complaint_words SELECT r.* FROM given, jsonb_populate_record(NULL::complaint_words, doc->'words') r
    ),
    promised AS (
        INSERT INTO deadlines SELECT r.* FROM given, jsonb_populate_recordset(NULL::deadlines, doc->'deadlines') r
    ),
    head AS (
        INSERT INTO ledger_heads (subject_id, subject_kind, seq, hash, changed_at)
        SELECT r.subject_id, r.subject_kind, r.seq, r.hash, r.changed_at
        FROM given, jsonb_populate_record(NULL::ledger_heads, doc->'head') r
    ),
    entry AS (
        INSERT INTO ledger_entries SELECT r.* FROM given, jsonb_populate_recordset(NULL::ledger_entries, doc->'entries') r
    ),
    private AS (
        INSERT INTO ledger_private_facts (entry_id, name, salt, value) SELECT r.entry_id, r.name, r.salt, r.value
        FROM given, jsonb_populate_recordset(NULL::ledger_private_facts, doc->'private') r
    ),
    announced AS (
        INSERT INTO announcements (id, kind, subject_id, payload, announced_at)
        SELECT r.id, r.kind, r.subject_id, r.payload, r.announced_at
        FROM given, jsonb_populate_recordset(NULL::announcements, doc->'announced') r
    ),
    link AS (
        INSERT INTO customer_links SELECT r.* FROM given, jsonb_populate_record(NULL::customer_links, doc->'link') r
    )
    SELECT number FROM counter
    """
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call with everything but its number: `logged` without it, and the rows as one JSON document."""

    logged: Logged
    document: str


def log(db: WriteSession, call: Call, *, context: CallContext, graded: Graded, actor: Actor, now: datetime) -> Logged:
    """Store the call as a graded complaint with its number, deadlines, ledger entries, announcement and link.

    Numbers count up per calendar year (UTC) without gaps: the counter is part of the transaction. An unknown serial
    number or place never refuses a call; it is marked to be completed. Raises FieldWrong as `calls.ordered` does, and
    for an unknown region.
    """
    return store(db, prepared(call, context=context, graded=graded, actor=actor, now=now))


def store(db: WriteSession, call: Prepared) -> Logged:
    """Write the prepared call. The counter stays locked until the commit, so whoever calls has nothing left to ask."""
    number = swiftly(db, _LOG, {"doc": call.document}).scalar_one()
    db.info["announced"] = True
    db.info["made"] = number  # stays readable beside the sealed answer, so that one key never makes two
    return replace(call.logged, number=str(number))


def prepared(call: Call, *, context: CallContext, graded: Graded, actor: Actor, now: datetime) -> Prepared:
    """Everything about the call that doesn't need its number. Raises as `log`."""
    call = calls.ordered(call, now=now)
    complaint_id = new_id()
    position = _position(call, context)
    placed = position is not None and position.radius_m <= PLACED_WITHIN_M
    region_code = _region(call, context, actor)
    promises = _promises(call, graded, acknowledged=actor.kind is ActorKind.USER, now=now)
    complaint = rows.complaint(complaint_id, call, context, graded, actor=actor, position=position, now=now)
    complaint |= {"region_code": region_code, "to_be_placed": not placed, **_next(promises)}
    history = rows.history(complaint_id, complaint, graded, actor=actor, now=now)
    deadlines = [rows.deadline_row(complaint_id, kind, *promise, now=now) for kind, promise in promises.items()]
    is_complete = placed and not complaint["to_be_identified"]
    events: list[Event] = [ComplaintLogged(subject_id=complaint_id, grade=graded.grade, is_complete=is_complete)]
    # Whoever logs a call late has missed to acknowledge it in time: the ladder hears it like any other miss.
    events += [rows.missed(complaint_id, row) for row in deadlines if row["fired_at"]]
    token = links.fresh_token()
    document = {
        "complaint": complaint,
        "words": rows.words(complaint_id, call, context),
        "deadlines": deadlines,
        "head": {
            "subject_id": complaint_id,
            "subject_kind": "complaint",
            "seq": len(history.entries),
            "hash": recording.as_text(history.hash),
            "changed_at": now,
        },
        "entries": history.entries,
        "private": history.private,
        "announced": [announcing.row(event, now=now) for event in events],
        "link": {
            "id": new_id(),
            "complaint_id": complaint_id,
            "token_hash": recording.as_text(links.hash_of(token)),
            "purpose": "follow",
            "expires_at": now + links.LIFE["follow"],
            "created_at": now,
        },
    }
    logged = Logged(
        id=complaint_id,
        number="",
        stage=Stage.GRADED,
        region_code=region_code,
        family=call.family or context.family,
        position=position,
        link_token=token,
        commitments=tuple(
            Commitment(kind, promise.due_at, graded.minutes[kind])
            for kind, (promise, _) in sorted(promises.items(), key=lambda item: item[1][0].due_at)
        ),
        to_complete=calls.to_complete(call, identified=context.equipment_id is not None, placed=placed),
    )
    return Prepared(logged, msgspec.json.encode(document).decode())


def _position(call: Call, context: CallContext) -> Position | None:
    """Where it is: what the caller says, else the site's position, else the district that the address names."""
    known = calls.position_of(call) or context.position
    address = call.address or context.site_address
    if known is not None or not address:
        return known
    found = geocoding.gazetteer(address)
    if found is None:
        return None
    return Position(latitude=found.latitude, longitude=found.longitude, radius_m=found.radius_m, source=found.source)


def _region(call: Call, context: CallContext, actor: Actor) -> str:
    """The region that looks after it: the site's, else the one named, else the actor's first, else the first of all."""
    if call.region_code is not None and call.region_code not in context.regions:
        raise FieldWrong(field="region_code", reason="unknown")
    own = sorted(actor.regions or ())
    region = context.region_code or call.region_code or next(iter([*own, *context.regions]), None)
    if region is None:
        raise FieldWrong(field="region_code", reason="none-set-up")
    return region


def _promises(
    call: Call, graded: Graded, *, acknowledged: bool, now: datetime
) -> Mapping[Kind, tuple[Due, How | None]]:
    """The deadlines of a graded complaint. A call taken by a person is acknowledged by that, in time or late."""
    called_at = call.called_at or now
    situation = Situation(
        stage=Stage.GRADED,
        acknowledged=False,
        arrived=False,
        at=now,
        starts=Starts(called_at),
        minutes=graded.minutes,
        policy_version=graded.policy_version,
    )
    promises: dict[Kind, tuple[Due, How | None]] = {
        kind: (due, None) for kind, due in clocks.settle(situation, {}).open.items()
    }
    if acknowledged:
        due, _ = promises[Kind.ACKNOWLEDGE]
        promises[Kind.ACKNOWLEDGE] = (due, How.MISSED if now > due.due_at else How.KEPT)
    return promises


def _next(promises: Mapping[Kind, tuple[Due, How | None]]) -> dict[str, object]:
    live = {kind: due.due_at for kind, (due, how) in promises.items() if how is None}
    earliest = min(live, key=lambda kind: (live[kind], kind))
    return {"next_due_at": live[earliest], "next_due_kind": earliest}
