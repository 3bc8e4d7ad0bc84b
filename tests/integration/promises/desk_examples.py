"""Examples of what the desk writes: sign-in, people, tokens, messages, calls, registers, grades."""

from datetime import timedelta

from foundation.database.identity import new_id
from foundation.database.session import unit_of_work
from tests import townspeople
from tests.integration.promises.asking import Asking, a_case, a_link, example, fresh
from tests.town import MAJOR, SERIOUS, Town
from tests.townspeople import EAST, PASSWORD, WEST


@example("POST /session", who=None, each_counts="each sign-in is a session of its own")
def _(town: Town) -> Asking:
    return Asking(body={"login": "agent", "password": PASSWORD})


@example("DELETE /session", who="leaving agent", later=401)
def _(town: Town) -> Asking:
    town.keys.pop("leaving agent", None)
    return Asking()


@example("POST /regions", who="admin")
def _(town: Town) -> Asking:
    code = str(new_id())[-8:]
    return Asking(body={"code": code, "name_zh": "新区", "name_en": "New", "timezone": "Asia/Shanghai"})


def a_person() -> dict[str, object]:
    login = f"new.{str(new_id())[-12:]}"
    return {
        "login": login,
        "name": "New Person",
        "role": "agent",
        "regions": [EAST],
        "password": "a long pass phrase 26",
    }


@example("POST /users", who="admin")
def _(town: Town) -> Asking:
    return Asking(body=a_person())


@example("PATCH /users/{user_id}", who="admin")
def _(town: Town) -> Asking:
    made = town.post("admin", "/users", a_person())
    return Asking({"user_id": made["id"]}, {"role": "dispatcher"})


@example("PUT /session/password", who="leaving agent")
def _(town: Town) -> Asking:
    town.keys.pop("leaving agent", None)
    everybodys = "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = :other) WHERE id = :id"
    town.execute(everybodys, id=town.person("leaving agent").id, other=town.person("agent").id)
    return Asking(body={"old": PASSWORD, "new": "another pass phrase 27"})


@example("PUT /users/{user_id}/password", who="admin")
def _(town: Town) -> Asking:
    made = town.post("admin", "/users", a_person())
    return Asking({"user_id": made["id"]}, {"password": "another pass phrase 27"})


@example("DELETE /users/{user_id}/absence", who="admin")
def _(town: Town) -> Asking:
    made = town.post("admin", "/users", a_person())
    away = {"away_until": (town.now + timedelta(days=3)).isoformat()}
    town.ask("admin", "PATCH", f"/users/{made['id']}", away)
    return Asking({"user_id": made["id"]})


def a_session_of(town: Town, who: str) -> str:
    """The session that was opened last, and one more so that there is something to end."""
    town.keys.pop(who, None)
    town.headers(who)
    query = "SELECT id FROM sessions WHERE user_id = :who ORDER BY created_at DESC, id DESC LIMIT 1"
    return str(town.rows(query, who=town.person(who).id)[0].id)


@example("DELETE /sessions", who="night agent")
def _(town: Town) -> Asking:
    return Asking()


@example("DELETE /sessions/{session_id}", who="night agent")
def _(town: Town) -> Asking:
    opened = a_session_of(town, "night agent")
    town.keys.pop("night agent", None)
    return Asking({"session_id": opened})


@example("DELETE /users/{user_id}/sessions", who="admin")
def _(town: Town) -> Asking:
    a_session_of(town, "leaving agent")
    return Asking({"user_id": town.person("leaving agent").id})


@example("DELETE /users/{user_id}/sessions/{session_id}", who="admin")
def _(town: Town) -> Asking:
    opened = a_session_of(town, "leaving agent")
    town.keys.pop("leaving agent", None)
    return Asking({"user_id": town.person("leaving agent").id, "session_id": opened})


@example("PUT /session/absence", who="night agent")
def _(town: Town) -> Asking:
    return Asking(body={"until": (town.now + timedelta(days=3)).isoformat()})


@example("DELETE /session/absence", who="night agent")
def _(town: Town) -> Asking:
    return Asking()


def a_token() -> dict[str, object]:
    return {"name": "gateway", "powers": ["complaint.log"], "regions": [EAST]}


@example("POST /tokens", who="admin")
def _(town: Town) -> Asking:
    return Asking(body=a_token())


@example("DELETE /tokens/{token_id}", who="admin")
def _(town: Town) -> Asking:
    return Asking({"token_id": town.post("admin", "/tokens", a_token())["id"]})


@example("POST /messages/{message_id}/acknowledgement", who="manager")
def _(town: Town) -> Asking:
    a_case(town)
    (message,) = town.rows(
        "SELECT id FROM messages WHERE recipient_user_id = :who ORDER BY id DESC LIMIT 1", who=town.person("manager").id
    )
    return Asking({"message_id": message.id})


@example("POST /message-tasks/{task_id}/outcome", who="head")
def _(town: Town) -> Asking:
    number = fresh(town)
    task_id, message_id, delivery_id = new_id(), new_id(), new_id()
    given = {
        "task": task_id,
        "message": message_id,
        "delivery": delivery_id,
        "now": town.now,
        "case": town.complaint(number).id,
        "mark": str(message_id),
    }
    town.execute(
        "INSERT INTO messages (id, address, recipient_key, language, template, facts, case_id, urgency, dedup_key, "
        "created_at) VALUES (:message, 'a@example.test', 'address:a@example.test', 'en', 'offer', '{}', :case, 'normal', "
        ":mark, :now)",
        **given,
    )
    town.execute(
        "INSERT INTO deliveries (id, message_id, dedup_key, recipient_key, channel, round, is_repeat, state, queued_at, "
        "attempts) VALUES (:delivery, :message, :mark, 'address:a@example.test', 'email', 1, false, 'unknown', :now, 1)",
        **given,
    )
    town.execute(
        "INSERT INTO message_tasks (id, delivery_id, case_id, reason, opened_at) "
        "VALUES (:task, :delivery, :case, 'unknown', :now)",
        **given,
    )
    return Asking({"task_id": task_id}, {"outcome": "She has it."})


