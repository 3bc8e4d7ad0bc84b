"""What is there for oneself is read, acknowledged and done on the page as by the API, by the same people and nobody else."""

import html
import re
from typing import cast

import httpx
import pytest

from foundation.database.session import reading, unit_of_work
from foundation.language import Language, translate
from foundation.notifications import sending
from foundation.notifications.channels import Fate, Outcome
from tests.integration.promises.asking import a_case, at, clear, fresh, rung
from tests.integration.promises.test_pages_of_cases import PEOPLE, send, visit
from tests.town import MAJOR, Town, each
from tests.town_works import KeptChannel
from web.pages import waiting

MAIL = "wang.gong@site.example"
FIGURE = re.compile(r'<span class="count" id="waiting" (?:hidden)?>(\d+\+?)<')


def figure(page: httpx.Response) -> str:
    """What the navigation says waits for the reader."""
    (found,) = FIGURE.findall(page.text)
    return str(found)


def subjects(town: Town, who: str, query: str = "") -> set[str]:
    """What the API tells somebody."""
    return {str(one["subject"]) for one in each(town.get(who, f"/messages{query}"), "items")}


def said(town: Town, who: str, path: str = "/messages") -> str:
    page = visit(town, who, path)
    assert page.status_code == httpx.codes.OK
    return html.unescape(page.text)


def read(town: Town, who: str, *ids: object) -> httpx.Response:
    """The form with which somebody says that they have read these."""
    headers = town.headers(who)
    form = {"csrf": headers.pop("X-CSRF-Token"), "message": [str(one) for one in ids]}
    return town.client.post(
        "/messages/acknowledgement", data=form, headers={**headers, "Accept": "text/html"}, follow_redirects=False
    )


def tell(town: Town, who: str, count: int) -> list[str]:
    """So many messages to somebody; their subjects, the newest first."""
    user_id = town.person(who).id
    numbers = [f"2026-9{index:05}" for index in range(count)]
    for number in numbers:
        with unit_of_work(town.works.system.sessions) as db:
            sending.tell(
                db, recipient_user_id=user_id, template="escalation-negotiation", facts={"number": number},
                case_id=None, dedup_key=number, now=town.now,
            )  # fmt: skip
    return [f"Negotiation: {number}" for number in reversed(numbers)]


def test_the_dispatcher_reads_what_is_asked_and_a_way_leads_to_the_case(town: Town) -> None:
    number = town.report(serial=None)
    page = said(town, "dispatcher")
    for asked in (f"Which equipment is it? {number}", f"Where is it? {number}"):
        assert asked in page
    assert f'href="/complaints/{number}"' in page
    assert figure(visit(town, "dispatcher", "/")) == "2"
    mine = [one["id"] for one in each(town.get("dispatcher", "/messages"), "items")]
    answer = read(town, "dispatcher", *mine)
    assert (answer.status_code, answer.headers["location"]) == (httpx.codes.SEE_OTHER, "/messages?said=all-read")
    assert subjects(town, "dispatcher", "?unacknowledged=true") == set()
    rows = town.rows(
        "SELECT acknowledged_by FROM messages WHERE recipient_user_id = :who", who=town.person("dispatcher").id
    )
    assert {row.acknowledged_by for row in rows} == {town.person("dispatcher").id}
    assert figure(visit(town, "dispatcher", "/messages")) == "0"
    assert f"Where is it? {number}" in said(town, "dispatcher"), "what was read stays to be read again"


def test_everybody_reads_their_own_messages_and_nobody_elses(town: Town) -> None:
    town.report(serial=None)
    a_case(town)
    told = {who: subjects(town, who) for who in PEOPLE}
    everything = set().union(*told.values())
    assert len(everything) > len(told["dispatcher"]) > 0
    for who, mine in told.items():
        page = said(town, who)
        assert {subject for subject in everything if subject in page} == mine, who


def test_another_persons_message_is_not_there_to_be_read(town: Town) -> None:
    a_case(town)
    others = each(town.get("manager", "/messages"), "items")[0]["id"]
    by_api = town.ask("agent", "POST", f"/messages/{others}/acknowledgement")
    by_page = read(town, "agent", others)
    assert by_page.status_code == by_api.status_code == httpx.codes.NOT_FOUND
    assert town.rows("SELECT 1 FROM messages WHERE acknowledged_at IS NOT NULL AND id = :id", id=others) == []


def test_one_message_nobody_can_read_keeps_none_of_the_others_from_waiting(town: Town) -> None:
    a_case(town)
    number = town.report(serial=None)
    others = each(town.get("manager", "/messages"), "items")[0]["id"]
    mine = each(town.get("dispatcher", "/messages"), "items")[0]["id"]
    assert read(town, "dispatcher", mine, others).status_code == httpx.codes.NOT_FOUND
    assert len(subjects(town, "dispatcher", "?unacknowledged=true")) == 2, number


def test_a_way_is_shown_only_to_who_may_go_it(town: Town) -> None:
    number, who = rung(town)
    assert f'href="/complaints/{number}"' in said(town, who)
    town.post(who, f"/offers/{town.offers(number)[who]}/decline", {"reason": "too_far"})
    page = said(town, who)
    assert number in page, "the message stays"
    assert f'href="/complaints/{number}"' not in page, "the case is no longer theirs to read"


def test_an_owner_is_led_to_where_the_case_is_answered(town: Town) -> None:
    case_id = a_case(town)
    page = said(town, "manager")
    assert f'href="/escalations/{case_id}"' in page
    assert f"/escalations/{case_id}</p>" not in page, "a path is a link and not a word"


