"""A case without a known unit or place is somebody's task until it is known; a call logged late is late aloud."""

from datetime import timedelta

from intake import importing
from tests.town import SERIOUS, Town, each
from tests.townspeople import FOUNDER


def tasks(town: Town, who: str) -> set[object]:
    """What somebody is still asked to complete."""
    asked = each(town.get(who, "/messages?unacknowledged=true"), "items")
    return {one["subject"] for one in asked if str(one["template"]).startswith("task-")}


def correct(town: Town, number: str, **said: object) -> None:
    town.post("agent", f"/complaints/{number}/corrections", {"correction": said, "reason": "Asked again."})


def test_the_dispatcher_is_asked_for_unit_and_place_until_they_are_known(town: Town) -> None:
    number = town.report(serial=None, who="night agent")
    assert tasks(town, "dispatcher") == {f"Which equipment is it? {number}", f"Where is it? {number}"}
    town.push(hours=2)
    assert len(tasks(town, "dispatcher")) == 2, "said once, and it stays until it is done"
    correct(town, number, position={"latitude": 31.2, "longitude": 121.4, "radius_m": 30.0})
    assert tasks(town, "dispatcher") == {f"Which equipment is it? {number}"}
    correct(town, number, serial_number="ZJ5510-50")
    assert tasks(town, "dispatcher") == set()
    correct(town, number, serial_number="NOBODY-7")
    assert tasks(town, "dispatcher") == {f"Which equipment is it? {number}"}
    town.post("agent", f"/complaints/{number}/withdrawal", {"reason": "It was the fuse."})
    assert tasks(town, "dispatcher") == set()


def test_a_case_of_a_known_unit_asks_nobody(town: Town) -> None:
    town.report()
    assert tasks(town, "dispatcher") == set()


def test_the_tasks_of_a_case_go_with_it_to_another_region(town: Town) -> None:
    number = town.report(serial=None)
    town.post("dispatcher", f"/complaints/{number}/region", {"region_code": "west", "reason": "Theirs."})
    assert tasks(town, "dispatcher") == set()
    assert tasks(town, "west dispatcher") == {f"Which equipment is it? {number}", f"Where is it? {number}"}


def register(town: Town, serial_number: str, **said: object) -> None:
    town.post(
        "agent", "/equipment", {"serial_number": serial_number, "family": "tower crane", "model": "QTZ80", **said}
    )


def test_a_case_is_identified_when_its_unit_is_registered_and_goes_where_that_stands(town: Town) -> None:
    here, there = town.report(serial="qtz80-1", who="night agent"), town.report(serial="QTZ80-2", who="night agent")
    assert tasks(town, "dispatcher") >= {f"Which equipment is it? {number}" for number in (here, there)}
    register(town, "QTZ80-1", region_code="east")
    assert not town.complaint(here).to_be_identified
    assert town.complaint(there).to_be_identified
    register(town, "QTZ80-2", region_code="west")
    assert (town.complaint(there).to_be_identified, town.complaint(there).region_code) == (False, "west")
    for number in (here, there):
        assert town.history(number).count("fact.corrected") == 1
        for who in ("dispatcher", "west dispatcher"):
            assert f"Which equipment is it? {number}" not in tasks(town, who)
    entries = each(town.get("west manager", f"/complaints/{there}/ledger"), "items")
    (entry,) = [one for one in entries if one["step"] == "fact.corrected"]
    assert (entry["actor_kind"], entry["actor_label"]) == ("system", "intake.identify")


def test_an_import_identifies_what_waits_in_every_region(town: Town) -> None:
    here, there = town.report(serial="QTZ80-1"), town.report(serial="QTZ80-3", who="west agent")
    waiting = town.report(serial="QTZ80-2")
    lines = ["serial_number,family,region\n", "qtz80-1,tower crane,east\n", "QTZ80-3,tower crane,west\n"]
    for _ in range(2):
        importing.import_equipment(town.works.system.sessions, lines, actor=FOUNDER, now=town.now)
        town.works.rest()
    assert [town.complaint(number).to_be_identified for number in (here, there, waiting)] == [False, False, True]
    assert {town.history(number).count("fact.corrected") for number in (here, there)} == {1}


def test_a_unit_that_another_customer_owns_is_asked_about_and_not_taken(town: Town) -> None:
    mine, theirs = (town.post("agent", "/customers", {"name": name})["id"] for name in ("Acme", "Globex"))
    number = town.report(serial="QTZ80-1", customer_id=mine)
    register(town, "QTZ80-1", region_code="west", customer_id=theirs)
    register(town, "QTZ80-2", region_code="west")
    assert (town.complaint(number).to_be_identified, town.complaint(number).region_code) == (True, "east")
    assert tasks(town, "dispatcher") == {f"Is it QTZ80-1? {number}", f"Where is it? {number}"}
    for page in ("/intake/to-complete", f"/complaints/{number}"):
        shown = town.client.get(page, headers=town.headers("dispatcher")).text
        assert "QTZ80-1" in shown
        assert "Globex" in shown
    correct(town, number, serial_number="QTZ80-1")
    assert (town.complaint(number).to_be_identified, town.complaint(number).region_code) == (False, "west")
    assert tasks(town, "dispatcher") == set()


def test_a_case_that_was_closed_meanwhile_learns_its_unit_when_it_is_reopened(town: Town) -> None:
    number = town.report(serial="QTZ80-1", latitude=31.2, longitude=121.4)
    town.bring(number, "closed")
    register(town, "QTZ80-1", region_code="east")
    assert town.complaint(number).to_be_identified
    town.post("agent", f"/complaints/{number}/reopening", {"reason": "It stands again."})
    assert not town.complaint(number).to_be_identified


def test_a_call_that_is_logged_after_its_acknowledgement_was_due_is_heard_by_the_ladder(town: Town) -> None:
    number = town.report(facts=SERIOUS, called_at=(town.now - timedelta(minutes=20)).isoformat())
    (missed,) = town.rows(
        "SELECT d.closed_how, d.fired_at FROM deadlines d JOIN complaints c ON c.id = d.complaint_id "
        "WHERE c.number = :number AND d.kind = 'acknowledge'",
        number=number,
    )
    assert (missed.closed_how, missed.fired_at) == ("missed", town.now)
    assert town.cases(number)["acknowledge_missed"].owner == "dispatcher"
    assert any(number in subject for subject in town.told("dispatcher"))
    town.push(minutes=5)
    fired = town.rows(
        "SELECT a.payload FROM announcements a JOIN complaints c ON c.id = a.subject_id "
        "WHERE c.number = :number AND a.kind = 'deadline.fired'",
        number=number,
    )
    assert [row.payload["deadline_kind"] for row in fired] == ["acknowledge"], "once"


def test_a_call_that_is_logged_in_time_wakes_nobody(town: Town) -> None:
    number = town.report(facts=SERIOUS, called_at=(town.now - timedelta(minutes=10)).isoformat())
    assert "acknowledge_missed" not in town.cases(number)
