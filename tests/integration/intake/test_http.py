"""The routes over the wire, with a town of one region behind them."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from litestar import Litestar, Request, Response, Router
from litestar.di import Provide
from litestar.testing import TestClient
from sqlalchemy import text

from foundation.accounts.roles import Actor, ActorKind, Role
from foundation.database.session import EVERYTHING, WriteSession
from foundation.problems import Family, Problem
from intake import http as routes
from intake import logging as intake_logging
from intake import queries
from intake.calls import Call, Likely, TakenCall
from tests.integration.intake.conftest import GRADED, add_region, add_unit, add_user

NOW = datetime(2026, 11, 24, tzinfo=UTC)
STATUS = {
    Family.MISSING: 404, Family.CONFLICT: 409, Family.FORBIDDEN: 403, Family.INVALID: 422, Family.UNAVAILABLE: 503,
}  # fmt: skip


@dataclass
class Town:
    """The routes as one actor after another calls them."""

    client: TestClient[Litestar] = field(init=False)
    people: dict[str, Actor] = field(default_factory=dict)
    actor: Actor | None = None

    def post(self, path: str, body: object = None, *, status: int = 201) -> dict[str, object]:
        answer = self.client.post(f"/api/v1{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def get(self, path: str, *, status: int = 200, **params: str | list[str]) -> dict[str, object]:
        answer = self.client.get(f"/api/v1{path}", params=params)
        assert answer.status_code == status, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def log(self, **said: object) -> dict[str, object]:
        return self.post("/complaints", {"caller_phone": "13800000001", "sentence": "起升机构异响"} | said)


def take_call(db: WriteSession, call: Call, *, actor: Actor, now: datetime) -> TakenCall:
    context = queries.call_context(
        db, serial_number=call.serial_number, customer_id=call.customer_id, caller_phone=call.caller_phone,
        site_id=call.site_id, now=now,
    )  # fmt: skip
    logged = intake_logging.log(db, call, context=context, graded=GRADED, actor=actor, now=now)
    return TakenCall(logged, GRADED, context, [Likely("T-1 李", now + timedelta(hours=2), 61.23, 40.07)])


def on_problem(request: Request[object, object, object], problem: Problem) -> Response[dict[str, object]]:  # type: ignore[type-var]
    del request
    return Response({"code": problem.code, **problem.facts}, status_code=STATUS[problem.family])


@pytest.fixture
def town(db: WriteSession) -> Iterator[Town]:
    """Every request is a savepoint of the test's transaction, entered with the scope of whoever asks."""
    town = Town()

    def entered() -> WriteSession:
        scope = EVERYTHING if town.actor is None else town.actor.scope
        db.expire_all()
        db.execute(
            text("SELECT set_config('callout.regions', :regions, true), set_config('callout.user', :user, true)"),
            scope.settings(),
        )
        return db

    def provide_db() -> Generator[WriteSession, None, None]:
        with entered().begin_nested():
            yield db

    app = Litestar(
        [Router("/api/v1", route_handlers=routes.ROUTES)],
        dependencies={
            "db": Provide(provide_db),
            "look": Provide(entered, sync_to_thread=True),
            "actor": Provide(lambda: town.actor, sync_to_thread=False),
            "now": Provide(lambda: NOW, sync_to_thread=False),
            "take_call": Provide(lambda: take_call, sync_to_thread=False),
        },
        exception_handlers={Problem: on_problem},
        openapi_config=None,
    )
    add_unit(db, now=NOW)
    add_region(db, "south")
    town.people = {str(role): add_user(db, role, now=NOW) for role in Role}
    town.people["stranger"] = add_user(db, Role.DISPATCHER, now=NOW, region="south")
    town.actor = town.people["agent"]
    with TestClient(app) as town.client:
        yield town


def test_a_call_is_answered_with_all_that_the_caller_can_be_told(town: Town) -> None:
    first = town.log(serial_number="zj5510-50", facts={"machine_state": "stopped"})
    assert first["number"] == "2026-000001"
    assert (first["grade"], first["rules"], first["asked_again"]) == ("serious", ["S1"], ["injury"])
    assert [one["kind"] for one in first["commitments"]] == [  # type: ignore[attr-defined]
        "acknowledge", "accept", "on_site_target", "on_site_promise", "resolve",
    ]  # fmt: skip
    assert first["likely"] == [
        {"technician": "T-1 李", "arrive_at": "2026-11-24T02:00:00Z", "travel_min": 61.2, "distance_km": 40.1}
    ]
    assert str(first["customer_link"]).startswith("/c/")
    assert first["duplicates"] == []
    second = town.log(serial_number="ZJ5510-50")
    assert [one["number"] for one in second["duplicates"]] == ["2026-000001"]  # type: ignore[attr-defined]
    context = town.get("/calls/context", serial_number="ZJ5510-50")
    assert (context["customer_name"], len(context["earlier"])) == ("华跃建筑", 2)  # type: ignore[arg-type]


