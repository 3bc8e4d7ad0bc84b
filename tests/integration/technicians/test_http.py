"""Routes of technicians, asked as the people who use them; two regions, each with its own desk."""

from typing import cast
from uuid import UUID

import pytest

from foundation.database.identity import new_id
from tests.town import Refused, Town, settled, town

__all__ = ["settled", "town"]
pytestmark = pytest.mark.committed


def listed(town: Town, who: str, query: str = "") -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", town.get(who, f"/technicians{query}")["items"])


def one(town: Town, who: str, code: str) -> dict[str, object]:
    return next(row for row in listed(town, who) if str(row["code"]).lower() == code)


def refused(town: Town, who: str, method: str, path: str, body: object = None) -> tuple[int, str]:
    problem = Refused(town.ask(who, method, path, body))
    return problem.status, problem.code


def test_each_desk_lists_the_people_of_its_region_and_the_head_everybody(town: Town) -> None:
    east = {str(row["code"]).lower() for row in listed(town, "dispatcher")}
    west = {str(row["code"]).lower() for row in listed(town, "west dispatcher")}
    assert east == {"lu", "wang", "chen", "zhou"}
    assert west == {"ma", "hu"}
    assert {str(row["code"]).lower() for row in listed(town, "head")} == east | west


def test_a_list_is_read_page_by_page(town: Town) -> None:
    first = town.get("head", "/technicians?limit=4")
    rest = town.get("head", f"/technicians?limit=4&cursor={first['next']}")
    codes = [row["code"] for row in [*cast("list[dict[str, object]]", first["items"]), *listed_items(rest)]]
    assert (len(codes), codes) == (6, sorted(cast("list[str]", codes)))
    assert rest["next"] is None


def listed_items(page: dict[str, object]) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", page["items"])


def test_a_foreign_technician_is_missing_and_may_not_be_touched(town: Town) -> None:
    ma = one(town, "head", "ma")["id"]
    assert refused(town, "dispatcher", "GET", f"/technicians/{ma}") == (404, "not-found")
    assert refused(town, "dispatcher", "GET", f"/technicians/{ma}/shifts") == (404, "not-found")
    assert refused(town, "dispatcher", "POST", f"/technicians/{ma}/duty", {"state": "off"}) == (403, "not-allowed")
    shift = {"start_at": "2026-12-24T08:00:00Z", "end_at": "2026-12-24T16:00:00Z"}
    assert refused(town, "dispatcher", "POST", f"/technicians/{ma}/shifts", shift) == (403, "not-allowed")
    assert refused(town, "dispatcher", "GET", f"/technicians/{new_id()}") == (404, "not-found")


def test_somebody_signs_on_reports_a_position_and_signs_off(town: Town) -> None:
    town.post("lu", "/technicians/me/duty", {"state": "off"})
    here = {"latitude": 31.2345, "longitude": 121.4567, "accuracy_m": 12, "at": town.now.isoformat()}
    assert refused(town, "lu", "POST", "/technicians/me/position", here) == (409, "technician-not-on-duty")
    assert town.post("lu", "/technicians/me/duty", {"state": "on"})["duty"] == "on"
    assert town.post("lu", "/technicians/me/position", here) == {"report": "kept"}
    assert town.post("lu", "/technicians/me/position", here) == {"report": "too_old"}
    seen = cast("dict[str, object]", one(town, "dispatcher", "lu")["position"])
    assert seen == {"source": "phone", "latitude": 31.23, "longitude": 121.46, "age_s": 0.0}
    assert town.get("lu", "/technicians/me")["duty"] == "on"


def test_a_home_is_named_in_no_answer(town: Town) -> None:
    lu = one(town, "dispatcher", "lu")
    body = {
        "code": "QIAN",
        "name": "钱进",
        "region_code": "east",
        "outlet_id": str(outlet(town)),
        "families": {"tower_crane": 2},
        "home": {"latitude": 31.1111, "longitude": 121.2222},
        "phone": "13900000001",
    }
    made = town.post("manager", "/technicians", body)
    assert made["position"] == {"source": "home", "latitude": None, "longitude": None, "age_s": None}
    assert "31.11" not in town.ask("dispatcher", "GET", "/technicians").text
    assert town.get("dispatcher", f"/technicians/{made['id']}")["phone"] == "13900000001"
    assert lu["phone"] is None


def outlet(town: Town) -> UUID:
    found = town.ask("manager", "GET", "/outlets?region=east").json()
    return UUID(found[0]["id"])


