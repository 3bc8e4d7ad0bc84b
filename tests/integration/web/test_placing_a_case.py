"""Whoever is asked to place a case on the map can do so on its page, and correct what else was heard wrong."""

import re

import httpx
import pytest

from foundation.accounts import access
from foundation.database.session import unit_of_work
from intake import datum
from tests.integration.promises.asking import fresh
from tests.integration.promises.test_pages_of_cases import send, visit
from tests.town import Town

#: As a map of Amap gives the gate.
COPIED = "31.0304, 121.2231"
WHY = {"reason": "The dispatcher found the gate on the map."}


def asked(town: Town, number: str) -> list[str]:
    """The tasks about the case that nobody has settled."""
    rows = town.rows(
        "SELECT DISTINCT m.template FROM messages m JOIN complaints c ON c.id = m.case_id WHERE c.number = :number "
        "AND m.template LIKE 'task-%' AND m.acknowledged_at IS NULL",
        number=number,
    )
    return [row.template for row in rows]


def test_a_case_is_placed_with_what_was_copied_from_a_map_and_both_positions_are_kept(town: Town) -> None:
    number = town.report(serial=None, address="somewhere behind the river")
    assert town.complaint(number).to_be_placed
    assert "task-place" in asked(town, number)
    answer = send(town, "dispatcher", f"/complaints/{number}/corrections", latitude=COPIED, datum="gcj02", **WHY)
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
    town.works.rest()
    case = town.complaint(number)
    there = datum.to_wgs84(31.0304, 121.2231, datum="gcj02")
    assert (case.latitude, case.longitude) == pytest.approx((there.latitude, there.longitude))
    assert (case.datum, case.given_latitude, case.given_longitude) == ("gcj02", 31.0304, 121.2231)
    assert (case.position_source, case.position_radius_m, case.to_be_placed) == ("person", 50, False)
    assert "task-place" not in asked(town, number)
    page = visit(town, "dispatcher", f"/complaints/{number}").text
    assert f"{there.latitude:.5f}, {there.longitude:.5f}" in page
    assert "not placed on the map" not in page


@pytest.mark.parametrize(
    ("fields", "field", "label"),
    [
        ({"latitude": COPIED}, "datum", "Datum of the map: it is missing"),
        ({"latitude": "131", "longitude": "121.2231", "datum": "gcj02"}, "latitude", "Latitude: out of range"),
        ({"latitude": "31.0304", "datum": "gcj02"}, "longitude", "Longitude: it is missing"),
        ({"latitude": "0", "longitude": "0", "datum": "wgs84"}, "longitude", "Place on the map: 0, 0 is not a place"),
    ],
    ids=["no datum", "out of range", "half", "nowhere"],
)
def test_a_place_that_cannot_be_one_is_refused_by_its_label_and_stands_in_the_form_again(
    town: Town, fields: dict[str, str], field: str, label: str
) -> None:
    number = fresh(town)
    before = town.history(number)
    answer = send(town, "dispatcher", f"/complaints/{number}/corrections", **fields, **WHY)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert f'value="{fields["latitude"]}"' in answer.text
    assert re.search(
        rf'aria-invalid="true" aria-describedby="wrong-{field}".*?id="wrong-{field}">{label}', answer.text, re.DOTALL
    )
    assert town.history(number) == before


def test_how_one_gets_in_is_corrected_on_the_page_and_read_by_those_who_go(town: Town) -> None:
    number = fresh(town)
    said = {"access_notes": "Gate 3, ask for Mr Li.", "conditions": "In strong wind.", "asked_for": "A new rope."}
    answer = send(town, "agent", f"/complaints/{number}/corrections", **said, **WHY)
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
    case = town.complaint(number)
    assert (case.access_notes, case.conditions, case.asked_for) == tuple(said.values())
    page = visit(town, "dispatcher", f"/complaints/{number}").text
    assert all(words in page for words in said.values())


def test_how_one_gets_in_names_people_so_that_an_appraiser_reads_it_nowhere(town: Town) -> None:
    number = fresh(town)
    send(town, "agent", f"/complaints/{number}/corrections", access_notes="Gate 3, ask for Mr Li.", **WHY)
    appraiser = town.person("appraiser").id
    assert appraiser is not None
    with unit_of_work(town.works.system.sessions) as db:
        access.grant(db, town.complaint(number).id, appraiser, reason="test", now=town.now)
    ledger = town.ask("appraiser", "GET", f"/complaints/{number}/ledger")
    assert ledger.status_code == httpx.codes.OK
    assert "fact.corrected" in ledger.text
    assert "Mr Li" not in ledger.text + visit(town, "appraiser", f"/complaints/{number}").text