def test_another_system_looks_up_what_is_of_its_regions_and_no_more(town: Town) -> None:
    town.log(serial_number="ZJ5510-50", component="brake")

    def look_up() -> dict[str, object]:
        return town.get("/calls/context", serial_number="ZJ5510-50", caller_phone="0731-55550101")

    shown: dict[str, dict[str, object]] = {}
    for region in ("north", "south"):
        town.actor = Actor(kind=ActorKind.TOKEN, id=None, label="erp", regions=frozenset({region}))
        shown[region] = look_up()
    assert (shown["north"]["customer_name"], shown["north"]["equipment_known"]) == ("华跃建筑", True)
    assert len(shown["north"]["earlier"]) == 1  # type: ignore[arg-type]
    assert shown["south"] == {
        "equipment_known": False, "family": None, "model": None, "warranty_until": None, "site_id": None,
        "site_address": None, "customer_id": None, "customer_name": None, "region_code": None,
        "last_feedback_poor": False, "earlier": [],
    }  # fmt: skip
    town.actor = Actor(kind=ActorKind.TOKEN, id=None, label="head office", regions=None)
    assert look_up()["customer_name"] == "华跃建筑"
    town.actor = town.people["stranger"]
    assert look_up()["customer_name"] == "华跃建筑", "people answer for every region"


MALFORMED: tuple[dict[str, object], ...] = (
    {"caller_phone": "x"}, {"sentence": ""}, {"sentence": "a\u0000b"}, {"latitude": 91, "longitude": 0},
    {"datum": "mars"}, {"unknown": 1}, {"called_at": "2026-11-24T00:00:00"}, {"called_at": "1999-01-01T00:00:00Z"},
    {"facts": {"injury": "perhaps"}}, {"caller_name": "x" * 201}, {"site_id": "7"}, {"latitude": 28.0},
    {"called_at": "2026-11-24T00:05:00Z"}, {"called_at": "2026-10-01T00:00:00Z"}
)  # fmt: skip


def test_a_malformed_call_is_refused_before_anything_is_stored(town: Town) -> None:
    for said in MALFORMED:
        answer = town.client.post("/api/v1/complaints", json={"caller_phone": "13800000001", "sentence": "x"} | said)
        assert answer.status_code in {400, 422}, (said, answer.text)
    assert town.get("/complaints")["items"] == []


def test_lists_page_through_everything_once(town: Town) -> None:
    for _ in range(5):
        town.log()
    for path in ("/complaints", "/board"):
        seen: list[str] = []
        cursor = ""
        while True:
            answer = town.get(path, limit="2", cursor=cursor)
            seen += [line["number"] for line in answer["items"]]  # type: ignore[attr-defined]
            if answer["next"] is None:
                break
            cursor = str(answer["next"])
        assert sorted(seen) == [f"2026-00000{number}" for number in range(1, 6)]
    assert town.get("/complaints", cursor="WyJhIiwiYiJd", status=422)["reason"] == "unreadable"
    assert len(town.get("/complaints", q="0001", stage=["graded", "closed"])["items"]) == 5  # type: ignore[arg-type]
    assert town.get("/board", region="south")["items"] == []


def test_what_the_desk_does_shows_in_complaint_and_ledger(town: Town) -> None:
    number = str(town.log()["number"])
    town.post(f"/complaints/{number}/notes", {"note": "gate 3"})
    town.post(f"/complaints/{number}/corrections", {"correction": {"component": "brake"}, "reason": "read back"})
    town.post(f"/complaints/{number}/acknowledgement")
    shown = town.post(f"/complaints/{number}/withdrawal", {"reason": "it runs again"})
    assert (shown["stage"], shown["component"], shown["version"], shown["allowed"]) == ("withdrawn", "brake", 4, [])
    assert {one["closed_how"] for one in shown["deadlines"]} == {"kept", "void"}  # type: ignore[attr-defined]
    ledger = town.get(f"/complaints/{number}/ledger", limit="4")
    assert [one["step"] for one in ledger["items"]] == ["LOG", "GRADE", "note.added", "fact.corrected"]  # type: ignore[attr-defined]
    rest = town.get(f"/complaints/{number}/ledger", cursor=str(ledger["next"]))
    assert [one["step"] for one in rest["items"]] == ["WITHDRAW"]  # type: ignore[attr-defined]
    refused = town.post(f"/complaints/{number}/withdrawal", {"reason": "again"}, status=409)
    assert refused["code"] == "step-not-allowed"


