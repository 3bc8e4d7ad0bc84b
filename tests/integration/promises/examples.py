"""One working request for every route that writes: who sends it, and how the thing it is about comes to be.

The promises about writes are proved over this table, route by route; a route that is missing here fails a test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Final, TypeAlias

import httpx
import msgspec
from PIL import Image

from escalation import ladder, policies
from foundation.database.identity import new_id
from foundation.database.session import unit_of_work
from intake import links
from tests import townspeople
from tests.town import GENERAL, MAJOR, REPORT, SERIOUS, Town
from tests.townspeople import EAST, PASSWORD


@dataclass(frozen=True, slots=True)
class Asking:
    """A request ready to be sent: what stands in the path, the body, and who sends it when it is not always the same."""

    path: Mapping[str, object] = field(default_factory=dict)
    body: object = None
    who: str | None = None
    #: A body that is not JSON, with its media type.
    upload: tuple[bytes, str] | None = None


Making: TypeAlias = Callable[[Town], Asking]


@dataclass(frozen=True, slots=True)
class Example:
    """The example of one route; `who` None is a visitor."""

    route: str
    make: Making
    who: str | None
    #: False for routes that look at something and change nothing.
    writes: bool = True
    #: Why three of these at once have three effects, where they have.
    each_counts: str | None = None
    #: What a repetition hears that isn't given the first answer.
    later: int = 409

    @property
    def is_kept(self) -> bool:
        """Whether the answer is kept under an Idempotency-Key: not for visitors, nor where nothing happens."""
        return self.writes and self.who is not None and self.later == 409

    def send(self, town: Town, asking: Asking, *, who: str | None = None, key: str | None = None) -> httpx.Response:
        """Send it, with an Idempotency-Key if there is one."""
        method, _, template = self.route.partition(" ")
        headers = {} if key is None else {"Idempotency-Key": key}
        sender = who or asking.who or self.who
        path = template.format(**asking.path)
        if asking.upload is not None:
            content, media_type = asking.upload
            headers |= {**town.headers(sender), "Content-Type": media_type}
            return town.client.request(method, "/api/v1" + path, headers=headers, content=content)
        return town.ask(sender, method, path, asking.body, headers=headers)


EXAMPLES: Final[dict[str, Example]] = {}


def example(
    route: str, *, who: str | None, writes: bool = True, each_counts: str | None = None, later: int = 409
) -> Callable[[Making], Making]:
    """The function makes the thing and the request about it."""

    def note(make: Making) -> Making:
        assert route not in EXAMPLES
        EXAMPLES[route] = Example(route=route, make=make, who=who, writes=writes, each_counts=each_counts, later=later)
        return make

    return note


def fresh(town: Town, *, facts: Mapping[str, object] = SERIOUS) -> str:
    """A complaint about a unit of its own, so that no two stand in each other's way."""
    serial = f"X{str(new_id())[-12:]}".upper()
    with unit_of_work(town.works.system.sessions) as db:
        townspeople.add_unit(db, serial, now=town.now, like="ZJ5510-50")
    return town.report(serial=serial, facts=facts)


def rung(town: Town, *, facts: Mapping[str, object] = SERIOUS) -> tuple[str, str]:
    """A complaint for which somebody's phone rings, and whose. Everybody else's work is taken out of the way."""
    clear(town)
    number = fresh(town, facts=facts)
    if not town.offers(number):
        town.push(minutes=1)
    return number, next(iter(town.offers(number)))


def clear(town: Town) -> None:
    """Let the desk withdraw or finish what stands in the way, so that technicians are free."""
    busy = town.rows(
        "SELECT c.number, lower(t.code) AS who FROM assignments a JOIN complaints c ON c.id = a.complaint_id "
        "JOIN technicians t ON t.id = a.technician_id WHERE a.ended_at IS NULL ORDER BY a.crew_role DESC"
    )
    for row in busy:
        town.command(row.number, row.who, "handed_back", reason="other", note="Making room.")
    for row in town.rows("SELECT number FROM complaints WHERE stage IN ('dispatching', 'graded', 'reopened')"):
        town.post("agent", f"/complaints/{row.number}/withdrawal", {"reason": "Made room."})


