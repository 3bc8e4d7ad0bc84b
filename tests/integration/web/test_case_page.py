"""The case page shows of the ledger what its reader may see of it, and as much as the API."""

import re

from foundation.accounts import access
from foundation.database.session import unit_of_work
from tests.town import Town

NOTE = "Gate 3, ask for Mr Li."
#: A SHA-256 in hexadecimal, which says nothing to a person.
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


def case_page(town: Town, who: str, number: str) -> str:
    headers = {**town.headers(who), "Accept": "text/html", "Accept-Language": "en"}
    answer = town.client.get(f"/complaints/{number}", headers=headers, follow_redirects=False)
    assert answer.status_code == 200, answer.text
    return answer.text


def share(town: Town, number: str, who: str) -> None:
    """Let somebody see the case, as an appraisal does."""
    user_id = town.person(who).id
    assert user_id is not None
    with unit_of_work(town.works.system.sessions) as db:
        access.grant(db, town.complaint(number).id, user_id, reason="test", now=town.now)


def digests_in(town: Town, number: str) -> set[str]:
    """What stands in the chain in place of personal values; never empty for a case with a note."""
    rows = town.rows(
        "SELECT e.facts::text AS facts FROM ledger_entries e JOIN complaints c ON c.id = e.subject_id"
        f" WHERE c.number = '{number}'"
    )
    found = {digest for row in rows for digest in DIGEST.findall(row.facts)}
    assert found
    return found


def test_a_note_is_read_as_it_was_written_by_whoever_may_see_personal_values(town: Town) -> None:
    number = town.report()
    town.post("agent", f"/complaints/{number}/notes", {"note": NOTE})
    page = case_page(town, "manager", number)
    assert NOTE in page
    assert {digest for digest in digests_in(town, number) if digest[:12] in page} == set()


def test_an_appraiser_sees_that_something_was_noted_and_neither_its_words_nor_their_digest(town: Town) -> None:
    number = town.report()
    town.post("agent", f"/complaints/{number}/notes", {"note": NOTE})
    share(town, number, "appraiser")
    page = case_page(town, "appraiser", number)
    assert 'class="timeline"' in page
    assert NOTE not in page
    assert {digest for digest in digests_in(town, number) if digest[:12] in page} == set()


def test_whom_the_api_refuses_the_ledger_sees_none_of_it_on_the_page(town: Town) -> None:
    number = town.report()
    who = town.accept(number)
    assert town.ask(who, "GET", f"/complaints/{number}/ledger").status_code == 403
    page = case_page(town, who, number)
    assert number in page
    assert 'class="timeline"' not in page
