"""The JSON routes of accounts and messages, over a served system."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from foundation.accounts import actions
from foundation.accounts.http.people import TRIES
from foundation.accounts.models import User
from foundation.accounts.roles import Role, system
from foundation.accounts.schemas import ChannelWord
from foundation.clock import HandClock
from foundation.database.server import Server
from foundation.database.session import Sessions, reading, unit_of_work
from foundation.ledger.models import LedgerEntry
from foundation.notifications import sending
from foundation.notifications.models import ChannelName, Urgency
from tests.serving import Served, hash_of, serving, system_for

pytestmark = pytest.mark.committed

PASSWORD = "long enough to be good"
API = "/api/v1"


@pytest.fixture
def served(database: Server, tmp_path: Path, hand_clock: HandClock) -> Iterator[tuple[Served, Sessions]]:
    parts = system_for(database.app_url, tmp_path, clock=hand_clock)
    with unit_of_work(parts.sessions) as db:
        now, actor = hand_clock.now(), system("tests")
        actions.add_region(db, "HD", name_zh="华东", name_en="East", timezone="Asia/Shanghai", actor=actor, now=now)
        made = [
            actions.add_user(
                db, role, name=role, role=role, regions=["HD"], password_hash=hash_of(PASSWORD), actor=actor, now=now
            )
            for role in (Role.ADMIN, Role.AGENT)
        ]
        sending.tell(
            db,
            recipient_user_id=made[-1].id,
            template="repeat",
            facts={"subject": "电梯 7"},
            case_id=None,
            urgency=Urgency.ALARM,
            dedup_key="x",
            now=now,
        )
    with serving(parts) as found:
        yield found, parts.sessions


@contextmanager
def signed_in(served: tuple[Served, Sessions], login: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served[0].url + API) as client:
        answer = client.post("/session", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield client


def test_a_session_is_opened_read_and_ended(served: tuple[Served, Sessions]) -> None:
    with signed_in(served, "agent") as client:
        found = client.get("/session").json()
        assert (found["login"], found["role"], found["regions"]) == ("agent", "agent", ["HD"])
        assert client.delete("/session").status_code == 204
        assert client.get("/session").status_code == 401


def test_an_ended_session_does_not_come_back_with_its_cookie(served: tuple[Served, Sessions]) -> None:
    with signed_in(served, "agent") as client:
        cookies = dict(client.cookies)
        client.delete("/session")
        assert httpx.get(served[0].url + API + "/session", cookies=cookies).status_code == 401


def test_an_unsafe_request_needs_the_sessions_token(served: tuple[Served, Sessions]) -> None:
    with signed_in(served, "admin") as client:
        client.headers["X-CSRF-Token"] = "another"
        assert client.post("/regions", json={}).status_code == 403


def test_an_admin_adds_people_regions_and_tokens_and_others_may_not(served: tuple[Served, Sessions]) -> None:
    region = {"code": "HN", "name_zh": "华南", "name_en": "South", "timezone": "Asia/Shanghai"}
    person = {"login": "new", "name": "新人", "role": "agent", "regions": ["HN"], "password": PASSWORD + " too"}
    token = {"name": "gateway", "powers": ["complaint.log"], "regions": ["HN"]}
    with signed_in(served, "agent") as client:
        for path, body in (("/regions", region), ("/users", person), ("/tokens", token)):
            assert client.post(path, json=body).status_code == 403
        assert client.get("/users").status_code == 403
        assert client.get("/regions").json()[0]["code"] == "HD"
    with signed_in(served, "admin") as client:
        assert client.post("/regions", json=region).status_code == 201
        assert client.post("/regions", json=region).status_code == 409
        assert client.post("/regions", json={**region, "code": "X", "timezone": "Mars/North"}).status_code == 422
        misspelt = client.post("/tokens", json={**token, "powers": ["complaint.lgo", "user.manage"]})
        assert (misspelt.status_code, misspelt.json()["powers"]) == (422, ["complaint.lgo", "user.manage"])
        made = client.post("/users", json=person)
        assert made.status_code == 201, made.text
        assert client.post("/users", json=person).status_code == 409
        assert client.post("/users", json={**person, "login": "weak", "password": "short"}).status_code == 422
        assert client.post("/users", json={**person, "login": "x", "regions": ["XX"]}).status_code == 422
        changed = client.patch(f"/users/{made.json()['id']}", json={"active": False})
        assert changed.json()["active"] is False
        first = client.get("/users", params={"limit": 2}).json()
        second = client.get("/users", params={"limit": 2, "cursor": first["next"]}).json()
        assert [row["login"] for row in first["items"] + second["items"]] == ["admin", "agent", "new"]
        secret = client.post("/tokens", json=token).json()
        assert secret["secret"] not in client.get("/tokens").text
        bearer = {"Authorization": f"Bearer {secret['secret']}"}
        assert httpx.get(served[0].url + API + "/regions", headers=bearer).status_code in {200, 403}
        assert client.delete(f"/tokens/{secret['id']}").status_code == 204
        assert httpx.get(served[0].url + API + "/regions", headers=bearer).status_code == 401
        kinds = {event["kind"] for event in client.get("/security-events").json()["items"]}
        assert {"token.made", "token.revoked"} <= kinds


def test_whoever_changes_their_password_stays_signed_in_here_and_nowhere_else(served: tuple[Served, Sessions]) -> None:
    new = "another long pass phrase"
    with signed_in(served, "agent") as here, signed_in(served, "agent") as elsewhere:
        wrong = here.put("/session/password", json={"old": "not my password at all", "new": new})
        assert (wrong.status_code, wrong.json()["type"]) == (403, "/problems/password-wrong")
        weak = here.put("/session/password", json={"old": PASSWORD, "new": "short"})
        assert (weak.status_code, weak.json()["type"]) == (422, "/problems/password-weak")
        assert elsewhere.get("/session").status_code == 200
        assert here.put("/session/password", json={"old": PASSWORD, "new": new}).status_code == 204
        assert (here.get("/session").status_code, elsewhere.get("/session").status_code) == (200, 401)
    with httpx.Client(base_url=served[0].url + API) as client:
        old, changed = ({"login": "agent", "password": password} for password in (PASSWORD, new))
        assert client.post("/session", json=old).status_code == 403
        assert client.post("/session", json=changed).status_code == 201


def test_a_session_found_open_is_no_place_to_try_passwords_in(served: tuple[Served, Sessions]) -> None:
    with signed_in(served, "agent") as client:
        tries = [
            client.put("/session/password", json={"old": f"guess number {n}", "new": PASSWORD + "!"})
            for n in range(TRIES + 1)
        ]
        assert {answer.status_code for answer in tries[:-1]} == {403}
        assert tries[-1].status_code == 429
        assert int(tries[-1].headers["retry-after"]) >= 1


def test_an_admin_sets_a_password_closes_an_account_and_calls_somebody_back(served: tuple[Served, Sessions]) -> None:
    new = "given by the administrator"
    with signed_in(served, "admin") as admin, signed_in(served, "agent") as agent:
        [agent_id] = [row["id"] for row in admin.get("/users").json()["items"] if row["login"] == "agent"]
        assert agent.put(f"/users/{agent_id}/password", json={"password": new}).status_code == 403
        assert admin.put(f"/users/{agent_id}/password", json={"password": "short"}).status_code == 422
        assert admin.put(f"/users/{agent_id}/password", json={"password": new}).status_code == 204
        assert agent.get("/session").status_code == 401
        nobody = "00000000-0000-7000-8000-000000000000"
        assert admin.put(f"/users/{nobody}/password", json={"password": new}).status_code == 404
        assert admin.delete(f"/users/{nobody}/absence").status_code == 404
        away = admin.patch(f"/users/{agent_id}", json={"away_until": "2027-01-01T00:00:00Z"})
        assert away.json()["away_until"] is not None
        assert admin.delete(f"/users/{agent_id}/absence").status_code == 204
        [back] = [row for row in admin.get("/users").json()["items"] if row["login"] == "agent"]
        assert back["away_until"] is None
        wish = {"login": "agent", "password": new}
        for active, status in ((False, 403), (True, 201)):
            assert admin.patch(f"/users/{agent_id}", json={"active": active}).status_code == 200
            assert httpx.post(served[0].url + API + "/session", json=wish).status_code == status


def test_an_admin_changes_what_a_person_is_called_how_they_are_reached_and_who_stands_in(
    served: tuple[Served, Sessions],
) -> None:
    with signed_in(served, "admin") as admin:
        ids = {row["login"]: row["id"] for row in admin.get("/users").json()["items"]}
        path = f"/users/{ids['agent']}"
        new = {"name": "林晓", "language": "en", "channels": ["sms", "in_app", "sms"]}
        reached = {"phone": "+86 138 0000 0000", "email": "lin@callout.example"}
        changed = admin.patch(path, json={**new, **reached, "deputy_id": ids["admin"]})
        assert changed.status_code == 200, changed.text
        assert {name: changed.json()[name] for name in new} == {**new, "channels": ["sms", "in_app"]}
        assert changed.json()["deputy_id"] == ids["admin"]
        assert admin.patch(path, json={"role": "agent"}).json()["deputy_id"] == ids["admin"], "not named, so it stays"
        assert admin.patch(path, json={"deputy_id": None, "phone": None}).json()["deputy_id"] is None
        for wrong in (
            {"name": None},
            {"active": None},
            {"channels": ["pigeon"]},
            {"phone": "never"},
            {"language": "fr"},
        ):
            assert admin.patch(path, json=wrong).status_code in {400, 422}, wrong
    with reading(served[1]) as look:
        person = look.get_one(User, UUID(ids["agent"]))
        assert (person.name, person.phone, person.email) == ("林晓", None, "lin@callout.example")
        noted = look.scalars(
            select(LedgerEntry.facts).where(LedgerEntry.step == "user.changed").order_by(LedgerEntry.seq)
        ).all()
    assert "lin@callout.example" not in str(noted), "values of a person can be erased, so the chain has digests of them"
    assert set(noted[0]) == {"language", "channels", "deputy_id", "name", "phone", "email"}
    assert noted[-1] == {"deputy_id": None, "phone": None}


def test_the_channels_a_person_may_wish_for_are_those_there_are() -> None:
    assert set(get_args(ChannelWord)) == set(ChannelName)


def test_messages_are_read_and_acknowledged_by_their_recipient(served: tuple[Served, Sessions]) -> None:
    with signed_in(served, "agent") as agent, signed_in(served, "admin") as admin:
        [message] = agent.get("/messages").json()["items"]
        assert (message["subject"], message["urgency"]) == ("重复提醒：电梯 7", "alarm")
        assert admin.get("/messages").json()["items"] == []
        assert admin.post(f"/messages/{message['id']}/acknowledgement").status_code in {403, 404}
        assert agent.post(f"/messages/{message['id']}/acknowledgement").json()["acknowledged_at"] is not None
        assert agent.get("/messages", params={"unacknowledged": True}).json()["items"] == []
        assert agent.get("/messages", params={"cursor": "nonsense"}).status_code == 422
        assert admin.get("/message-tasks").json() == []


def test_everybody_sees_and_ends_their_own_sessions_and_nobody_elses(served: tuple[Served, Sessions]) -> None:
    with signed_in(served, "agent") as here, signed_in(served, "agent") as there, signed_in(served, "admin") as admin:
        seen = here.get("/sessions").json()
        assert [row["is_this"] for row in seen].count(True) == 1
        assert {row["address"] for row in seen} == {"127.0.*.*"}
        (other,) = (row["id"] for row in seen if not row["is_this"])
        (admins,) = (row["id"] for row in admin.get("/sessions").json())
        assert here.delete(f"/sessions/{admins}").status_code == 404
        assert here.delete(f"/sessions/{other}").status_code == 204
        assert (there.get("/session").status_code, here.get("/session").status_code) == (401, 200)


def test_an_administrator_ends_the_sessions_of_somebody_whose_phone_was_stolen(
    served: tuple[Served, Sessions],
) -> None:
    with signed_in(served, "agent") as here, signed_in(served, "admin") as admin:
        path = next(f"/users/{row['id']}" for row in admin.get("/users").json()["items"] if row["login"] == "agent")
        assert admin.get(path).json()["phone"] is None
        assert here.get(path + "/sessions").status_code == 403
        assert len(admin.get(path + "/sessions").json()) == 1
        assert admin.delete(path + "/sessions").status_code == 204
        assert here.get("/session").status_code == 401
        assert admin.get(path + "/sessions").json() == []
        kinds = [row["kind"] for row in admin.get("/security-events").json()["items"]]
        assert "sessions.ended" in kinds


def test_going_away_without_naming_a_deputy_keeps_the_one_there_is(served: tuple[Served, Sessions]) -> None:
    with signed_in(served, "admin") as admin, signed_in(served, "agent") as agent:
        ids = {row["login"]: row["id"] for row in admin.get("/users").json()["items"]}
        path = f"/users/{ids['agent']}"
        admin.patch(path, json={"deputy_id": ids["admin"]})
        assert agent.put("/session/absence", json={"until": "2027-01-01T00:00:00+08:00"}).status_code == 204
        assert admin.get(path).json()["deputy_id"] == ids["admin"]