def at(stage: str) -> Callable[[Town], tuple[str, str]]:
    """A complaint in this stage and the technician who leads."""

    def bring(town: Town) -> tuple[str, str]:
        number, _ = rung(town)
        return number, town.bring(number, stage)

    return bring


def a_case(town: Town) -> str:
    """An escalation in front of the manager: a major complaint."""
    clear(town)
    number = fresh(town, facts=MAJOR)
    return str(town.cases(number)["major"].id)


def a_photo() -> bytes:
    made = BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(made, "JPEG")
    return made.getvalue()


def an_upload(town: Town, image: bytes, **more: str) -> tuple[bytes, str]:
    """A photo in its form, encoded once, so that repeating it sends the same bytes."""
    form = {"id": str(new_id()), "role": "before", "taken_at": town.now.isoformat(), **more}
    request = httpx.Request(
        "POST", "https://callout.test", data=form, files={"image": ("photo.jpg", image, "image/jpeg")}
    )
    return request.read(), request.headers["Content-Type"]


def a_link(town: Town, number: str, *, purpose: str) -> str:
    """The secret of a customer's link."""
    with unit_of_work(town.works.system.sessions) as db:
        return links.issue(db, town.complaint(number).id, purpose=purpose, now=town.now)


# ---- accounts


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


def a_token() -> dict[str, object]:
    return {"name": "gateway", "powers": ["complaint.log"], "regions": [EAST]}


@example("POST /tokens", who="admin")
def _(town: Town) -> Asking:
    return Asking(body=a_token())


@example("DELETE /tokens/{token_id}", who="admin")
def _(town: Town) -> Asking:
    return Asking({"token_id": town.post("admin", "/tokens", a_token())["id"]})


# ---- messages


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


# ---- intake


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


@example("POST /equipment/{serial_number}/relocations", who="agent")
def _(town: Town) -> Asking:
    unit = town.post("agent", "/equipment", a_unit())
    site = town.post("agent", "/sites", {"name": "新工地", "region_code": EAST, "latitude": 31.0, "longitude": 121.4})
    body = {"to_site_id": site["id"], "moved_on": town.now.date().isoformat()}
    return Asking({"serial_number": unit["serial_number"]}, body)


@example("POST /customer/case", who=None, writes=False)
def _(town: Town) -> Asking:
    return Asking(body={"token": a_link(town, fresh(town), purpose="follow")})


# ---- severity


@example("POST /grading/preview", who="agent", writes=False)
def _(town: Town) -> Asking:
    return Asking(body={"facts": dict(MAJOR)})


@example("POST /complaints/{number}/regrading", who="dispatcher")
def _(town: Town) -> Asking:
    return Asking({"number": fresh(town)}, {"facts": dict(MAJOR), "reason": "The hook fell."})


@example("POST /policies", who="head")
def _(town: Town) -> Asking:
    latest = town.get("head", "/policies")
    newest = town.rows("SELECT max(version) AS version FROM policies WHERE kind = 'grading'")[0].version or 1
    valid_from = (town.now + timedelta(days=400)).isoformat()
    return Asking(body={"based_on": newest, "valid_from": valid_from, "grading": latest["grading"]})


# ---- technicians


def of(who: str) -> Callable[[Town], dict[str, object]]:
    return lambda town: {"technician_id": town.register.technicians[who]}


@example("POST /technicians/me/duty", who="zhou")
def _(town: Town) -> Asking:
    town.works.clock.push(minutes=1)
    state = "on_call" if town.get("zhou", "/technicians/me")["duty"] == "on" else "on"
    return Asking(body={"state": state})


@example("POST /technicians/me/position", who="chen")
def _(town: Town) -> Asking:
    here = {"latitude": 31.2, "longitude": 121.5, "accuracy_m": 20}
    town.post("chen", "/technicians/me/position", {**here, "at": town.now.isoformat()})
    town.works.clock.push(seconds=1)
    return Asking(body={**here, "at": town.now.isoformat()})


