"""A case that is another region's after all: it goes there with everything, and the old region can read why."""

import pytest

from foundation.database.session import reading, unit_of_work
from intake import handing_over
from tests.town import MAJOR, SERIOUS, Refused, Town, each
from tests.townspeople import EAST, WEST
from web.queries import recent_changes


def board(town: Town, who: str) -> set[object]:
    return {line["number"] for line in each(town.get(who, "/board"), "items")}


def name_the_unit(town: Town, number: str, serial: str = "QTZ125-9") -> None:
    correction = {"correction": {"serial_number": serial}, "reason": "Read from the plate."}
    town.post("agent", f"/complaints/{number}/corrections", correction)


def regions_rung(town: Town, number: str) -> set[object]:
    rows = town.rows(
        "SELECT t.region_code FROM offers o JOIN technicians t ON t.id = o.technician_id "
        "JOIN complaints c ON c.id = o.complaint_id WHERE c.number = :number AND o.state = 'open'",
        number=number,
    )
    return {row.region_code for row in rows}


def test_an_identified_unit_takes_its_case_to_its_region_where_dispatch_goes_on(town: Town) -> None:
    number = town.report(serial=None, who="night agent")
    assert regions_rung(town, number) == {EAST}
    assert number in board(town, "dispatcher")

    name_the_unit(town, number)

    assert (town.complaint(number).region_code, town.stage(number)) == (WEST, "dispatching")
    assert regions_rung(town, number) == {WEST}
    assert number in board(town, "west dispatcher")
    assert number not in board(town, "dispatcher")
    with reading(town.works.system.sessions) as look:
        live = {change.region_code for change in recent_changes(look).changes if change.number == number}
    assert live == {EAST, WEST}, "open boards of both regions are told"
    assert f"Handed over to you: {number}" in town.told("west dispatcher")
    assert f"Handed over to west: {number}" in town.told("dispatcher")
    lead = town.accept(number)
    assert lead in {"ma", "hu"}
    town.visit(number, lead)
    assert town.stage(number) == "repaired"
    assert {"region.handing_over", "region.handed_over"} <= set(town.history(number))


def test_the_old_region_reads_where_the_case_went_and_why(town: Town) -> None:
    number = town.report(serial=None, who="night agent")
    answer = town.post(
        "dispatcher", f"/complaints/{number}/region", {"region_code": WEST, "reason": "The crane stands in Chengdu."}
    )
    assert (answer["state"], answer["was"], answer["region_code"]) == ("handing_over", EAST, WEST)
    for path in (f"/complaints/{number}", f"/complaints/{number}/ledger"):
        with pytest.raises(Refused) as refused:
            town.get("manager", path)
        assert (refused.value.status, refused.value.code) == (404, "handed-over")
        assert (refused.value.problem["region"], refused.value.problem["reason"]) == (
            WEST,
            "The crane stands in Chengdu.",
        )
    read = town.get("west manager", f"/complaints/{number}/ledger")
    (entry,) = [one for one in each(read, "items") if one["step"] == "region.handing_over"]
    assert entry["actor_label"] == "dispatcher"
    assert town.get("night agent", f"/complaints/{number}")["region_code"] == WEST, "who logged it stays with it"


def test_accepted_work_stays_with_whoever_has_it(town: Town) -> None:
    number = town.report(serial=None)
    lead = town.accept(number)
    name_the_unit(town, number)
    assert town.complaint(number).region_code == EAST, "an accepted case goes only when somebody says so"

    town.post("dispatcher", f"/complaints/{number}/region", {"region_code": WEST, "reason": "Theirs."})
    assert town.complaint(number).region_code == WEST
    assert town.stage(number) == "assigned"
    town.visit(number, lead)
    assert town.stage(number) == "repaired"


def test_open_escalations_stand_in_front_of_the_new_region_s_people(town: Town) -> None:
    number = town.report(serial=None, facts=MAJOR)
    before = town.cases(number)["major"]
    assert before.owner == "manager"
    town.post("manager", f"/escalations/{before.id}/acknowledgement", {})
    town.post("manager", f"/complaints/{number}/region", {"region_code": WEST, "reason": "Theirs."})
    after = town.cases(number)["major"]
    assert (after.id, after.owner, after.acknowledged_at) == (before.id, "west manager", None)
    assert town.ask("manager", "GET", f"/complaints/{number}").status_code == 404
    assert any(number in subject for subject in town.told("west manager"))


def test_a_case_that_was_accepted_on_its_way_stays(town: Town) -> None:
    number = town.report(serial=None, facts=SERIOUS)
    (lead, offer), *_ = town.offers(number).items()
    correction = {"correction": {"serial_number": "QTZ125-9"}, "reason": "Read from the plate."}
    assert town.ask("agent", "POST", f"/complaints/{number}/corrections", correction).status_code == 201
    assert town.ask(lead, "POST", f"/offers/{offer}/acceptance").is_success
    town.works.rest()
    assert town.complaint(number).region_code == EAST
    assert "region.stayed" in town.history(number)


def test_a_case_goes_once_however_often_it_is_asked_or_moved(town: Town) -> None:
    number = town.report(serial=None)
    path, body = f"/complaints/{number}/region", {"region_code": WEST, "reason": "Theirs."}
    assert town.ask("dispatcher", "POST", path, body).status_code == 201
    again = town.ask("manager", "POST", path, body)
    assert (again.status_code, again.json()["reason"]) == (409, "pending")
    town.works.rest()
    history, told = town.history(number), town.told("west dispatcher")
    (row,) = town.rows("SELECT id FROM hand_overs")
    with unit_of_work(town.works.system.sessions) as db:
        handing_over.move(db, row.id, now=town.now)
    assert (town.history(number), town.told("west dispatcher")) == (history, told)
    with pytest.raises(Refused) as refused:
        town.post("west dispatcher", path, body)
    assert refused.value.problem["reason"] == "own-region"
    with pytest.raises(Refused) as refused:
        town.post("west dispatcher", path, {"region_code": "atlantis", "reason": "Nowhere."})
    assert (refused.value.status, refused.value.problem["field"]) == (422, "region_code")
