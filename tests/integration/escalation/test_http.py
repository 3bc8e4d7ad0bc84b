"""The routes of escalation: parsed, answered and refused as their shapes say."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import msgspec
import pytest
from litestar import Litestar, Request, Response, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.testing import TestClient

from escalation import http, permissions, raising
from escalation.ladder import SHIPPED, Reason
from escalation.models import EscalationCase
from foundation.accounts.roles import Actor, Permission, Role
from foundation.database.session import WriteSession
from foundation.problems import Problem
from tests.integration.escalation.conftest import Town


class Speaker:
    """Who the requests come from."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor


@pytest.fixture
def speaker(town: Town) -> Speaker:
    return Speaker(town.people["manager"])


@pytest.fixture
def client(town: Town, speaker: Speaker) -> Iterator[TestClient[Litestar]]:
    def provide_db() -> WriteSession:
        return town.db

    def provide_look() -> WriteSession:
        return town.db

    def provide_actor() -> Actor:
        return speaker.actor

    def provide_now() -> datetime:
        return town.now

    def refused(_: Request[object, object, State], problem: Problem) -> Response[dict[str, str]]:
        return Response({"code": problem.code}, status_code=409)

    app = Litestar(
        [Router("/api/v1", route_handlers=http.ROUTES)],
        dependencies={
            "db": Provide(provide_db, sync_to_thread=False),
            "look": Provide(provide_look, sync_to_thread=False),
            "actor": Provide(provide_actor, sync_to_thread=False),
            "now": Provide(provide_now, sync_to_thread=False),
        },
        exception_handlers={Problem: refused},
        openapi_config=None,
    )
    with TestClient(app) as client:
        yield client


@pytest.fixture
def case(town: Town) -> EscalationCase:
    found = raising.open_case(town.db, town.complaint().id, Reason.HANDED_BACK, facts={"a": 1}, now=town.now)
    town.db.flush()
    return found


def test_the_list_pages_through_open_cases_by_age(client: TestClient[Litestar], town: Town) -> None:
    opened = [
        raising.open_case(town.db, town.complaint().id, Reason.FEEDBACK_POOR, facts={}, now=town.push(minutes=1))
        for _ in range(3)
    ]
    first = client.get("/api/v1/escalations", params={"limit": 2}).json()
    rest = client.get("/api/v1/escalations", params={"limit": 2, "cursor": first["next"]}).json()
    assert [UUID(item["id"]) for item in [*first["items"], *rest["items"]]] == [case.id for case in opened]
    assert rest["next"] is None


def test_the_list_shows_what_is_mine(
    client: TestClient[Litestar], case: EscalationCase, speaker: Speaker, town: Town
) -> None:
    mine = client.get("/api/v1/escalations", params={"mine": True}).json()["items"]
    assert [(item["owner"], item["standing"]["level"], item["facts"]) for item in mine] == [("manager", 2, {"a": 1})]
    speaker.actor = town.people["head"]
    assert client.get("/api/v1/escalations", params={"mine": True}).json()["items"] == []


@pytest.mark.parametrize("cursor", ["x", "WyJ4IiwieSJd", "WyIyMDI2LTExLTI0IiwieSJd"])
def test_a_cursor_we_never_gave_is_refused(client: TestClient[Litestar], cursor: str) -> None:
    assert client.get("/api/v1/escalations", params={"cursor": cursor}).json() == {"code": "field-wrong"}


def test_a_case_is_worked_through_the_api_to_its_outcome(
    client: TestClient[Litestar], case: EscalationCase, speaker: Speaker, town: Town
) -> None:
    path = f"/api/v1/escalations/{case.id}"
    assert client.post(f"{path}/acknowledgement", json={}).json()["level"] == 2
    assert client.post(f"{path}/take-over", json={"reason": "Mine."}).status_code == 200
    assert client.post(f"{path}/appraisal", json={"question": "Why?"}).json()["level"] == 3
    speaker.actor = town.people["appraiser"]
    assert client.post(f"{path}/return", json={"reason": "A weld."}).json()["level"] == 2
    speaker.actor = town.people["manager"]
    assert client.post(f"{path}/raising", json={"reason": "Above my limit."}).json()["level"] == 4
    speaker.actor = town.people["head"]
    ended = client.post(f"{path}/outcome", json={"outcome": "agreed", "text": "Exchange the mast."}).json()
    assert ended["outcome"] == "agreed"
    detail = client.get(path).json()
    assert [rung["level"] for rung in detail["rungs"]] == [2, 3, 4]
    assert client.post(f"{path}/acknowledgement", json={}).json() == {"code": "escalation-ended"}
    ended_list = client.get("/api/v1/escalations", params={"show": "ended"}).json()["items"]
    assert [item["outcome_text"] for item in ended_list] == ["Exchange the mast."]


