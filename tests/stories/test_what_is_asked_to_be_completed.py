"""A case without a known unit or place is somebody's task until it is known; a call logged late is late aloud."""

from datetime import timedelta

from tests.town import SERIOUS, Town, each


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
