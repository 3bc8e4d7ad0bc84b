"""Maps show of people what the API tells of them to the same reader: coarse places to the desk, to nobody else any."""

import html
import json
import re
from typing import cast

import httpx

from foundation.accounts import access
from foundation.database.session import unit_of_work
from foundation.language import Language
from tests.integration.promises.asking import fresh
from tests.integration.promises.test_pages_of_cases import visit
from tests.town import Town, each


def chart(town: Town, who: str, path: str) -> dict[str, object]:
    """What the page's map would draw."""
    answer = visit(town, who, path)
    assert answer.status_code == httpx.codes.OK
    found = re.search(r'data-map="([^"]*)"', answer.text)
    assert found
    return cast("dict[str, object]", json.loads(html.unescape(found[1])))


def seen(town: Town, who: str) -> None:
    place = {"latitude": 31.26789, "longitude": 121.41234, "accuracy_m": 20.0, "at": town.now.isoformat()}
    town.post(who, "/technicians/me/position", place)


def test_only_the_desk_sees_where_whoever_comes_was_last_and_only_coarsely(town: Town) -> None:
    number = fresh(town)
    who = town.bring(number, "en_route")
    seen(town, who)
    shown = each(chart(town, "dispatcher", f"/complaints/{number}"), "people")
    told = cast(
        "dict[str, object]", town.get("dispatcher", f"/technicians/{town.register.technicians[who]}")["position"]
    )
    assert [one["at"] for one in shown] == [[told["latitude"], told["longitude"]]] == [[31.27, 121.41]]
    appraiser = town.person("appraiser").id
    assert appraiser is not None
    with unit_of_work(town.works.system.sessions) as db:
        access.grant(db, town.complaint(number).id, appraiser, reason="map", now=town.now)
    for reader in ("appraiser", who):
        found = chart(town, reader, f"/complaints/{number}")
        assert found["site"]
        assert found["people"] == []


def test_everybody_in_the_lists_with_a_place_is_on_the_map_and_nobody_at_home(town: Town) -> None:
    number = fresh(town)
    before = chart(town, "dispatcher", f"/?c={number}")
    assert before["people"] == []
    for who in ("lu", "wang"):
        seen(town, who)
    view = town.get("dispatcher", f"/complaints/{number}/candidates")
    ranks = {str(one["technician_id"]): str(one["rank"]) for one in each(view, "candidates")}
    marks = each(chart(town, "dispatcher", f"/board/shown?c={number}"), "people")
    assert {str(mark["id"]) for mark in marks} == {str(town.register.technicians[who]) for who in ("lu", "wang")}
    for mark in marks:
        assert mark["mark"] == ranks.get(str(mark["id"]), "")
        assert mark["kind"] == ("can" if mark["mark"] else "cannot")


def test_the_wall_tells_nothing_of_people_and_places_coarsely(town: Town) -> None:
    number = fresh(town)
    case = town.complaint(number)
    for path in ("/?wall=1", "/board/rows?wall=1"):
        (mark,) = each(chart(town, "manager", path), "cases")
        assert mark["at"] == [round(case.latitude or 0, 2), round(case.longitude or 0, 2)]
        text = visit(town, "manager", path, language=Language.CHINESE).text
        for personal in (case.sentence, case.caller_name, case.caller_phone, "manager"):
            assert not personal or personal not in text
    assert visit(town, "appraiser", "/?wall=1").status_code == httpx.codes.FORBIDDEN
