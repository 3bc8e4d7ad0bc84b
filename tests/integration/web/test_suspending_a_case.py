"""Those who lead the desk let work wait from the case page: why, until when, and everybody whom it concerns knows."""

from datetime import timedelta

import httpx

from foundation.language import Language, translate
from tests.integration.promises.asking import at, fresh
from tests.integration.promises.test_pages_of_cases import send, visit
from tests.town import Town
from web.pages.rendering import COMPANY_ZONE

#: Hours that the work waits.
WAITS = 30


def wall(town: Town, *, hours: float) -> str:
    """What a `datetime-local` field says so many hours from now."""
    return f"{(town.now + timedelta(hours=hours)).astimezone(COMPANY_ZONE):%Y-%m-%dT%H:%M}"


def test_work_waits_with_its_reason_and_date_and_the_crew_is_told(town: Town) -> None:
    number, who = at("en_route")(town)
    said = {"reason": "access", "resume_at": wall(town, hours=WAITS), "note": "Typhoon: the gate is locked."}
    answer = send(town, "dispatcher", f"/complaints/{number}/suspension", **said)
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
    town.works.rest()
    due = town.live_deadlines(number)
    assert town.stage(number) == "suspended"
    assert due["resume"].astimezone(COMPANY_ZONE).strftime("%Y-%m-%dT%H:%M") == said["resume_at"]
    assert "on_site_promise" in due, "nothing stops the promise"
    assert "resolve" not in due
    assert any(number in subject and "waits" in subject for subject in town.told(who))
    for language in Language:
        page = visit(town, "manager", f"/complaints/{number}", language=language).text
        assert said["note"] in page
        assert translate(language, "suspension.access") in page
        assert "⟦" not in page
        assert 'id="act-suspension"' not in page
        assert 'id="act-resumption"' in page


def test_a_date_that_has_passed_is_refused_by_its_label_and_nothing_is_lost(town: Town) -> None:
    number, _ = at("assigned")(town)
    said = {"reason": "weather", "resume_at": wall(town, hours=-1), "note": "Storm."}
    answer = send(town, "dispatcher", f"/complaints/{number}/suspension", **said)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert translate(Language.ENGLISH, "fact-of-case.resume_at") + ": must be after" in answer.text
    assert 'aria-describedby="wrong-resume_at"' in answer.text
    assert 'value="weather" required checked' in answer.text
    assert said["resume_at"] in answer.text
    assert "Storm." in answer.text
    assert town.stage(number) == "assigned"


def test_a_form_without_reason_or_date_is_refused(town: Town) -> None:
    number, _ = at("assigned")(town)
    for said in (
        {"reason": "weather"},
        {"resume_at": wall(town, hours=WAITS)},
        {"reason": "weather", "resume_at": "x"},
    ):
        answer = send(town, "dispatcher", f"/complaints/{number}/suspension", **said)
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, said
    assert town.stage(number) == "assigned"


def test_it_is_shown_where_somebody_is_to_go_and_to_those_who_may(town: Town) -> None:
    going, waiting = at("assigned")(town)[0], fresh(town)
    shown = 'id="act-suspension"'
    assert shown in visit(town, "dispatcher", f"/complaints/{going}").text
    assert shown not in visit(town, "agent", f"/complaints/{going}").text
    assert shown not in visit(town, "dispatcher", f"/complaints/{waiting}").text
