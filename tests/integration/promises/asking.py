"""How the example of a route is written down, and how the things it is about come to be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final, TypeAlias

import httpx
from PIL import Image

from foundation.database.identity import new_id
from foundation.database.session import unit_of_work
from intake import links
from tests import townspeople
from tests.town import MAJOR, SERIOUS, Town


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
        """Whether the answer is kept under an Idempotency-Key: not where nothing happens or a session begins or ends."""
        return self.writes and self.each_counts is None and self.later == 409

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


def a_case(town: Town, *, facts: Mapping[str, object] = MAJOR) -> str:
    """An escalation in front of the manager: a major complaint."""
    clear(town)
    number = fresh(town, facts=facts)
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
