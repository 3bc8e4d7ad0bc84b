"""Every invariant notices what it forbids: one planted violation each, against every constraint of the database."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid4

import pytest

from app import invariants
from foundation.clock import HandClock, MachineClock, ShiftedClock
from tests.integration.invariants.conftest import Garden

Plant: TypeAlias = Callable[[Garden], object]
PLANTS: dict[str, Plant] = {}


def plants(name: str) -> Callable[[Plant], Plant]:
    """The violation of the invariant with this name."""

    def note(plant: Plant) -> Plant:
        assert name not in PLANTS
        PLANTS[name] = plant
        return plant

    return note


def before(garden: Garden, **by: float) -> datetime:
    return garden.now - timedelta(**by)


def complaint(garden: Garden, **given: object) -> UUID:
    usual = {
        "number": "2026-000001", "stage": "dispatching", "grade": "general", "grade_rules": ["G1"], "pauses": [],
        "next_due_at": garden.now,
    }  # fmt: skip
    return noted(garden, garden.plant("complaints", **usual | given))


def noted(garden: Garden, subject_id: UUID) -> UUID:
    """An entry of this moment about it: what the minute's check finds it by."""
    garden.plant("ledger_entries", subject_id=subject_id, step="x", recorded_at=garden.now)
    return subject_id


def case(garden: Garden, **given: object) -> UUID:
    return garden.plant("cases", **{"level": 2, "opened_level": 2, "reason": "major", "complaint_id": uuid4()} | given)


def rung(garden: Garden, case_id: UUID, **given: object) -> UUID:
    return garden.plant(
        "rungs",
        **{"case_id": case_id, "level": 2, "owner_user_id": uuid4(), "next_notice_at": garden.now} | given,
    )


def assignment(garden: Garden, **given: object) -> UUID:
    return garden.plant("assignments", **{"crew_role": "lead"} | given)


# Ground storey.


@plants("an announcement is relayed within 60 s")
def _(garden: Garden) -> None:
    garden.plant("announcements", id=UUID("01900000-0000-7000-8000-000000000000"))


@plants("an errand that is due is rung again within 60 s")
def _(garden: Garden) -> None:
    garden.plant("errands", state="waiting", next_ring_at=datetime.fromisoformat("2025-01-01T00:00:00+00:00"))


@plants("a dead letter has been seen by a person")
def _(garden: Garden) -> None:
    garden.plant("errands", state="parked")


@plants("a chain has no gap and ends at its head")
def _(garden: Garden) -> None:
    garden.plant("ledger_heads", seq=2)


@plants("every entry belongs to a chain with a head")
def _(garden: Garden) -> None:
    garden.plant("ledger_entries")


@plants("every entry follows the one before it")
def _(garden: Garden) -> None:
    here = uuid4()
    garden.plant("ledger_heads", subject_id=here, seq=1)
    garden.plant("ledger_entries", subject_id=here, seq=1, previous_hash=b"not the genesis")


@plants("nothing is delivered twice to somebody outside")
def _(garden: Garden) -> None:
    for channel in ("sms", "email"):
        garden.plant("deliveries", dedup_key="one", recipient_key="address:+1", channel=channel, state="sent")


@plants("an unknown delivery to somebody outside has a task for a person")
def _(garden: Garden) -> None:
    garden.plant("deliveries", recipient_key="address:+1", state="unknown")


@plants("no loop is silent")
def _(garden: Garden) -> None:
    garden.plant("loops", every_s=1, ticked_at=datetime.fromisoformat("2025-01-01T00:00:00+00:00"))


# Intake.


@plants("intake: an open complaint lacks a live deadline of a due kind")
def _(garden: Garden) -> None:
    complaint(garden, stage="dispatching", next_due_at=garden.now, next_due_kind="accept")


@plants("intake: an open complaint has no deadline at all")
def _(garden: Garden) -> None:
    complaint(garden, stage="dispatching", next_due_at=None)


@plants("intake: a live deadline that the stage doesn't ask for")
def _(garden: Garden) -> None:
    garden.plant("deadlines", complaint_id=complaint(garden, stage="on_site"), kind="accept")


@plants("intake: the board shows another deadline than the earliest live one")
def _(garden: Garden) -> None:
    here = complaint(garden, next_due_at=garden.now)
    garden.plant("deadlines", complaint_id=here, due_at=before(garden, hours=1))


@plants("intake: an acknowledged call without ledger entry or announcement")
def _(garden: Garden) -> None:
    here = complaint(garden)
    garden.plant("ledger_entries", subject_id=here, step="LOG")


@plants("intake: a deadline overdue for more than a minute has not fired")
def _(garden: Garden) -> None:
    garden.plant("deadlines", due_at=before(garden, minutes=2), opened_at=before(garden, hours=1))


@plants("intake: complaint numbers have a gap")
def _(garden: Garden) -> None:
    garden.plant("number_counters", year=2026, last=3)
    for number in ("2026-000001", "2026-000003"):
        complaint(garden, year=2026, number=number)


