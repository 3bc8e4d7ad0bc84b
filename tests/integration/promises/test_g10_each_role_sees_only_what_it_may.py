"""G10: every route × every role × own and foreign region, from one table; a route that is missing there fails."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from app.asgi import create_app
from foundation.accounts import access
from foundation.accounts.roles import Role
from foundation.database.session import unit_of_work
from tests.integration.promises.examples import EXAMPLES, Asking, a_photo, an_upload, at, clear, fresh
from tests.integration.promises.failing_commits import FullDisk
from tests.integration.promises.field_examples import previewed
from tests.integration.promises.permitted import CASE, DESK, LIST, OWN, PERMITTED, PERSON, PUBLIC
from tests.integration.promises.twins import FORMS, PAGES, TWINS
from tests.town import MAJOR, Town
from tests.townspeople import EAST, WEST

#: Somebody of each role in the east, whose things the examples are, and in the west, whose they aren't.
OWN_PEOPLE: Final = {
    Role.AGENT: "agent",
    Role.DISPATCHER: "dispatcher",
    Role.MANAGER: "manager",
    Role.TECHNICIAN: "chen",
    Role.APPRAISER: "appraiser",
    Role.HEAD: "head",
    Role.ADMIN: "admin",
}
FOREIGN_PEOPLE: Final = {
    Role.AGENT: "west agent",
    Role.DISPATCHER: "west dispatcher",
    Role.MANAGER: "west manager",
    Role.TECHNICIAN: "hu",
    Role.APPRAISER: "west appraiser",
}
#: Routes that only the person they were offered or given to may use among technicians.
GIVEN_TO_ONE: Final = frozenset(
    {"POST /offers/{offer_id}/acceptance", "POST /offers/{offer_id}/decline", "POST /complaints/{number}/photos"}
)


@dataclass(frozen=True, slots=True)
class Gallery:
    """Things for the routes that read."""

    town: Town
    number: str
    ids: Mapping[str, object]

    def asking(self) -> Asking:
        """What stands in the paths."""
        return Asking({"number": self.number, **self.ids})


@pytest.fixture(scope="module")
def gallery(busy_town: tuple[Town, FullDisk]) -> Gallery:
    town, _ = busy_town
    clear(town)
    number = fresh(town, facts=MAJOR)
    who = town.bring(number, "on_site")
    content, media_type = an_upload(town, a_photo())
    photo = town.client.request(
        "POST",
        f"/api/v1/complaints/{number}/photos",
        content=content,
        headers={**town.headers(who), "Content-Type": media_type},
    ).json()
    town.command(
        number,
        who,
        "finished",
        report={"cause": {"component": "a", "symptom": "b", "category": "use"}, "work_done": "c", "works_again": "yes"},
    )
    town.sign(number, who)
    town.push(minutes=1)
    share(town, number)
    (row,) = town.rows(
        "SELECT d.id AS document_id, f.record_sha256 AS sha256, (SELECT id FROM decisions LIMIT 1) AS decision_id, "
        "(SELECT k.id FROM cases k WHERE k.complaint_id = f.complaint_id LIMIT 1) AS case_id, "
        "(SELECT o.id FROM offers o WHERE o.complaint_id = f.complaint_id LIMIT 1) AS offer_id, "
        "(SELECT a.id FROM assignments a WHERE a.complaint_id = f.complaint_id LIMIT 1) AS assignment_id "
        "FROM documents d JOIN feedbacks f ON f.id = d.feedback_id JOIN complaints c ON c.id = f.complaint_id "
        "WHERE c.number = :number",
        number=number,
    )
    decision = town.rows(
        "SELECT d.id FROM decisions d JOIN complaints c ON c.id = d.complaint_id WHERE c.number = :number LIMIT 1",
        number=number,
    )[0].id
    ids = {
        **EXAMPLES["POST /message-tasks/{task_id}/outcome"].make(town).path,
        "document_id": row.document_id,
        "sha256": row.sha256,
        "decision_id": decision,
        "case_id": row.case_id,
        "offer_id": row.offer_id,
        "assignment_id": row.assignment_id,
        "kind": "set_off",
        "token_id": town.post(
            "admin", "/tokens", {"name": "old gateway", "powers": ["region.read"], "regions": [EAST]}
        )["id"],
        "photo_id": photo["id"],
        "version": 1,
        "serial_number": "ZJ5510-50",
        "technician_id": town.register.technicians["lu"],
        "user_id": town.person("agent").id,
        "import_id": previewed(town)["id"],
        "customer_id": town.rows("SELECT customer_id FROM equipment WHERE serial_number = 'ZJ5510-50'")[0].customer_id,
    }
    return Gallery(town, number, ids)


def share(town: Town, number: str) -> None:
    """Let the technician and the appraiser of the table see the case, as an offer or an appraisal does."""
    with unit_of_work(town.works.system.sessions) as db:
        for name in ("chen", "appraiser"):
            user_id = town.person(name).id
            assert user_id is not None
            access.grant(db, town.complaint(number).id, user_id, reason="table", now=town.now)


def number_of(town: Town, asking: Asking) -> str | None:
    """The complaint that a request is about."""
    if "number" in asking.path:
        return str(asking.path["number"])
    for name, table in {"offer_id": "offers", "case_id": "cases", "visit_id": "visits"}.items():
        if name in asking.path:
            (row,) = town.rows(
                f"SELECT c.number FROM {table} t JOIN complaints c ON c.id = t.complaint_id WHERE t.id = :id",
                id=asking.path[name],
            )
            return str(row.number)
    return None


DECLARING: Final = frozenset({"public", "permission"})


def handlers(town: Town) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Everything of the application that answers, by method and path."""
    for route in create_app(town.works.system).routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                yield f"{method} {route.path_format}", handler


