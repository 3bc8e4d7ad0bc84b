"""The board and the case page show and do what the API's routes show and do, for the same people, in the same region."""

import re

import httpx
import pytest

from feedback.answers import PERCEPTIONS
from foundation.accounts import access
from foundation.database.session import unit_of_work
from foundation.language import Language, translate
from tests.integration.promises.asking import at, fresh
from tests.integration.promises.permitted import PERMITTED
from tests.town import GENERAL, MAJOR, Town
from web import forms
from web.pages.acts import ALL

PEOPLE = {
    "agent": "agent", "dispatcher": "dispatcher", "manager": "manager", "appraiser": "appraiser", "head": "head",
    "admin": "admin", "lu": "technician",
}  # fmt: skip


def visit(town: Town, who: str, path: str, *, language: Language = Language.ENGLISH) -> httpx.Response:
    headers = {**town.headers(who), "Accept": "text/html"}
    headers["Cookie"] += f"; language={language}"
    return town.client.get(path, headers=headers, follow_redirects=False)


def send(town: Town, who: str, path: str, **fields: str) -> httpx.Response:
    """A form as a browser sends it."""
    headers = town.headers(who)
    return town.client.post(
        path, data={"csrf": headers.pop("X-CSRF-Token"), **fields}, headers={**headers, "Accept": "text/html"},
        follow_redirects=False,
    )  # fmt: skip


def test_a_page_does_nothing_that_the_api_refuses(town: Town) -> None:
    number = fresh(town)
    for act in ALL:
        allowed = PERMITTED[act.route][0].split()
        for who, role in PEOPLE.items():
            if role in {"technician", "appraiser"} and role in allowed:
                continue  # They may, for cases shared with them; this one isn't.
            answer = send(town, who, f"/complaints/{number}/{act.name}", case_id="x")
            is_refused = answer.status_code == httpx.codes.FORBIDDEN
            assert is_refused == (role not in allowed), (act.name, who, answer.status_code)


def test_pages_are_open_to_whom_the_api_is_open(town: Town) -> None:
    number = fresh(town)
    for who, role in PEOPLE.items():
        for path in ("/", "/board/rows", f"/board/shown?c={number}"):
            reads = role in PERMITTED["GET /board"][0].split()
            assert (visit(town, who, path).status_code == httpx.codes.OK) == reads, (who, path)


def test_another_regions_case_is_neither_shown_nor_changed(town: Town) -> None:
    number = fresh(town)
    assert visit(town, "west manager", f"/complaints/{number}").status_code == httpx.codes.NOT_FOUND
    assert number not in visit(town, "west dispatcher", "/").text
    shown = visit(town, "west dispatcher", f"/board/shown?c={number}")
    assert 'role="alert"' in shown.text
    for act in ALL:
        answer = send(town, "west manager", f"/complaints/{number}/{act.name}", reason="x")
        assert answer.status_code == httpx.codes.FORBIDDEN, act.name


def test_a_form_without_the_sessions_token_changes_nothing(town: Town) -> None:
    number = fresh(town)
    before = town.history(number)
    headers = {**town.headers("dispatcher"), "Accept": "text/html"}
    headers.pop("X-CSRF-Token")
    answer = town.client.post(f"/complaints/{number}/withdrawal", data={"csrf": "x", "reason": "y"}, headers=headers)
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert town.history(number) == before


def test_what_is_done_on_the_page_leaves_the_same_trace_as_by_the_api(town: Town) -> None:
    by_page, by_api = fresh(town), fresh(town)
    answer = send(town, "dispatcher", f"/complaints/{by_page}/notes", note="North gate.", back=f"/?c={by_page}")
    assert (answer.status_code, answer.headers["location"]) == (httpx.codes.SEE_OTHER, f"/?c={by_page}")
    town.post("dispatcher", f"/complaints/{by_api}/notes", {"note": "North gate."})
    assert town.history(by_page)[-1] == town.history(by_api)[-1] == "note.added"


def test_a_refused_form_has_the_apis_status_and_keeps_what_was_entered(town: Town) -> None:
    number = fresh(town)
    body = {"into": "2026-999999", "reason": "The same fault."}
    by_api = town.ask("dispatcher", "POST", f"/complaints/{number}/merging", body)
    by_page = send(town, "dispatcher", f"/complaints/{number}/merging", **body)
    assert by_page.status_code == by_api.status_code
    if by_page.status_code != httpx.codes.FORBIDDEN:
        assert 'role="alert"' in by_page.text
        assert "The same fault." in by_page.text
    empty = send(town, "dispatcher", f"/complaints/{number}/notes", note="")
    assert empty.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'aria-invalid="true"' in empty.text


def test_personal_values_are_shown_to_the_desk_only(town: Town) -> None:
    number = fresh(town, facts=MAJOR)
    assert "王工" in visit(town, "dispatcher", f"/complaints/{number}").text
    appraiser = town.person("appraiser").id
    assert appraiser is not None
    with unit_of_work(town.works.system.sessions) as db:
        access.grant(db, town.complaint(number).id, appraiser, reason="table", now=town.now)
    page = visit(town, "appraiser", f"/complaints/{number}")
    assert page.status_code == httpx.codes.OK
    assert "王工" not in page.text
    assert "tel:" not in page.text