@plants("intake: one key made two complaints, or none")
def _(garden: Garden) -> None:
    for number in ("2026-000001", "2026-000002"):
        garden.plant("idempotency", key_sha256=b"k", route="POST /api/v1/complaints", status=201, made=number)


# Severity.


@plants("policy-half")
def _(garden: Garden) -> None:
    garden.plant("policies", version=99, kind="grading")


@plants("policy-none-in-force")
def _(garden: Garden) -> None:
    garden.run("DELETE FROM policies")


@plants("grade-without-policy")
def _(garden: Garden) -> None:
    complaint(garden, grade_policy_version=99)


@plants("grade-without-reason")
def _(garden: Garden) -> None:
    complaint(garden, grade_rules=[])


# Technicians.


@plants("technician-out-of-reach")
def _(garden: Garden) -> None:
    someone = noted(garden, garden.plant("technicians", active=True))
    garden.plant("skills", technician_id=someone, family="tower_crane")


@plants("position-off-duty")
def _(garden: Garden) -> None:
    someone = uuid4()
    garden.plant("duty", technician_id=someone, state="off", since=before(garden, hours=1))
    garden.plant("positions", technician_id=someone, at=garden.now)


@plants("position-kept-too-long")
def _(garden: Garden) -> None:
    garden.plant("positions", at=before(garden, days=31))


@plants("duty-of-somebody-who-left")
def _(garden: Garden) -> None:
    garden.plant("duty", technician_id=garden.plant("technicians", active=False), state="on")


@plants("duty-from-the-future")
def _(garden: Garden) -> None:
    garden.plant("duty", since=garden.now + timedelta(hours=1))


# Dispatch.


@plants("dispatch.technician_booked_twice")
def _(garden: Garden) -> None:
    someone = uuid4()
    assignment(garden, technician_id=someone)
    assignment(garden, technician_id=someone)


@plants("dispatch.place_taken_twice")
def _(garden: Garden) -> None:
    somewhere = uuid4()
    assignment(garden, complaint_id=somewhere)
    assignment(garden, complaint_id=somewhere)


@plants("dispatch.two_open_rounds")
def _(garden: Garden) -> None:
    somewhere = uuid4()
    for _ in range(2):
        garden.plant("rounds", complaint_id=somewhere, crew_role="lead")


@plants("dispatch.accepted_without_assignment")
def _(garden: Garden) -> None:
    garden.plant("offers", state="accepted", complaint_id=complaint(garden))


@plants("dispatch.offer_never_lapsed")
def _(garden: Garden) -> None:
    garden.plant("offers", state="open", lapses_at=before(garden, minutes=2))


@plants("dispatch.forgotten")
def _(garden: Garden) -> None:
    complaint(garden, stage="dispatching")


@plants("dispatch.assigned_without_lead")
def _(garden: Garden) -> None:
    complaint(garden, stage="assigned")


@plants("dispatch.paused_without_suspension")
def _(garden: Garden) -> None:
    assignment(garden, complaint_id=complaint(garden, stage="on_site"), paused_at=before(garden, minutes=2))


@plants("dispatch.rings_for_nobody")
def _(garden: Garden) -> None:
    closed = garden.plant("rounds", crew_role="lead", closed_at=garden.now, outcome="filled")
    garden.plant("offers", state="open", round_id=closed)


# Visits.


@plants("visits: a suspended complaint has its open suspension, and no other has")
def _(garden: Garden) -> None:
    complaint(garden, stage="suspended")


@plants("visits: a repaired, confirmed or closed complaint has a service report of its round")
def _(garden: Garden) -> None:
    complaint(garden, stage="repaired")


@plants("visits: the lead of a complaint on site has a visit with a graded arrival")
def _(garden: Garden) -> None:
    here = complaint(garden, stage="on_site")
    garden.plant("phone_commands", assignment_id=assignment(garden, complaint_id=here))


@plants("visits: a job that ended more than two minutes ago has no open visit")
def _(garden: Garden) -> None:
    garden.plant("visits", assignment_id=assignment(garden, ended_at=before(garden, minutes=3), ended_how="finished"))


@plants("visits: a command's receipt says what the command's row says")
def _(garden: Garden) -> None:
    garden.plant("phone_commands", complaint_id=complaint(garden), outcome="applied", answer={"outcome": "refused"})


# Feedback.


@plants("feedback: a closed complaint has a report, a signature or an answered refusal, and a follow-up")
def _(garden: Garden) -> None:
    complaint(garden, stage="closed")


@plants("feedback: a confirmed complaint has a signature or an answered refusal")
def _(garden: Garden) -> None:
    complaint(garden, stage="confirmed")


@plants("feedback: a confirmed complaint has its follow-up call open, and no other complaint has one")
def _(garden: Garden) -> None:
    garden.plant("follow_ups", complaint_id=complaint(garden), state="open")