def test_every_route_stands_in_the_table(busy_town: tuple[Town, FullDisk]) -> None:
    town, _ = busy_town
    api = {" /api/v1/".join(name.split(" /", 1)) for name in PERMITTED}
    assert {name for name, handler in handlers(town) if DECLARING & set(handler.opt)} == api | set(PAGES)


def send(
    town: Town, route: str, asking: Asking, who: str | None, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """The request as this person sends it."""
    method, _, template = route.partition(" ")
    if headers is None and route in EXAMPLES and who is not None:
        return EXAMPLES[route].send(town, asking, who=who)
    query = "?serial_number=ZJ5510-50" if route.endswith("/context") else ""
    return town.ask(who, method, template.format(**asking.path) + query, asking.body, headers=headers)


def askers(town: Town) -> dict[str, tuple[str | None, dict[str, str]]]:
    """Everybody of the table with their sessions open: who they are, and what their requests carry beside."""
    everybody: dict[str, tuple[str | None, dict[str, str]]] = {
        "visitor": (None, {}),
        "token without power": (None, town.token("nothing.at.all")),
        "token": (None, town.token(*POWERS, regions=[EAST])),
        **{f"own {role}": (name, {}) for role, name in OWN_PEOPLE.items()},
        **{f"foreign {role}": (name, {}) for role, name in FOREIGN_PEOPLE.items()},
    }
    for name in {*OWN_PEOPLE.values(), *FOREIGN_PEOPLE.values()}:
        town.headers(name)
    return everybody


@pytest.mark.parametrize(
    "route", [route for route, (_, about) in PERMITTED.items() if about != PUBLIC and route != "GET /live"]
)
def test_a_route_lets_in_whom_the_table_names_and_nobody_else(
    busy_town: tuple[Town, FullDisk], gallery: Gallery, route: str
) -> None:
    town, disk = busy_town
    allowed, about = PERMITTED[route]
    asking = EXAMPLES[route].make(town) if route in EXAMPLES else gallery.asking()
    if about == CASE and (number := number_of(town, asking)) is not None:
        share(town, number)
    asking_now = askers(town)
    with disk.full():  # Whoever is let in gets as far as the commit, and nothing is changed for the next one.
        heard = {
            asker: send(town, route, asking, who, headers or None).status_code
            for asker, (who, headers) in asking_now.items()
        }
    may = allowed.split()
    if route in GIVEN_TO_ONE and asking.who != OWN_PEOPLE[Role.TECHNICIAN]:
        may.remove("technician")
    wrong = {who: status for who, status in heard.items() if status not in expected(route, may, about, who)}
    assert wrong == {}, heard


#: Every power a token may have.
POWERS: Final = (
    "complaint.log",
    "complaint.read",
    "complaint.note",
    "register.read",
    "register.keep",
    "region.read",
    "grade.preview",
    "technician.see",
    "outlet.see",
)
LET_IN: Final = frozenset({200, 201, 204, 409, 422, 503})


def expected(route: str, allowed: list[str], about: str, who: str) -> frozenset[int]:
    """The statuses this asker may hear."""
    if who == "visitor":
        return frozenset({401})
    role = who.rsplit(maxsplit=1)[-1] if who != "token without power" else ""
    if role not in allowed:
        return frozenset({403})
    if who.startswith("foreign") and about in {CASE, PERSON}:
        return frozenset({404}) if route.startswith("GET") else frozenset({403})
    if about == OWN:
        return LET_IN | {403, 404}
    return LET_IN


def test_lists_show_only_what_one_may_see(busy_town: tuple[Town, FullDisk], gallery: Gallery) -> None:
    town, _ = busy_town
    clear(town)
    number = fresh(town, facts=MAJOR)
    for path in ("/complaints?limit=100", "/board", "/escalations?limit=100", "/offers"):
        seen = {who: town.ask(who, "GET", path).text for who in ("manager", "west manager", "head")}
        assert number in seen["manager"], path
        assert number in seen["head"], path
        assert "2026-" not in seen["west manager"], path
    names = town.get("west manager", "/technicians")["items"]
    assert {row["code"] for row in cast("list[dict[str, object]]", names)} == {"MA", "HU"}


def test_a_technician_and_an_appraiser_see_exactly_what_is_shared_with_them(busy_town: tuple[Town, FullDisk]) -> None:
    town, _ = busy_town
    mine, other = at("assigned")(town), fresh(town)
    number, who = mine
    assert town.ask(who, "GET", f"/complaints/{number}").status_code == 200
    assert town.ask(who, "GET", f"/complaints/{other}").status_code == 404
    assert other not in town.ask(who, "GET", "/complaints").text
    assert town.ask("appraiser", "GET", f"/complaints/{number}").status_code == 404


def test_a_token_sees_its_regions_and_no_personal_values(busy_town: tuple[Town, FullDisk], gallery: Gallery) -> None:
    town, _ = busy_town
    for region, status in ((EAST, 200), (WEST, 404)):
        headers = town.token("complaint.read", regions=[region])
        answer = town.ask(None, "GET", f"/complaints/{gallery.number}", headers=headers)
        assert answer.status_code == status
        assert "13800138000" not in answer.text


def test_a_refused_act_on_a_foreign_case_is_a_security_event(
    busy_town: tuple[Town, FullDisk], gallery: Gallery
) -> None:
    town, _ = busy_town
    before = len(town.rows("SELECT 1 FROM security_events"))
    answer = town.ask("west agent", "POST", f"/complaints/{gallery.number}/notes", {"note": "Hello."})
    assert answer.status_code == 403
    unknown = town.ask("west agent", "POST", "/complaints/2026-999999/notes", {"note": "Hello."})
    assert (unknown.status_code, unknown.json()["detail"]) == (403, answer.json()["detail"]), "no oracle"
    assert len(town.rows("SELECT 1 FROM security_events")) == before + 2


def look_at(gallery: Gallery, route: str, who: str | None, headers: Mapping[str, str]) -> httpx.Response:
    """The page as the browser of this person asks for it; a form carries the session's token."""
    town = gallery.town
    method, _, template = route.partition(" ")
    sent = {**town.headers(who), **headers, "Accept": "text/html", "Accept-Language": "en"}
    things = gallery.asking().path
    if method == "GET":
        return town.client.get(template.format(**things), headers=sent, follow_redirects=False)
    fields = {name: value.format(**things) for name, value in FORMS.get(route, {}).items()}
    form = {**fields, "csrf": town.keys[who].csrf if who else ""}
    upload = {"image": ("photo.jpg", a_photo(), "image/jpeg")} if "/photos/" in route else None
    return town.client.post(template.format(**things), data=form, files=upload, headers=sent, follow_redirects=False)


@pytest.mark.parametrize("route", [route for route, (_, about) in PAGES.items() if about != PUBLIC])
def test_a_page_lets_in_whom_the_table_names_and_nobody_else(
    busy_town: tuple[Town, FullDisk], gallery: Gallery, route: str
) -> None:
    town, disk = busy_town
    allowed, about = PAGES[route]
    asking_now = askers(town)
    with disk.full():
        heard = {
            asker: look_at(gallery, route, who, headers).status_code for asker, (who, headers) in asking_now.items()
        }
    roles = allowed.split()
    if TWINS.get(route) in GIVEN_TO_ONE:
        roles.remove("technician")  # The gallery's work was given to another.
    wrong = {}
    for asker, status in heard.items():
        may = expected(route, roles, about, asker) | ({303} if asker.split()[-1] in roles else set())
        if asker.startswith("foreign") and "{" in route:
            may |= {404}  # A form that can't be read leads back to its page, which isn't there for this person.
        elif asker.startswith("foreign"):
            may |= {422}  # A form on a page for everybody is refused as unreadable before it names anybody.
        if asker == "visitor" and route.startswith("GET"):
            may = frozenset({303})
        if status not in may:
            wrong[asker] = status
    assert wrong == {}, heard


#: A form with its inside, a button that sends it, and where forms and buttons lead.
FORM: Final = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
SENDING: Final = re.compile(r'<button\b(?![^>]*type="button")')
ACTION: Final = re.compile(r'\baction="(/[^"?]*)')
BY_ITSELF: Final = re.compile(r'(?:formaction|hx-post)="(/[^"?]*)')


def acts_in(html: str) -> set[str]:
    """The routes to which somebody can write from the page: a form without a button offers nothing."""
    shapes = {
        route: re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route.partition(" ")[2])) for route in PAGES if "POST" in route
    }
    paths = BY_ITSELF.findall(html)
    for attributes, inside in FORM.findall(html):
        if 'method="post"' in attributes and SENDING.search(inside):
            paths += ACTION.findall(attributes)
    return {route for path in paths for route, shape in shapes.items() if re.fullmatch(shape, path)}