def test_a_case_is_annulled_with_a_note(client: TestClient[Litestar], case: EscalationCase) -> None:
    answer = client.post(f"/api/v1/escalations/{case.id}/annulment", json={"note": "Wrong unit."})
    assert answer.json()["outcome"] == "annulled"


def test_a_technician_who_does_not_exist_cannot_be_sent(client: TestClient[Litestar], case: EscalationCase) -> None:
    body = {"technician_id": str(case.id), "reason": "Nearest."}
    assert client.post(f"/api/v1/escalations/{case.id}/assignment", json=body).status_code == 409


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("outcome", {"outcome": "annulled", "text": "x"}),
        ("outcome", {"outcome": "agreed", "text": ""}),
        ("outcome", {"outcome": "agreed"}),
        ("take-over", {"reason": "   "}),
        ("acknowledgement", {"on_behalf": "yes"}),
        ("return", {"reason": "ok", "unknown": 1}),
    ],
)
def test_odd_bodies_are_refused(
    client: TestClient[Litestar], case: EscalationCase, route: str, body: dict[str, object]
) -> None:
    assert client.post(f"/api/v1/escalations/{case.id}/{route}", json=body).status_code == 400


def a_ladder(town: Town, **changed: object) -> dict[str, object]:
    """What is sent to save the shipped ladder again, with changes."""
    shipped = {name: value for name, value in msgspec.to_builtins(SHIPPED, str_keys=True).items() if name != "version"}
    return {"based_on": 1, "valid_from": town.now.isoformat(), **shipped, **changed}


def test_a_ladder_is_saved_as_the_next_version_and_running_cases_keep_theirs(
    client: TestClient[Litestar], case: EscalationCase, speaker: Speaker, town: Town
) -> None:
    speaker.actor = town.people["head"]
    saved = client.post("/api/v1/escalation-ladder", json=a_ladder(town, repeat_share=0.25))
    assert (saved.status_code, saved.json()["version"]) == (201, 2)
    assert [shape["version"] for shape in client.get("/api/v1/escalation-ladder").json()] == [2, 1]
    later = raising.open_case(town.db, town.complaint().id, Reason.MAJOR, facts={}, now=town.push(minutes=1))
    assert (case.policy_version, later.policy_version) == (1, 2)
    assert later.policy["repeat_share"] == 0.25


def test_of_two_who_save_a_ladder_the_second_is_told(client: TestClient[Litestar], town: Town) -> None:
    assert client.post("/api/v1/escalation-ladder", json=a_ladder(town)).status_code == 201
    answer = client.post("/api/v1/escalation-ladder", json=a_ladder(town, repeat_share=0.25))
    assert answer.json() == {"code": "escalation-ladder-changed"}
    assert [shape["version"] for shape in client.get("/api/v1/escalation-ladder").json()] == [2, 1]


def test_no_ladder_is_in_force_before_it_was_saved(client: TestClient[Litestar], town: Town) -> None:
    past = (town.now - timedelta(seconds=1)).isoformat()
    answer = client.post("/api/v1/escalation-ladder", json=a_ladder(town, valid_from=past))
    assert answer.json() == {"code": "field-wrong"}
    assert len(client.get("/api/v1/escalation-ladder").json()) == 1


@pytest.mark.parametrize("minutes", [0, 525_601, 10**15])
@pytest.mark.parametrize("which", ["answer_min", "act_min", "end_min"])
def test_a_time_that_no_calendar_reaches_is_refused(
    client: TestClient[Litestar], town: Town, which: str, minutes: int
) -> None:
    wanted = a_ladder(town)
    levels = cast("list[dict[str, dict[str, int]]]", wanted["levels"])
    levels[1][which]["major"] = minutes
    assert client.post("/api/v1/escalation-ladder", json=wanted).status_code == 400


def test_a_ladder_with_holes_is_refused_by_name(client: TestClient[Litestar], town: Town) -> None:
    wanted = a_ladder(town, levels=msgspec.to_builtins(SHIPPED.levels[1:], str_keys=True))
    answer = client.post("/api/v1/escalation-ladder", json=wanted)
    assert answer.json() == {"code": "escalation-ladder-wrong"}


def test_every_route_names_its_permission() -> None:
    routes = [route for route in http.ROUTES if isinstance(route, HTTPRouteHandler)]
    assert len(routes) == len(http.ROUTES)
    public = {route.operation_id for route in routes if "public" in (route.opt or {})}
    assert public == {"customerContests", "listCustomerContests"}
    named = [route for route in routes if route.operation_id not in public]
    assert all(isinstance((route.opt or {}).get("permission"), Permission) for route in named)


def test_a_technician_may_do_nothing_with_escalations() -> None:
    named = [value for value in vars(permissions).values() if isinstance(value, Permission)]
    assert named
    assert all(Role.TECHNICIAN not in permission.roles for permission in named)