def a_technician(town: Town) -> dict[str, object]:
    return {
        "code": f"N{str(new_id())[-8:]}",
        "name": "新人",
        "region_code": EAST,
        "outlet_id": str(town.register.outlets[EAST]),
        "families": {"suspended_platform": 2},
    }


@example("POST /technicians", who="manager")
def _(town: Town) -> Asking:
    return Asking(body=a_technician(town))


@example("PUT /technicians/{technician_id}", who="manager")
def _(town: Town) -> Asking:
    form = a_technician(town)
    made = town.post("manager", "/technicians", form)
    return Asking({"technician_id": made["id"]}, {**form, "senior": True})


@example("POST /technicians/{technician_id}/activity", who="manager")
def _(town: Town) -> Asking:
    made = town.post("manager", "/technicians", a_technician(town))
    return Asking({"technician_id": made["id"]}, {"active": False})


@example("POST /technicians/{technician_id}/duty", who="dispatcher")
def _(town: Town) -> Asking:
    made = town.post("manager", "/technicians", a_technician(town))
    return Asking({"technician_id": made["id"]}, {"state": "on"})


def a_shift(town: Town) -> dict[str, object]:
    start = town.now + timedelta(days=30)
    return {"start_at": start.isoformat(), "end_at": (start + timedelta(hours=8)).isoformat(), "kind": "duty"}


@example("POST /technicians/{technician_id}/shifts", who="dispatcher")
def _(town: Town) -> Asking:
    made = town.post("manager", "/technicians", a_technician(town))
    return Asking({"technician_id": made["id"]}, a_shift(town))


def shifted(town: Town) -> str:
    made = town.post("manager", "/technicians", a_technician(town))
    return str(town.post("dispatcher", f"/technicians/{made['id']}/shifts", a_shift(town))["id"])


@example("PUT /shifts/{shift_id}", who="dispatcher")
def _(town: Town) -> Asking:
    start = town.now + timedelta(days=31)
    body = {"start_at": start.isoformat(), "end_at": (start + timedelta(hours=7)).isoformat(), "kind": "duty"}
    return Asking({"shift_id": shifted(town)}, body)


@example("DELETE /shifts/{shift_id}", who="dispatcher")
def _(town: Town) -> Asking:
    return Asking({"shift_id": shifted(town)})


def an_absence(town: Town) -> dict[str, object]:
    return {"start_at": (town.now + timedelta(days=3)).isoformat(), "reason": "training"}


@example("POST /technicians/{technician_id}/absences", who="dispatcher")
def _(town: Town) -> Asking:
    made = town.post("manager", "/technicians", a_technician(town))
    return Asking({"technician_id": made["id"]}, an_absence(town))


@example("DELETE /absences/{absence_id}", who="dispatcher")
def _(town: Town) -> Asking:
    made = town.post("manager", "/technicians", a_technician(town))
    absence = town.post("dispatcher", f"/technicians/{made['id']}/absences", an_absence(town))
    return Asking({"absence_id": absence["id"]})


A_CERTIFICATE: Final = {"family": "suspended_platform", "kind": "licence", "number": "P-1", "valid_until": "2028-01-01"}


@example("POST /technicians/{technician_id}/certificates", who="manager")
def _(town: Town) -> Asking:
    made = town.post("manager", "/technicians", a_technician(town))
    return Asking({"technician_id": made["id"]}, A_CERTIFICATE)


@example("POST /technicians/{technician_id}/certificates/{certificate_id}/withdrawal", who="manager")
def _(town: Town) -> Asking:
    made = town.post("manager", "/technicians", a_technician(town))
    kept = town.post("manager", f"/technicians/{made['id']}/certificates", A_CERTIFICATE)
    return Asking({"technician_id": made["id"], "certificate_id": kept["id"]}, {"reason": "forged"})