@pytest.mark.parametrize("route", [route for route in PAGES if route.startswith("GET") and PAGES[route][1] != PUBLIC])
def test_a_page_offers_nobody_what_the_api_would_refuse(
    busy_town: tuple[Town, FullDisk], gallery: Gallery, route: str
) -> None:
    offered = {}
    for asker, (who, headers) in askers(busy_town[0]).items():
        role = asker.rsplit(maxsplit=1)[-1]
        if who is None or role not in PAGES[route][0].split():
            continue
        page = look_at(gallery, route, who, headers)
        refused = {act for act in acts_in(page.text) if PAGES[act][1] != PUBLIC and role not in PAGES[act][0].split()}
        if refused:
            offered[asker] = refused
    assert offered == {}


def test_what_a_page_offers_is_seen(gallery: Gallery) -> None:
    page = look_at(gallery, "GET /complaints/{number}", "dispatcher", {})
    assert {"POST /complaints/{number}/notes", "POST /sign-out"} <= acts_in(page.text)
    inbox = look_at(gallery, "GET /escalations", "manager", {})
    assert "POST /escalations/acknowledgement" in acts_in(inbox.text)


@pytest.mark.parametrize("route", [route for route in PAGES if route.startswith("GET") and PAGES[route][1] == LIST])
def test_a_list_on_a_page_shows_no_other_regions_complaint(
    busy_town: tuple[Town, FullDisk], gallery: Gallery, route: str
) -> None:
    for asker, (who, headers) in askers(busy_town[0]).items():
        if asker.startswith("foreign"):
            assert gallery.number not in look_at(gallery, route, who, headers).text, asker


