"""Holding a ladder: who may, when never, and what it does to its times."""

from datetime import UTC, datetime, timedelta

import pytest

from escalation import holding, ladder, outlook
from escalation.errors import CaseEnded, HeldBefore, NotYours, PeopleInDanger
from escalation.holding import HELD_FOR, Running
from escalation.ladder import SHIPPED, Call, Level, Reason, Silence
from escalation.models import EscalationCase, Rung
from foundation.database.identity import new_id
from intake.grades import Grade

NOW = datetime(2026, 11, 24, 19, 25, tzinfo=UTC)
OWNER = new_id()
SAFE = {"injury": "none", "people_in_danger": False}


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def a_case(**known: object) -> EscalationCase:
    return EscalationCase(id=new_id(), **known)


def a_rung(**known: object) -> Rung:
    return Rung(level=2, owner_user_id=OWNER, **known)


def silence(*, held: timedelta = timedelta(0)) -> Silence:
    """A manager's rung of a major complaint: half an hour to answer, the deputy after twenty minutes."""
    return Silence(
        level=Level.MANAGER,
        reason=Reason.MAJOR,
        grade=Grade.MAJOR,
        opened_at=NOW,
        answer_due_at=NOW + minutes(30) + held,
        has_deputy=True,
        with_deputy=False,
        held=held,
    )


@pytest.mark.parametrize(
    ("answers", "danger"),
    [
        (SAFE, False),
        ({**SAFE, "injury": "suspected"}, True),
        ({**SAFE, "people_in_danger": True}, True),
        ({"injury": "none"}, True),
        ({"people_in_danger": False}, True),
        ({}, True),
    ],
)
def test_where_danger_is_known_or_unknown_people_are_taken_to_be_in_it(
    answers: dict[str, object], *, danger: bool
) -> None:
    assert holding.endangers(answers) is danger


def test_only_the_owner_holds_and_only_once_and_never_over_people_in_danger() -> None:
    def bar(case: EscalationCase, *, who: object = OWNER, endangered: bool = False) -> type | None:
        found = holding.bar(case, a_rung(), actor_id=who, endangered=endangered)  # type: ignore[arg-type]
        return None if found is None else type(found)

    assert bar(a_case()) is None
    assert bar(a_case(), who=new_id()) is NotYours
    assert bar(a_case(), who=None) is NotYours
    assert bar(a_case(held_at=NOW)) is HeldBefore
    assert bar(a_case(), endangered=True) is PeopleInDanger
    assert bar(a_case(ended_at=NOW, outcome="remedied")) is CaseEnded


def test_holding_moves_every_time_and_letting_go_takes_it_back() -> None:
    running = Running(NOW + minutes(20), None, NOW + minutes(3))
    held = holding.shifted(running, by=HELD_FOR, now=NOW)
    assert held == Running(NOW + minutes(35), None, NOW + minutes(18))
    assert holding.shifted(held, by=-HELD_FOR, now=NOW) == running
    late = holding.shifted(held, by=-HELD_FOR, now=NOW + minutes(12))
    assert late.next_notice_at == NOW + minutes(12), "what came due meanwhile is due now"


def test_what_is_due_already_waits_a_quarter_of_an_hour_from_now() -> None:
    assert holding.shifted(Running(None, None, NOW - minutes(1)), by=HELD_FOR, now=NOW).next_notice_at == NOW + HELD_FOR


@pytest.mark.parametrize("after", [1, 9, 11, 19, 21, 29, 31])
def test_silence_leads_to_the_same_a_quarter_of_an_hour_later(after: int) -> None:
    plain = ladder.next_call(SHIPPED, silence(), now=NOW + minutes(after))
    held = ladder.next_call(SHIPPED, silence(held=HELD_FOR), now=NOW + HELD_FOR + minutes(after))
    assert held.call is plain.call
    later = None if plain.next_notice_at is None else plain.next_notice_at + HELD_FOR
    assert held.next_notice_at == later


def test_the_outlook_of_a_held_ladder_is_the_same_a_quarter_of_an_hour_later() -> None:
    plain, held = outlook.of_silence(SHIPPED, silence()), outlook.of_silence(SHIPPED, silence(held=HELD_FOR))
    assert [each.at - HELD_FOR for each in held] == [each.at for each in plain]
    assert [each.call for each in held] == [Call.DEPUTY, Call.RAISE]
