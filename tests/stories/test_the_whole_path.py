"""A complaint from the call to the closure, and back again when it was not solved."""

from datetime import timedelta

import pytest

from tests.town import GENERAL, MAJOR, REPORT, SATISFIED, SERIOUS, Refused, Town, each


def test_a_call_becomes_a_closed_case_with_a_signed_paper(town: Town) -> None:
    answer = town.take_call(facts=SERIOUS)
    number = str(answer["number"])
    assert answer["grade"] == "serious"
    assert town.stage(number) == "dispatching"

    first = town.accept(number)
    assert first == "lu"
    town.visit(number, first)
    assert town.stage(number) == "repaired"
    town.sign(number, first)
    assert town.stage(number) == "confirmed"
    town.push(hours=4)
    town.call_back(number, solved=True)

    assert town.stage(number) == "closed"
    assert town.live_deadlines(number) == {}
    assert town.cases(number) == {}
    assert [step for step in town.history(number) if step.isupper()] == [
        "LOG",
        "GRADE",
        "DISPATCH",
        "ACCEPT",
        "SET_OFF",
        "ARRIVE",
        "FINISH",
        "CONFIRM",
        "CLOSE",
    ]
    (paper,) = town.rows("SELECT sha256, language FROM documents")
    pdf = town.works.system.files.read(paper.sha256)
    assert pdf.startswith(b"%PDF-")
    assert paper.language == "zh-CN"


def test_every_promise_of_the_path_is_kept_and_stays_readable(town: Town) -> None:
    number = town.report()
    town.visit(number, who := town.accept(number))
    town.sign(number, who)
    town.call_back(number, solved=True)
    ended = {row.kind: row.closed_how for row in town.rows("SELECT kind, closed_how FROM deadlines")}
    promised = {"acknowledge", "accept", "on_site_target", "on_site_promise", "resolve", "feedback", "follow_up"}
    assert {kind: how for kind, how in ended.items() if kind in promised} == dict.fromkeys(promised, "kept")


def test_an_answer_to_a_call_says_who_is_likely_to_come_and_what_was_promised(town: Town) -> None:
    answer = town.take_call(facts=GENERAL)
    assert each(answer, "likely")[0]["technician"] == "LU"
    due = {one["kind"]: one["minutes"] for one in each(answer, "commitments")}
    assert due["on_site_promise"] == 24 * 60
    assert answer["customer_link"]


def test_a_customer_who_is_not_satisfied_afterwards_opens_the_case_again_with_new_promises(town: Town) -> None:
    number = town.report()
    town.bring(number, "confirmed")
    town.next_morning()
    town.call_back(number, solved=False)
    assert town.stage(number) == "dispatching"
    assert "not_solved" in town.cases(number)
    assert town.live_deadlines(number)["on_site_promise"] == town.now + timedelta(hours=24)

    town.push(minutes=1)
    who = town.accept(number)
    town.visit(number, who)
    town.sign(number, who)
    town.call_back(number, solved=True)
    assert town.stage(number) == "closed"


def test_a_closed_case_is_opened_again_for_thirty_days_and_no_longer(town: Town) -> None:
    early, late = town.report(serial="ZJ5510-50"), town.report(serial="SC200-7")
    for number in (early, late):
        town.push(minutes=1)
        town.bring(number, "closed")
    town.jump(days=29, hours=23)
    town.post("agent", f"/complaints/{early}/reopening", {"reason": "It slips again."})
    assert town.stage(early) == "dispatching"
    town.jump(hours=2)
    with pytest.raises(Refused, match="reopen-too-late"):
        town.post("agent", f"/complaints/{late}/reopening", {"reason": "It slips again."})