def test_the_case_page_shows_the_ledger_to_exactly_those_whom_the_api_shows_it(
    busy_town: tuple[Town, FullDisk], gallery: Gallery
) -> None:
    town, _ = busy_town
    shown = {}
    for asker, (who, headers) in askers(town).items():
        page = look_at(gallery, "GET /complaints/{number}", who, headers)
        ledger = town.ask(who, "GET", f"/complaints/{gallery.number}/ledger", headers=headers)
        shown[asker] = ('class="timeline"' in page.text, ledger.status_code == 200)
    assert {asker: both for asker, both in shown.items() if both[0] is not both[1]} == {}
    assert {asker.split()[-1] for asker, (page, _) in shown.items() if page} == {*DESK.split(), "appraiser"}


def test_a_route_that_declares_nothing_lets_nobody_in(busy_town: tuple[Town, FullDisk]) -> None:
    town, _ = busy_town
    undeclared = [name for name, handler in handlers(town) if not DECLARING & set(handler.opt)]
    assert undeclared, "the framework's own pages about the API declare nothing"
    for name in undeclared:
        method, _, path = name.partition(" ")
        heard = [
            town.client.request(method, path.format(path="x"), headers=town.headers(who)).status_code
            for who in (None, "head")
        ]
        assert heard == [401, 403], name