@example("POST /outlets", who="manager")
def _(town: Town) -> Asking:
    place = {"latitude": 31.1, "longitude": 121.3}
    return Asking(body={"name": f"站 {new_id()}", "kind": "contracted", "region_code": EAST, "place": place})


@example("POST /vehicles", who="manager")
def _(town: Town) -> Asking:
    outlet_id = str(town.register.outlets[EAST])
    return Asking(body={"outlet_id": outlet_id, "plate": f"沪{str(new_id())[-6:]}", "carries_heavy": True})


# ---- dispatch


@example("POST /offers/{offer_id}/acceptance", who="lu")
def _(town: Town) -> Asking:
    number, who = rung(town)
    return Asking({"offer_id": town.offers(number)[who]}, who=who)


@example("POST /offers/{offer_id}/decline", who="lu")
def _(town: Town) -> Asking:
    number, who = rung(town)
    return Asking({"offer_id": town.offers(number)[who]}, {"reason": "too_far"}, who=who)


@example("POST /complaints/{number}/assignment", who="dispatcher")
def _(town: Town) -> Asking:
    number, _ = rung(town)
    return Asking({"number": number}, {"technician_id": town.register.technicians["wang"], "reason": "He knows it."})


@example("POST /complaints/{number}/release", who="dispatcher")
def _(town: Town) -> Asking:
    number, who = at("assigned")(town)
    return Asking({"number": number}, {"technician_id": town.register.technicians[who], "reason": "He is ill."})


# ---- visits


@example("POST /commands", who="lu")
def _(town: Town) -> Asking:
    number, who = at("assigned")(town)
    return Asking(body={"commands": [town.a_command(number, who, "set_off")]}, who=who)


@example("PUT /commands/{command_id}", who="lu")
def _(town: Town) -> Asking:
    number, who = at("assigned")(town)
    command = town.a_command(number, who, "set_off")
    return Asking({"command_id": command["id"]}, command, who=who)


@example("POST /complaints/{number}/photos", who="lu")
def _(town: Town) -> Asking:
    number, who = at("on_site")(town)
    return Asking({"number": number}, upload=an_upload(town, a_photo()), who=who)


@example("POST /complaints/{number}/resumption", who="dispatcher")
def _(town: Town) -> Asking:
    number, who = at("on_site")(town)
    until = (town.now + timedelta(hours=9)).isoformat()
    town.command(number, who, "suspended", reason="parts", resume_at=until)
    return Asking({"number": number}, {"note": "The part is here."})


@example("POST /complaints/{number}/guidance", who="agent")
def _(town: Town) -> Asking:
    return Asking({"number": fresh(town, facts=GENERAL)}, {"agreed_by": "王工"})


def guided(town: Town) -> str:
    number = fresh(town, facts=GENERAL)
    town.post("agent", f"/complaints/{number}/guidance", {"agreed_by": "王工"})
    return number


@example("POST /complaints/{number}/guidance/report", who="agent")
def _(town: Town) -> Asking:
    return Asking({"number": guided(town)}, {"report": dict(REPORT)})


@example("POST /complaints/{number}/guidance/end", who="agent")
def _(town: Town) -> Asking:
    return Asking({"number": guided(town)}, {"reason": "It still slips."})


@example("POST /visits/{visit_id}/approval", who="manager")
def _(town: Town) -> Asking:
    number, who = at("en_route")(town)
    town.command(
        number, who, "arrived", position_missing="denied", reason="No signal under the jib.", photo_ids=[str(new_id())]
    )
    (visit,) = town.rows(
        "SELECT v.id FROM visits v JOIN complaints c ON c.id = v.complaint_id WHERE c.number = :number", number=number
    )
    return Asking({"visit_id": visit.id}, {"note": "I know the site."})


# ---- feedback


def a_form(town: Town, number: str, who: str) -> dict[str, object]:
    return town.a_signed_form(town.get(who, f"/complaints/{number}/feedback-form"))


