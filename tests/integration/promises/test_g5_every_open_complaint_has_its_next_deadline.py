"""G5: whatever is done to complaints, in whatever order, each open one keeps exactly the deadlines of its stage."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from foundation.database.identity import new_id
from intake.clocks import due_kinds
from intake.lifecycle import FINAL, Stage
from tests.town import GENERAL, MAJOR, REPORT, SATISFIED, SERIOUS, Refused, Town


def an_act(town: Town, number: str, dice: random.Random) -> None:
    """Something somebody might do to the complaint now, allowed or not. Raises Refused."""
    jobs = town.rows(
        "SELECT lower(t.code) AS who FROM assignments a JOIN technicians t ON t.id = a.technician_id "
        "JOIN complaints c ON c.id = a.complaint_id WHERE c.number = :number AND a.crew_role = 'lead' "
        "ORDER BY a.accepted_at DESC LIMIT 1",
        number=number,
    )
    who = jobs[0].who if jobs else None
    ringing = town.offers(number)
    grade = dice.choice([MAJOR, SERIOUS, GENERAL])
    later = (town.now + timedelta(hours=dice.randint(1, 30))).isoformat()
    desk = f"/complaints/{number}"
    acts: list[Callable[[], object]] = [
        lambda: town.post("agent", f"{desk}/acknowledgement"),
        lambda: town.post("dispatcher", f"{desk}/regrading", {"facts": dict(grade), "reason": "Looked again."}),
        lambda: town.post("agent", f"{desk}/guidance", {"agreed_by": "王工"}),
        lambda: town.post("agent", f"{desk}/guidance/end", {"reason": "In vain."}),
        lambda: town.post("agent", f"{desk}/guidance/report", {"report": dict(REPORT)}),
        lambda: town.post("dispatcher", f"{desk}/suspension", {"reason": "access", "resume_at": later}),
        lambda: town.post("dispatcher", f"{desk}/resumption", {}),
        lambda: town.post("agent", f"{desk}/withdrawal", {"reason": "It was the fuse."}) if dice.random() < 0.1 else None,
        lambda: town.post("agent", f"{desk}/reopening", {"reason": "Again."}),
        lambda: town.call_back(number, solved=dice.random() < 0.7),
        lambda: town.post("night agent", f"{desk}/follow-up/attempts", {"reached": "busy"}),
    ]  # fmt: skip
    if ringing:
        acts += [lambda: town.accept(number)] * 4 + [lambda: town.decline(number, next(iter(ringing)))] * 2
    if who:
        acts += [
            lambda: town.command(number, who, "set_off"),
            lambda: town.command(number, who, "arrived", position=town.here(number)),
            lambda: town.command(number, who, "suspended", reason="parts", resume_at=later),
            lambda: town.command(number, who, "resumed"),
            lambda: town.command(number, who, "handed_back", reason=dice.choice(["not-solvable", "illness"])),
            lambda: town.command(number, who, "finished", report=dict(REPORT)),
            lambda: town.sign(number, who, {**SATISFIED, "satisfaction": dice.randint(1, 7)}),
            lambda: town.post(who, f"{desk}/feedback-refusal", {
                "id": str(new_id()), "reason": "No.", "witness": "李工", "refused_at": town.now.isoformat()}),
        ] * 2  # fmt: skip
    dice.choice(acts)()


def assert_exactly_the_due(town: Town, number: str) -> None:
    """The live deadlines are those that the stage asks for; a latest departure may stand beside them."""
    row = town.complaint(number)
    stage = Stage(str(row.stage))
    wanted = due_kinds(
        stage, acknowledged=row.first_acknowledged_at is not None, arrived=row.first_arrived_at is not None
    )
    assert set(town.live_deadlines(number)) - {"latest_departure"} == set(wanted), stage
    assert bool(town.live_deadlines(number)) == (stage not in FINAL)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_acts_keep_exactly_the_deadlines_of_the_stage(town: Town, seed: int) -> None:
    dice = random.Random(seed)
    numbers = [town.report(serial=serial, facts=SERIOUS) for serial in ("ZJ5510-50", "ZJ5510-51", "SC200-7")]
    heard: Counter[object] = Counter()
    for _ in range(45):
        number = dice.choice(numbers)
        try:
            an_act(town, number, dice)
            heard["done"] += 1
        except Refused as refused:
            heard[refused.status] += 1
        if dice.random() < 0.4:
            town.jump(minutes=dice.randint(1, 30))
        for each in numbers:
            assert_exactly_the_due(town, each)
    assert set(heard) <= {"done", 403, 404, 409, 422}
    assert heard["done"] > 10
    assert heard[409] > 3
    assert town.works.violations() == {}
