"""What happens when a promise is missed or at risk: somebody who can act always knows, one level after the other."""

from datetime import timedelta

from tests.town import GENERAL, MAJOR, SERIOUS, Town, each


def test_a_major_complaint_nobody_accepts_reaches_the_manager(town: Town) -> None:
    number = town.report(facts=MAJOR)
    town.push(minutes=16)
    assert town.stage(number) == "dispatching"
    case = town.cases(number)["accept_missed"]
    assert case.owner == "dispatcher"
    town.push(minutes=16)
    assert town.cases(number)["accept_missed"].owner == "manager"
    assert [subject for subject in town.told("manager") if number in subject]


def test_a_manager_who_is_silent_is_followed_by_the_deputy_and_the_head(town: Town) -> None:
    number = town.report(facts=MAJOR)
    assert town.cases(number)["major"].owner == "manager"
    town.push(minutes=21)
    assert town.cases(number)["major"].owner == "second manager"
    town.push(minutes=10)
    case = town.cases(number)["major"]
    assert (case.level, case.owner) == (4, "head")
    levels = [
        row.level for row in town.rows("SELECT level FROM rungs WHERE case_id = :case ORDER BY opened_at", case=case.id)
    ]
    assert levels == [2, 4]


def test_an_acknowledged_escalation_rises_only_when_nothing_comes_of_it(town: Town) -> None:
    number = town.report(facts=MAJOR)
    case = town.cases(number)["major"]
    town.post("manager", f"/escalations/{case.id}/acknowledgement", {})
    town.push(minutes=25)
    town.post("manager", f"/escalations/{case.id}/progress", {"text": "Two are on their way; the site is fenced off."})
    town.push(hours=7)
    assert town.cases(number)["major"].level == 2
    town.push(hours=2)
    assert town.cases(number)["major"].owner == "head"
    assert "Still open with you" in " ".join(town.told("manager"))


def test_declined_and_unanswered_offers_go_on_to_the_next_and_never_back(town: Town) -> None:
    number = town.report(facts=SERIOUS)
    (first,) = town.offers(number)
    town.decline(number, first)
    (second,) = town.offers(number)
    assert second != first
    town.push(minutes=11)
    (third,) = town.offers(number)
    assert third not in {first, second}
    rung = [
        row.code
        for row in town.rows(
            "SELECT t.code FROM offers o JOIN technicians t ON t.id = o.technician_id ORDER BY o.offered_at"
        )
    ]
    assert len(rung) == len(set(rung)) == 3


def test_when_everybody_declined_the_manager_hears_it_before_the_promise_breaks(town: Town) -> None:
    number = town.report(facts=SERIOUS)
    asked = []
    while ringing := town.offers(number):
        asked.append(who := next(iter(ringing)))
        town.decline(number, who)
    assert asked == ["lu", "wang", "chen", "zhou"]
    case = town.cases(number)["promise_at_risk"]
    assert case.owner == "manager"
    assert town.now < town.live_deadlines(number)["on_site_promise"] - timedelta(hours=20)

    town.post(
        "manager",
        f"/escalations/{case.id}/assignment",
        {
            "technician_id": str(town.register.technicians["ma"]),
            "reason": "Borrowed from the west.",
        },
    )
    assert town.stage(number) == "assigned"
    (lead,) = town.rows(
        "SELECT t.code FROM assignments a JOIN technicians t ON t.id = a.technician_id WHERE a.ended_at IS NULL"
    )
    assert lead.code == "MA"


def test_a_broken_promise_is_told_to_the_manager_and_the_head(town: Town) -> None:
    number = town.report(facts=GENERAL)
    town.accept(number)
    town.push(hours=24, minutes=2)
    case = town.cases(number)["promise_broken"]
    assert case.level >= 2
    assert [subject for subject in town.told("head") if number in subject]


def test_somebody_who_accepted_and_does_not_leave_is_noticed_before_the_promise_breaks(town: Town) -> None:
    number = town.report(facts=GENERAL)
    town.accept(number)
    due = town.live_deadlines(number)
    assert due["latest_departure"] < due["on_site_promise"]
    town.push(hours=23, minutes=50)
    assert "promise_at_risk" in town.cases(number) or "target_missed" in town.cases(number)
    assert town.now < due["on_site_promise"]


def test_a_job_handed_back_as_not_solvable_goes_to_the_manager_and_to_another_technician(town: Town) -> None:
    number = town.report()
    who = town.bring(number, "on_site")
    town.command(number, who, "handed_back", reason="not-solvable", note="The slewing ring is cracked.")
    assert town.stage(number) == "dispatching"
    assert town.cases(number)["handed_back"].owner == "manager"
    assert who not in town.offers(number)
    assert town.offers(number)


def test_the_third_complaint_about_a_unit_in_thirty_days_is_the_managers(town: Town) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(number := town.report(facts=GENERAL))
        town.bring(number, "closed")
        town.next_morning()
    assert "third_complaint" in town.cases(numbers[-1])
    assert "third_complaint" not in town.cases(numbers[1])


def test_a_call_at_three_in_the_morning_is_taken_and_waits_for_nobody(town: Town) -> None:
    town.jump(hours=19)
    answer = town.take_call(facts=MAJOR, who="night agent")
    assert town.stage(str(answer["number"])) == "dispatching"
    due = {one["kind"]: one["minutes"] for one in each(answer, "commitments")}
    assert due["acknowledge"] == 5
    assert town.cases(str(answer["number"]))["major"].owner == "manager"


def test_after_six_hours_of_silence_everything_due_is_caught_up_in_order(town: Town) -> None:
    numbers = [town.report(serial=serial, facts=SERIOUS) for serial in ("ZJ5510-50", "ZJ5510-51", "SC200-7")]
    town.jump(hours=6)
    fired = town.rows(
        "SELECT complaint_id, due_at, fired_at FROM deadlines WHERE fired_at IS NOT NULL ORDER BY fired_at, due_at"
    )
    assert [row.due_at for row in fired] == sorted(row.due_at for row in fired)
    for number in numbers:
        case = town.cases(number)["accept_missed"]
        assert case.level == 1, "a pause is caught up level by level, never by a leap"