@example("POST /complaints/{number}/feedback", who="lu")
def _(town: Town) -> Asking:
    number, who = at("repaired")(town)
    return Asking({"number": number}, a_form(town, number, who), who=who)


@example("POST /complaints/{number}/feedback-refusal", who="lu")
def _(town: Town) -> Asking:
    number, who = at("repaired")(town)
    body = {"id": str(new_id()), "reason": "He wants more.", "witness": "李工", "refused_at": town.now.isoformat()}
    return Asking({"number": number}, body, who=who)


@example("POST /complaints/{number}/feedback-invitation", who="lu")
def _(town: Town) -> Asking:
    number, who = at("repaired")(town)
    return Asking({"number": number}, who=who)


@example("POST /complaints/{number}/follow-up/attempts", who="night agent")
def _(town: Town) -> Asking:
    return Asking({"number": at("confirmed")(town)[0]}, {"reached": "no_answer"})


@example("POST /complaints/{number}/follow-up/answer", who="night agent")
def _(town: Town) -> Asking:
    return Asking({"number": at("confirmed")(town)[0]}, {"solved": True})


@example("POST /complaints/{number}/closure", who="agent")
def _(town: Town) -> Asking:
    number, _ = at("confirmed")(town)
    # The call was answered while the desk's program was away: everything closing needs is there.
    town.execute(
        "UPDATE follow_ups SET state = 'answered', solved = true, outcome = 'solved', ended_at = :now "
        "WHERE complaint_id = :id",
        now=town.now,
        id=town.complaint(number).id,
    )
    return Asking({"number": number})


@example("POST /complaints/{number}/reopening", who="agent")
def _(town: Town) -> Asking:
    return Asking({"number": at("closed")(town)[0]}, {"reason": "It slips again."})


@example("POST /customer/feedback-form", who=None, writes=False)
def _(town: Town) -> Asking:
    return Asking(body={"token": a_link(town, at("repaired")(town)[0], purpose="feedback")})


@example("POST /customer/feedback", who=None)
def _(town: Town) -> Asking:
    number, who = at("repaired")(town)
    return Asking(body={"token": a_link(town, number, purpose="feedback"), "form": a_form(town, number, who)})


@example("POST /customer/reopening", who=None)
def _(town: Town) -> Asking:
    number, _ = at("confirmed")(town)
    return Asking(body={"token": a_link(town, number, purpose="follow"), "reason": "It slips again."})


@example("POST /customer/document", who=None, writes=False)
def _(town: Town) -> Asking:
    number, _ = at("confirmed")(town)
    return Asking(body={"token": a_link(town, number, purpose="follow")})


# ---- escalation


@example("POST /escalations/{case_id}/acknowledgement", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {})


@example("POST /escalations/{case_id}/take-over", who="second manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {"reason": "He is on leave."})


@example("POST /escalations/{case_id}/assignment", who="manager")
def _(town: Town) -> Asking:
    body = {"technician_id": town.register.technicians["wang"], "reason": "He is nearest."}
    return Asking({"case_id": a_case(town)}, body)


@example("POST /escalations/{case_id}/appraisal", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {"question": "Why did the rope part?"})


@example("POST /escalations/{case_id}/return", who="head")
def _(town: Town) -> Asking:
    case_id = a_case(town)
    town.post("manager", f"/escalations/{case_id}/raising", {"reason": "Above my limit."})
    return Asking({"case_id": case_id}, {"reason": "Within your limit now."})


@example("POST /escalations/{case_id}/raising", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {"reason": "Above my limit."})


@example("POST /escalations/{case_id}/outcome", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {"outcome": "remedied", "text": "New rope."})


@example("POST /escalations/{case_id}/annulment", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {"note": "A drill."})


@example("POST /escalation-ladder", who="head")
def _(town: Town) -> Asking:
    document = msgspec.json.decode(msgspec.json.encode(policies.document(ladder.SHIPPED)))
    document.pop("version")
    return Asking(body={**document, "valid_from": (town.now + timedelta(days=400)).isoformat()})