def test_the_roster_is_kept_by_the_desk_and_refuses_what_cannot_be(town: Town) -> None:
    chen = one(town, "dispatcher", "chen")["id"]
    path = f"/technicians/{chen}/shifts"
    shift = {"start_at": "2027-01-04T22:00:00Z", "end_at": "2027-01-05T06:00:00Z"}
    made = town.post("dispatcher", path, shift)
    assert refused(town, "dispatcher", "POST", path, shift) == (409, "shift-overlaps")
    soon = {"start_at": "2027-01-05T10:00:00Z", "end_at": "2027-01-05T14:00:00Z"}
    assert refused(town, "dispatcher", "POST", path, soon) == (409, "working-time-exceeded")
    moved = town.ask("dispatcher", "PUT", f"/shifts/{made['id']}", {**shift, "end_at": "2027-01-05T04:00:00Z"})
    assert moved.json()["end_at"] == "2027-01-05T04:00:00Z"
    assert town.ask("dispatcher", "DELETE", f"/shifts/{made['id']}").status_code == 204
    assert refused(town, "dispatcher", "DELETE", f"/shifts/{made['id']}") == (403, "not-allowed")
    assert refused(town, "agent", "POST", path, shift) == (403, "not-allowed")


def test_certificates_that_run_out_are_listed_until_they_are_renewed(town: Town) -> None:
    lu = one(town, "manager", "lu")["id"]
    paper = {"family": "pump", "kind": "operator", "number": "P-1", "valid_until": "2026-12-01"}
    made = town.post("manager", f"/technicians/{lu}/certificates", paper)
    assert "P-1" in town.ask("dispatcher", "GET", "/certificates/expiring?days=30").text
    assert "P-1" not in town.ask("west dispatcher", "GET", "/certificates/expiring?days=30").text
    town.post("manager", f"/technicians/{lu}/certificates", {**paper, "valid_until": "2028-12-01"})
    assert "P-1" not in town.ask("dispatcher", "GET", "/certificates/expiring?days=30").text
    town.post("manager", f"/technicians/{lu}/certificates/{made['id']}/withdrawal", {"reason": "lost"})
    assert "pump" not in cast("dict[str, str]", town.get("manager", f"/technicians/{lu}")["certificates"])


def test_an_absence_is_kept_and_taken_back(town: Town) -> None:
    lu = one(town, "manager", "lu")["id"]
    made = town.post("dispatcher", f"/technicians/{lu}/absences", {"start_at": town.now.isoformat(), "reason": "ill"})
    assert (made["end_at"], "reason" in made) == (None, False)
    assert town.ask("dispatcher", "DELETE", f"/absences/{made['id']}").status_code == 204


def test_somebody_who_leaves_is_no_longer_active(town: Town) -> None:
    zhou = one(town, "manager", "zhou")["id"]
    assert town.post("manager", f"/technicians/{zhou}/activity", {"active": False})["active"] is False
    assert refused(town, "zhou", "POST", "/technicians/me/duty", {"state": "on"}) == (409, "technician-inactive")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"latitude": 91, "longitude": 0, "accuracy_m": 1, "at": "2026-11-24T00:00:00Z"}, id="no latitude"),
        pytest.param({"latitude": 0, "longitude": 0, "accuracy_m": 1, "at": "2026-11-24T00:00:00Z"}, id="null island"),
        pytest.param({"latitude": 1, "longitude": 1, "accuracy_m": 1, "at": "2026-11-24T00:00:00"}, id="no time zone"),
        pytest.param({"latitude": 1, "longitude": 1, "accuracy_m": -1, "at": "2026-11-24T00:00:00Z"}, id="below zero"),
        pytest.param({"latitude": 1, "longitude": 1, "accuracy_m": 1}, id="no time"),
    ],
)
def test_odd_positions_are_refused_with_422(town: Town, body: dict[str, object]) -> None:
    assert town.ask("lu", "POST", "/technicians/me/position", body).status_code == 422


def test_outlets_and_vehicles_are_added_once(town: Town) -> None:
    new = {
        "name": "Songjiang",
        "kind": "contracted",
        "region_code": "east",
        "place": {"latitude": 31, "longitude": 121},
    }
    made = town.post("manager", "/outlets", new)
    assert refused(town, "manager", "POST", "/outlets", new) == (409, "code-taken")
    van = {"outlet_id": made["id"], "plate": "沪C7", "carries_heavy": True}
    town.post("manager", "/vehicles", van)
    assert refused(town, "manager", "POST", "/vehicles", van) == (409, "code-taken")
    assert refused(town, "manager", "POST", "/outlets", {**new, "name": "x", "region_code": "mars"})[0] == 403