@plants("feedback: a record has the hash it was signed under")
def _(garden: Garden) -> None:
    garden.plant("feedbacks", complaint_id=complaint(garden), record="{}", record_sha256="0" * 64)


@plants("feedback: what came too late has the hash of its record and its entry in the ledger")
def _(garden: Garden) -> None:
    garden.plant(
        "late_feedbacks", complaint_id=complaint(garden), stage="closed", why="moved_on", state="signed", via="link"
    )


@plants("feedback: a feedback older than five minutes has its document")
def _(garden: Garden) -> None:
    garden.plant("feedbacks", complaint_id=complaint(garden), received_at=before(garden, minutes=6))


@plants("feedback: a stored document has the content of its hash")
def _(garden: Garden) -> None:
    garden.plant("documents", damaged_at=garden.now)


@plants("feedback: poor and refused feedback is remembered on the complaint")
def _(garden: Garden) -> None:
    garden.plant(
        "feedbacks",
        complaint_id=complaint(garden, reopened_count=0),
        round=0,
        state="signed",
        satisfaction=2,
        quality=1,
    )


# Escalation.


@plants("escalation: an open case stands on exactly one rung, the one of its level")
def _(garden: Garden) -> None:
    case(garden)


@plants("escalation: levels are climbed in order, from the one that opened the case")
def _(garden: Garden) -> None:
    skipped = case(garden, level=4)
    rung(garden, skipped, level=4)


@plants("escalation: an open case has an owner")
def _(garden: Garden) -> None:
    rung(garden, case(garden), owner_user_id=None)


@plants("escalation: silence is answered within a minute")
def _(garden: Garden) -> None:
    rung(garden, case(garden), next_notice_at=before(garden, minutes=2))


@plants("escalation: nobody is forgotten: the rung of an open case has its next notice, acknowledged or not")
def _(garden: Garden) -> None:
    rung(garden, case(garden), next_notice_at=None)


@plants("escalation: an acknowledged rung that nobody finishes goes up, or its owner is reminded")
def _(garden: Garden) -> None:
    rung(garden, case(garden), acknowledged_at=before(garden, hours=1), act_due_at=None)


@plants("escalation: no ladder is held while people are in danger")
def _(garden: Garden) -> None:
    about = complaint(garden, injury_or_danger=True)
    rung(garden, case(garden, complaint_id=about), held_until=garden.now + timedelta(minutes=5))


@plants("escalation: a missed deadline is in front of somebody within a minute")
def _(garden: Garden) -> None:
    garden.plant("deadlines", kind="accept", fired_at=before(garden, minutes=2))


@plants("escalation: an open major complaint had its case within a minute of the call")
def _(garden: Garden) -> None:
    complaint(garden, grade="major", received_at=before(garden, minutes=2))


@plants("escalation: every case has its entry in the ledger")
def _(garden: Garden) -> None:
    case(garden)


@pytest.mark.parametrize("name", sorted(invariants.ALL))
def test_a_planted_violation_is_found(garden: Garden, name: str) -> None:
    assert name in PLANTS, "an invariant without a planted violation proves nothing"
    with garden.look() as look:
        assert name not in invariants.violations(look, now=garden.now)
    PLANTS[name](garden)
    with garden.look() as look:
        assert name in invariants.violations(look, now=garden.now)
    with garden.look() as look:
        assert name in invariants.by_clock(look, HandClock(garden.now), only_recent=True)


def test_no_plant_is_left_over() -> None:
    assert set(PLANTS) <= set(invariants.ALL)


def test_the_levels_of_a_case_returned_from_above_are_in_order(garden: Garden) -> None:
    returned = case(garden, level=2)
    rung(garden, returned, level=2, opened_at=garden.now)
    rung(garden, returned, level=4, opened_at=before(garden, hours=1), returned_at=garden.now, next_notice_at=None)
    with garden.look() as look:
        found = invariants.violations(look, now=garden.now)
    assert "escalation: levels are climbed in order, from the one that opened the case" not in found


def test_two_rungs_climbed_in_the_wrong_order_are_found(garden: Garden) -> None:
    wrong = case(garden, level=4)
    rung(garden, wrong, level=2, opened_at=garden.now, raised_at=garden.now)
    rung(garden, wrong, level=4, opened_at=before(garden, hours=1))
    with garden.look() as look:
        found = invariants.violations(look, now=garden.now)
    assert "escalation: levels are climbed in order, from the one that opened the case" in found


def test_a_demo_at_fifty_times_the_speed_leaves_every_part_a_whole_minute_of_the_machine(garden: Garden) -> None:
    clock = ShiftedClock(starts_at=garden.now, anchor_at=MachineClock().now(), speed=50.0)
    for minutes in (20, 55):
        garden.plant("deadlines", kind="accept", fired_at=before(garden, minutes=minutes))
    name = "escalation: a missed deadline is in front of somebody within a minute"
    with garden.look() as look:
        assert len(invariants.violations(look, now=garden.now)[name]) == 2
        assert len(invariants.by_clock(look, clock)[name]) == 1