@example("POST /complaints", who="agent")
def _(town: Town) -> Asking:
    return Asking(body={"caller_phone": "13800138000", "sentence": "The hoist stands still.", "facts": dict(SERIOUS)})


@example("POST /complaints/{number}/acknowledgement", who="agent")
def _(town: Town) -> Asking:
    number = fresh(town)
    return Asking({"number": number})


@example("POST /complaints/{number}/notes", who="agent")
def _(town: Town) -> Asking:
    return Asking({"number": fresh(town)}, {"note": "The gate is on the north side."})


@example("POST /complaints/{number}/corrections", who="agent")
def _(town: Town) -> Asking:
    return Asking({"number": fresh(town)}, {"correction": {"component": "jib"}, "reason": "Heard wrong."})


@example("POST /complaints/{number}/withdrawal", who="agent")
def _(town: Town) -> Asking:
    return Asking({"number": fresh(town)}, {"reason": "It was the fuse."})


@example("POST /complaints/{number}/rerouting", who="agent")
def _(town: Town) -> Asking:
    return Asking({"number": fresh(town)}, {"reason": "Wants to buy one.", "to": "Sales"})


@example("POST /complaints/{number}/merging", who="dispatcher")
def _(town: Town) -> Asking:
    serial = f"X{str(new_id())[-12:]}".upper()
    with unit_of_work(town.works.system.sessions) as db:
        townspeople.add_unit(db, serial, now=town.now, like="ZJ5510-50")
    into, merged = town.report(serial=serial), town.report(serial=serial)
    return Asking({"number": merged}, {"into": into, "reason": "The same brake."})


@example("POST /complaints/{number}/region", who="dispatcher")
def _(town: Town) -> Asking:
    return Asking({"number": fresh(town)}, {"region_code": WEST, "reason": "The crane stands in Chengdu."})


@example("POST /complaints/{number}/links", who="agent")
def _(town: Town) -> Asking:
    return Asking({"number": fresh(town)}, {"purpose": "follow"})


@example("POST /customers", who="agent")
def _(town: Town) -> Asking:
    return Asking(body={"name": "上海建工", "external_ref": str(new_id())})


@example("POST /sites", who="agent")
def _(town: Town) -> Asking:
    return Asking(
        body={"name": "临港工地", "region_code": EAST, "latitude": 30.9, "longitude": 121.9, "datum": "gcj02"}
    )


def a_unit() -> dict[str, object]:
    return {"serial_number": f"N{str(new_id())[-12:]}".upper(), "family": "tower_crane", "model": "ZJ5510"}


@example("POST /equipment", who="agent")
def _(town: Town) -> Asking:
    return Asking(body=a_unit())


@example("PATCH /equipment/{serial_number}", who="agent")
def _(town: Town) -> Asking:
    unit = town.post("agent", "/equipment", {**a_unit(), "region_code": EAST})
    return Asking({"serial_number": unit["serial_number"]}, {"model": "ZJ5510-60", "warranty_until": "2028-05-01"})


@example("POST /equipment/{serial_number}/relocations", who="agent")
def _(town: Town) -> Asking:
    unit = town.post("agent", "/equipment", a_unit())
    site = town.post("agent", "/sites", {"name": "新工地", "region_code": EAST, "latitude": 31.0, "longitude": 121.4})
    body = {"to_site_id": site["id"], "moved_on": town.now.date().isoformat()}
    return Asking({"serial_number": unit["serial_number"]}, body)


@example("POST /customer/case", who=None, writes=False)
def _(town: Town) -> Asking:
    return Asking(body={"token": a_link(town, fresh(town), purpose="follow")})


@example("POST /customer/position", who=None)
def _(town: Town) -> Asking:
    token = a_link(town, fresh(town), purpose="follow")
    return Asking(body={"token": token, "latitude": 31.1, "longitude": 121.5, "accuracy_m": 20})


@example("POST /grading/preview", who="agent", writes=False)
def _(town: Town) -> Asking:
    return Asking(body={"facts": dict(MAJOR)})


@example("POST /escalation-ladder/rehearsal", who="manager", writes=False)
def _(town: Town) -> Asking:
    return Asking(body={"grade": "major", "at": town.now.isoformat(), "region_code": EAST})


@example("POST /complaints/{number}/regrading", who="dispatcher")
def _(town: Town) -> Asking:
    return Asking({"number": fresh(town)}, {"facts": dict(MAJOR), "reason": "The hook fell."})


@example("POST /policies", who="head")
def _(town: Town) -> Asking:
    latest = town.get("head", "/policies")
    newest = town.rows("SELECT max(version) AS version FROM policies WHERE kind = 'grading'")[0].version or 1
    valid_from = (town.now + timedelta(days=400)).isoformat()
    return Asking(body={"based_on": newest, "valid_from": valid_from, "grading": latest["grading"]})