def test_a_link_given_by_the_desk_works_and_is_in_the_ledger(town: Town) -> None:
    number = str(town.log()["number"])
    given = town.post(f"/complaints/{number}/links", {"purpose": "follow"})
    assert town.get(f"/complaints/{number}/ledger")["items"][-1]["step"] == "link.given"  # type: ignore[index]
    town.actor = None
    secret = str(given["customer_link"]).removeprefix("/c/")
    assert town.post("/customer/case", {"token": secret}, status=200)["number"] == number


def test_merging_and_rerouting_are_the_desk_s(town: Town) -> None:
    one, other, third = (str(town.log()["number"]) for _ in range(3))
    town.post(f"/complaints/{third}/rerouting", {"reason": "a question", "to": "sales"})
    town.actor = town.people["dispatcher"]
    assert town.post(f"/complaints/{other}/merging", {"into": one, "reason": "same"})["stage"] == "merged"
    assert (
        town.post(f"/complaints/{one}/merging", {"into": third, "reason": "same"}, status=409)["reason"] == "not-open"
    )


def test_names_and_phones_are_for_whom_they_concern(town: Town) -> None:
    number = str(town.log(caller_name="李工")["number"])
    assert town.get(f"/complaints/{number}")["caller_name"] == "李工"
    town.actor = Actor(kind=ActorKind.TOKEN, id=None, label="erp", regions=frozenset({"north"}))
    masked = town.get(f"/complaints/{number}")
    assert (masked["caller_name"], masked["caller_phone"]) == (None, None)
    assert town.get("/complaints")["items"][0]["caller_name"] is None  # type: ignore[index]


def test_another_region_s_case_is_missing_for_reading_and_refused_for_doing(town: Town) -> None:
    number = str(town.log()["number"])
    town.actor = town.people["stranger"]
    assert town.get("/complaints")["items"] == []
    town.get(f"/complaints/{number}", status=404)
    town.get(f"/complaints/{number}/ledger", status=404)
    for verb, body in (("notes", {"note": "x"}), ("withdrawal", {"reason": "x"}), ("links", {"purpose": "follow"})):
        town.post(f"/complaints/{number}/{verb}", body, status=403)
    town.get("/complaints/2026-999999", status=404)
    town.get("/complaints/%00", status=404)
    town.get("/equipment/ZJ5510-50/history", status=404)


def test_the_registers_are_kept_over_the_wire(town: Town) -> None:
    customer = town.post(
        "/customers", {"name": "中建五局", "phone": "０７３１－５５５５０１０２", "external_ref": "C-9"}
    )
    assert customer["phone"] == "+8673155550102"
    site = town.post("/sites", {
        "name": "二号", "customer_id": customer["id"], "region_code": "north", "latitude": 39.915,
        "longitude": 116.404, "datum": "bd09",
    })  # fmt: skip
    assert site["latitude"] == pytest.approx(39.90725, abs=1e-4)
    unit = town.post("/equipment", {"serial_number": "SC-7", "family": "hoist", "site_id": site["id"]})
    assert (unit["customer_id"], unit["region_code"]) == (customer["id"], "north")
    assert town.post("/equipment", {"serial_number": "sc-7", "family": "x"}, status=409)["code"] == "serial-taken"
    first = town.get("/sites", q="梅溪湖")["items"][0]["id"]  # type: ignore[index]
    town.post("/equipment/SC-7/relocations", {"to_site_id": first, "moved_on": "2026-11-01"})
    town.log(serial_number="SC-7")
    history = town.get("/equipment/sc-7/history")
    assert history["moves"] == [{"moved_on": "2026-11-01", "from_site": "二号", "to_site": "梅溪湖工地"}]
    assert [line["number"] for line in history["complaints"]] == ["2026-000001"]  # type: ignore[attr-defined]
    assert [one["name"] for one in town.get("/customers", q="zjwj")["items"]] == ["中建五局"]  # type: ignore[attr-defined]
    assert [one["serial_number"] for one in town.get("/equipment", limit="1")["items"]] == ["SC-7"]  # type: ignore[attr-defined]


def test_a_customer_s_secret_opens_their_case_and_nothing_else(town: Town) -> None:
    logged = town.log(caller_name="李工")
    secret = str(logged["customer_link"]).removeprefix("/c/")
    town.actor = None
    case = town.post("/customer/case", {"token": secret}, status=200)
    assert (case["number"], case["stage"]) == (logged["number"], "graded")
    assert len(str(case["ledger_head"])) == 64
    assert "李工" not in str(case)
    assert town.post("/customer/case", {"token": "x" * 43}, status=404)["code"] == "link-dead"