def test_a_phone_that_was_without_signal_hands_in_its_whole_visit_afterwards(town: Town) -> None:
    number = town.report()
    who = town.accept(number)
    written = []
    for kind, minutes, more in (
        ("set_off", 5, {}),
        ("arrived", 40, {"position": town.here(number)}),
        ("finished", 80, {"report": dict(REPORT)}),
    ):
        town.works.clock.push(minutes=minutes)  # The phone's time passes; nothing of it reaches us.
        written.append(town.a_command(number, who, kind, online=False, **more))
    town.works.sweep()
    done = [command["done_at"] for command in written]

    answers = each(
        town.post(who, "/commands", {"commands": [written[2], written[0], written[1], written[0]]}), "answers"
    )
    assert [answer["outcome"] for answer in answers] == ["applied"] * 4
    assert town.stage(number) == "repaired"
    row = town.complaint(number)
    assert row.first_arrived_at.isoformat() == done[1]
    assert row.repaired_at.isoformat() == done[2]

    again = each(town.post(who, "/commands", {"commands": written}), "answers")
    assert all(answer["replayed"] for answer in again)
    assert town.history(number).count("ARRIVE") == 1


def test_work_that_waits_for_parts_stops_the_clock_of_the_repair_and_of_nothing_else(town: Town) -> None:
    number = town.report()
    who = town.bring(number, "on_site")
    resolve = town.live_deadlines(number)["resolve"]
    until = town.now + timedelta(hours=20)
    town.command(number, who, "suspended", reason="parts", resume_at=until.isoformat())
    assert set(town.live_deadlines(number)) == {"resume"}
    town.push(hours=6)
    town.post("dispatcher", f"/complaints/{number}/resumption", {"note": "The brake is here."})
    assert town.live_deadlines(number)["resolve"] == resolve + timedelta(hours=6)
    town.push(minutes=1)
    town.command(number, who, "arrived", position=town.here(number))
    town.command(number, who, "finished", report=dict(REPORT))
    assert town.stage(number) == "repaired"


def test_a_refused_signature_is_answered_for_before_the_case_goes_on(town: Town) -> None:
    number = town.report()
    who = town.bring(number, "repaired")
    town.post(
        who,
        f"/complaints/{number}/feedback-refusal",
        {
            "id": "0193a000-0000-7000-8000-00000000000a",
            "reason": "He wants a new gearbox first.",
            "witness": "李工",
            "refused_at": town.now.isoformat(),
            "skew_s": 0.0,
        },
    )
    assert town.stage(number) == "repaired"
    case = town.cases(number)["feedback_refused"]
    assert case.owner == "manager"
    town.post(
        "manager", f"/escalations/{case.id}/outcome", {"outcome": "agreed", "text": "The gearbox is under warranty."}
    )
    assert town.stage(number) == "confirmed"
    town.call_back(number, solved=True)
    assert town.stage(number) == "closed"


def test_poor_feedback_brings_the_case_in_front_of_the_manager(town: Town) -> None:
    number = town.report()
    who = town.bring(number, "repaired")
    town.sign(number, who, {**SATISFIED, "satisfaction": 4})
    assert town.cases(number)["feedback_poor"].owner == "manager"
    assert any(number in subject for subject in town.told("manager"))


def test_three_attempts_hours_apart_close_what_nobody_answers(town: Town) -> None:
    number = town.report()
    town.bring(number, "confirmed")
    for _ in range(3):
        town.push(hours=2)
        town.post("night agent", f"/complaints/{number}/follow-up/attempts", {"reached": "no_answer"})
    assert town.stage(number) == "closed"
    assert town.complaint(number).closed_how == "unreached"


def test_a_major_case_gets_two_technicians_and_its_manager_with_the_call(town: Town) -> None:
    number = town.report(facts=MAJOR)
    assert town.cases(number)["major"].owner == "manager"
    assert len(town.offers(number)) == 3
    lead = town.accept(number)
    second = town.accept(number)
    assert lead != second
    roles = town.rows("SELECT crew_role FROM assignments WHERE ended_at IS NULL ORDER BY crew_role")
    assert [row.crew_role for row in roles] == ["lead", "second"]
    assert town.offers(number) == {}