def test_what_was_answered_elsewhere_waits_no_longer(town: Town) -> None:
    number, who = rung(town)
    assert figure(visit(town, who, "/t")) == "1"
    town.post(who, f"/offers/{town.offers(number)[who]}/decline", {"reason": "too_far"})
    assert figure(visit(town, who, "/t")) == "0"
    case_id = a_case(town)
    before = int(figure(visit(town, "manager", "/")))
    town.post("manager", f"/escalations/{case_id}/acknowledgement", {})
    assert int(figure(visit(town, "manager", "/"))) == before - 1


def test_a_technician_reads_that_they_must_not_go(town: Town) -> None:
    number, who = at("assigned")(town)
    town.post("agent", f"/complaints/{number}/withdrawal", {"reason": "The customer's own fitter is there."})
    assert f"{number}: please do not go" in said(town, who)
    assert figure(visit(town, who, "/t")) == "1"


def test_a_doubtful_letter_is_a_task_for_its_region_until_somebody_says_what_became_of_it(town: Town) -> None:
    town.works.use_mail(KeptChannel(outcome=Outcome(Fate.UNKNOWN, "the answer was lost")))
    number = town.report(call_back_email=MAIL)
    town.works.rest()
    (task,) = cast("list[dict[str, str]]", town.ask("agent", "GET", "/message-tasks").json())
    path = f"/messages/tasks/{task['id']}/outcome"
    for who, role in PEOPLE.items():
        shown = path in said(town, who)
        assert shown == (role in {"agent", "dispatcher", "manager", "head", "admin"}), who
    assert path not in said(town, "west agent")
    assert send(town, "west agent", path, outcome="No.").status_code == httpx.codes.FORBIDDEN
    before = int(figure(visit(town, "agent", "/")))
    refused = send(town, "agent", path, outcome="")
    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'aria-invalid="true"' in refused.text
    answer = send(town, "agent", path, outcome="She has it.")
    assert (answer.status_code, answer.headers["location"]) == (httpx.codes.SEE_OTHER, "/messages?said=outcome")
    (kept,) = town.rows("SELECT outcome, done_by FROM message_tasks WHERE id = :id", id=task["id"])
    assert (kept.outcome, kept.done_by) == ("She has it.", town.person("agent").id)
    assert int(figure(visit(town, "agent", "/"))) == before - 1
    assert path not in said(town, "agent"), number


def test_a_call_that_is_due_is_shown_with_its_number_to_whoever_makes_it(town: Town) -> None:
    number, _ = at("confirmed")(town)
    assert "is it really solved?" not in said(town, "agent")
    town.jump(hours=72)
    for who, role in PEOPLE.items():
        page = said(town, who)
        assert ("is it really solved?" in page) == (role in {"agent", "dispatcher"}), who
        assert (f'href="/complaints/{number}#act-follow-up-answer"' in page) == (role in {"agent", "dispatcher"}), who
    assert 'href="tel:+8613800138000"' in said(town, "agent")
    assert "is it really solved?" not in said(town, "west agent")
    before = int(figure(visit(town, "agent", "/")))
    town.call_back(number, solved=True)
    assert int(figure(visit(town, "agent", "/"))) == before - 1


def test_more_messages_than_a_page_holds_are_read_on_by_the_apis_cursor(town: Town) -> None:
    told = tell(town, "agent", 25)
    first = said(town, "agent")
    (onward,) = re.findall(r'href="(/messages\?show=unread&cursor=[^"]+)"', first)
    further = said(town, "agent", onward)
    assert [subject for subject in told if subject in first] == told[:20]
    assert [subject for subject in told if subject in further] == told[20:]
    assert read(town, "agent", *re.findall(r'name="message" value="([^"]+)"', first)).status_code == 303
    both = said(town, "agent")
    assert [subject for subject in told if f'I have read it<span class="unseen">: {subject}' in both] == told[20:]
    assert visit(town, "agent", "/messages?show=read&cursor=AAAA").status_code == httpx.codes.UNPROCESSABLE_ENTITY


def test_a_figure_ends_at_ninety_nine(town: Town) -> None:
    tell(town, "agent", waiting.MOST + 3)
    assert figure(visit(town, "agent", "/intake")) == "99+"
    assert figure(visit(town, "agent", "/messages/waiting")) == "99+"


def test_the_figure_is_what_the_api_lists(town: Town) -> None:
    town.report(serial=None)
    a_case(town)
    for who in PEOPLE:
        with reading(town.works.system.sessions, town.person(who).scope) as look:
            counted = waiting.count(look, actor=town.person(who), now=town.now)
        assert counted == len(each(town.get(who, "/messages?unacknowledged=true&limit=100"), "items")), who


@pytest.mark.parametrize("language", Language)
def test_nothing_says_what_will_be_here_and_everything_reads_in_both_languages(town: Town, language: Language) -> None:
    clear(town)
    for who in ("west agent", "hu", "west appraiser", "west manager"):
        page = visit(town, who, "/messages", language=language)
        assert "⟦" not in page.text
        assert 'class="empty"' in page.text, who
    town.report(serial=None)
    fresh(town, facts=MAJOR)
    for who in PEOPLE:
        page = visit(town, who, "/messages", language=language)
        assert "⟦" not in page.text
        _, _, shown = page.text.partition("<h1>")
        assert not re.search(r"\{\w+(:[\w.]+)?\}", shown), who
        assert translate(language, "place.messages") in page.text
