"""Examples of what is written about the field: people, rosters, offers, visits."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import httpx

from foundation.database.identity import new_id
from tests.integration.promises.asking import Asking, a_photo, an_upload, at, example, fresh, rung
from tests.town import GENERAL, REPORT, Town
from tests.townspeople import EAST


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


def a_file(serial: str) -> tuple[bytes, str]:
    """A register's file in its form, encoded once, so that repeating it sends the same bytes."""
    content = f"serial_number,family\n{serial},tower_crane\n".encode()
    request = httpx.Request(
        "POST",
        "https://callout.test",
        data={"register": "equipment"},
        files={"file": ("units.csv", content, "text/csv")},
    )
    return request.read(), request.headers["Content-Type"]


@example("POST /imports", who="head")
def _(town: Town) -> Asking:
    return Asking(upload=a_file(f"I{str(new_id())[-12:]}"))


def previewed(town: Town) -> dict[str, object]:
    """An import that waits for somebody's word."""
    content, media_type = a_file(f"I{str(new_id())[-12:]}")
    headers = {**town.headers("head"), "Content-Type": media_type}
    return dict(town.client.post("/api/v1/imports", headers=headers, content=content).json())


@example("POST /imports/{import_id}/run", who="head")
def _(town: Town) -> Asking:
    made = previewed(town)
    return Asking({"import_id": made["id"]}, {"sha256": made["sha256"]})


@example("POST /vehicles", who="manager")
def _(town: Town) -> Asking:
    outlet_id = str(town.register.outlets[EAST])
    return Asking(body={"outlet_id": outlet_id, "plate": f"沪{str(new_id())[-6:]}", "carries_heavy": True})


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


@example("POST /complaints/{number}/heavy-parts", who="agent")
def _(town: Town) -> Asking:
    return Asking({"number": rung(town)[0]}, {"needed": True})


def an_exclusion(town: Town) -> Asking:
    made = town.post("agent", "/customers", {"name": "上海建工", "external_ref": str(new_id())})
    until = (town.now + timedelta(days=90)).isoformat()
    return Asking({"customer_id": made["id"]}, {**of("lu")(town), "until": until, "reason": "He left the gate open."})


@example("POST /customers/{customer_id}/exclusions", who="dispatcher")
def _(town: Town) -> Asking:
    return an_exclusion(town)


@example("POST /customers/{customer_id}/exclusions/{technician_id}/end", who="dispatcher")
def _(town: Town) -> Asking:
    asking = an_exclusion(town)
    town.post("dispatcher", f"/customers/{asking.path['customer_id']}/exclusions", asking.body)
    return Asking({**asking.path, **of("lu")(town)})


@example("POST /dispatch/policy", who="head")
def _(town: Town) -> Asking:
    numbers = town.get("head", "/dispatch/policy")["numbers"]
    newest = town.rows("SELECT max(version) AS version FROM dispatch_policies")[0].version
    valid_from = (town.now + timedelta(days=400)).isoformat()
    return Asking(body={"based_on": newest, "valid_from": valid_from, "numbers": numbers})


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


@example("POST /complaints/{number}/suspension", who="dispatcher")
def _(town: Town) -> Asking:
    until = (town.now + timedelta(hours=9)).isoformat()
    return Asking({"number": at("assigned")(town)[0]}, {"reason": "access", "resume_at": until, "note": "Gate locked."})


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