@pytest.mark.parametrize("stage", ["assigned", "repaired", "closed"])
def test_a_case_reads_in_both_languages_at_every_stage(town: Town, stage: str) -> None:
    number = fresh(town, facts=MAJOR)
    town.bring(number, stage)
    for language in Language:
        for path in (f"/complaints/{number}", f"/?c={number}"):
            answer = visit(town, "manager", path, language=language)
            assert answer.status_code == httpx.codes.OK, path
            assert "⟦" not in answer.text
            assert translate(language, f"stage.{town.stage(number)}") in answer.text


def test_a_genuine_paper_is_genuine_also_for_people_of_another_region(town: Town) -> None:
    number, _ = at("confirmed")(town)
    (row,) = town.rows(
        "SELECT f.record_sha256 AS code FROM feedbacks f JOIN complaints c ON c.id = f.complaint_id WHERE c.number = :n",
        n=number,
    )
    for who in ("west manager", "appraiser", "hu"):
        assert visit(town, who, f"/v/{row.code}").status_code == httpx.codes.OK, who
        assert town.ask(who, "GET", f"/records/{row.code}").status_code == httpx.codes.OK, who


def test_a_second_tap_on_a_signature_is_the_same_signature(town: Town) -> None:
    number, who = at("repaired")(town)
    form = visit(town, who, f"/t/feedback/{number}").text
    given = dict(re.findall(r'<input type="hidden" name="(id|shown_sha256)" value="([^"]+)"', form))
    answers = {f"answers.{name}": "6" for name in ("satisfaction", *PERCEPTIONS)}
    strokes = (
        '{"width":300,"height":120,"strokes":['
        + ",".join(
            "[" + ",".join(f'{{"x":{x},"y":{y + 7 * (x % 3)},"t":{x}}}' for x in range(10, 280, 10)) + "]"
            for y in (30, 60)
        )
        + "]}"
    )
    for _ in range(2):
        answer = send(town, who, f"/t/feedback/{number}", **given, **answers, signer_name="王建国", signature=strokes)
        assert (answer.status_code, answer.headers["location"]) == (303, "/t?said=signed"), answer.text
        town.works.clock.push(seconds=1)
    assert len(town.rows("SELECT 1 FROM feedbacks")) == 1
    assert town.rows("SELECT 1 FROM late_feedbacks") == []


def test_a_key_on_a_pages_form_changes_nothing(town: Town) -> None:
    number = fresh(town)
    headers = {**town.headers("agent"), "Accept": "text/html", "Idempotency-Key": "one-key-0001"}
    fields = {"csrf": headers.pop("X-CSRF-Token"), "note": "Gate 3."}
    answer = town.client.post(f"/complaints/{number}/notes", data=fields, headers=headers, follow_redirects=False)
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text


def test_guidance_that_helped_is_finished_on_the_page_with_the_apis_report(town: Town) -> None:
    by_page, by_api = (fresh(town, facts=GENERAL) for _ in range(2))
    assert "guidance-report" not in visit(town, "agent", f"/complaints/{by_page}").text
    for number in (by_page, by_api):
        assert send(town, "agent", f"/complaints/{number}/guidance", agreed_by="王工").status_code == 303
    assert f'action="/complaints/{by_page}/guidance-report"' in visit(town, "agent", f"/complaints/{by_page}").text
    said = {
        "report.cause.component": "limit switch", "report.cause.symptom": "stuck", "report.cause.category": "use",
        "report.work_done": "Freed it by telephone.", "report.works_again": "yes", "report.advice": "Grease it weekly.",
    }  # fmt: skip
    refused = send(town, "agent", f"/complaints/{by_page}/guidance-report", **{**said, "report.work_done": ""})
    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'value="limit switch"' in refused.text
    assert "Grease it weekly." in refused.text
    answer = send(town, "agent", f"/complaints/{by_page}/guidance-report", **said)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/complaints/{by_page}")
    town.post("agent", f"/complaints/{by_api}/guidance/report", forms.nested(said))
    assert town.stage(by_page) == town.stage(by_api) == "repaired"
    reports = town.rows(
        "SELECT r.cause_component, r.cause_symptom, r.cause_category, r.work_done, r.works_again, r.advice, r.parts "
        "FROM service_reports r JOIN complaints c ON c.id = r.complaint_id WHERE c.number IN (:one, :other)",
        one=by_page,
        other=by_api,
    )
    assert len(reports) == 2
    assert tuple(reports[0]) == tuple(reports[1])


def test_a_machine_that_doesnt_work_is_not_finished_by_telephone_on_the_page_either(town: Town) -> None:
    number = fresh(town, facts=GENERAL)
    send(town, "agent", f"/complaints/{number}/guidance", agreed_by="王工")
    assert 'name="report.works_again" value="no"' not in visit(town, "agent", f"/complaints/{number}").text
    report = {
        "report.cause.component": "a", "report.cause.symptom": "b", "report.cause.category": "use",
        "report.work_done": "c", "report.works_again": "no",
    }  # fmt: skip
    by_page = send(town, "agent", f"/complaints/{number}/guidance-report", **report)
    by_api = town.ask("agent", "POST", f"/complaints/{number}/guidance/report", forms.nested(report))
    assert by_page.status_code == by_api.status_code == httpx.codes.CONFLICT
    assert town.stage(number) == "remote_support"
