"""A town: the whole system as `app` builds it, over a database of its own, spoken to through its API.

`town.report()` takes a call, `town.push(minutes=31)` lets time pass, `town.told("manager")` reads what somebody was told.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Row, text

from foundation.accounts import actions as accounts
from foundation.accounts import signing_in
from foundation.accounts.models import User
from foundation.accounts.roles import Actor
from foundation.clock import HandClock
from foundation.database.identity import new_id
from foundation.database.session import EVERYTHING, reading, unit_of_work
from foundation.language.tongues import Language
from foundation.notifications.wording import words_of
from tests import engines, standing, townspeople
from tests.postgres import Ground
from tests.town_works import KeptChannel, Works, works_over
from tests.townspeople import FOUNDER, MORNING, Register

API: Final = "/api/v1"
DAY: Final = timedelta(days=1)
#: A session is opened anew after this long, well before it would end by itself.
SESSION_FOR: Final = timedelta(hours=6)
#: What every person of the town says in a call; a story names what differs.
CALL: Final[Mapping[str, object]] = {
    "caller_phone": "13800138000",
    "caller_name": "王工",
    "sentence": "塔吊停了，吊钩放不下来。",
    "source": "phone",
}
MAJOR: Final[Mapping[str, object]] = {"injury": "none", "people_in_danger": True, "structure_or_load": True}
#: Major by its loss alone: nobody is in danger.
NOBODY_HURT: Final[Mapping[str, object]] = {
    "injury": "none",
    "people_in_danger": False,
    "structure_or_load": False,
    "property_loss": "large",
}
SERIOUS: Final[Mapping[str, object]] = {
    "injury": "none",
    "people_in_danger": False,
    "structure_or_load": False,
    "machine_state": "stopped",
}
GENERAL: Final[Mapping[str, object]] = {
    "injury": "none",
    "people_in_danger": False,
    "structure_or_load": False,
    "machine_state": "degraded",
    "safety_device_out": False,
    "work_halted": False,
    "property_loss": "none",
    "public_attention": False,
}
SATISFIED: Final[Mapping[str, object]] = {
    "satisfaction": 7,
    "quality": 7,
    "speed": 6,
    "attitude": 7,
    "information": 6,
    "safety": 7,
}
REPORT: Final[Mapping[str, object]] = {
    "cause": {"component": "hoist brake", "symptom": "slips", "category": "maintenance"},
    "work_done": "Brake pads exchanged, brake adjusted, load test with 1.25 times the rated load.",
    "works_again": "yes",
}


class Refused(Exception):
    """The API refused; `status`, `code` and the whole problem say why."""

    def __init__(self, response: httpx.Response) -> None:
        """Keep the problem."""
        self.status = response.status_code
        self.problem: dict[str, object] = response.json() if response.content else {}
        self.code = str(self.problem.get("type", "")).removeprefix("/problems/")
        super().__init__(f"{self.status} {self.code} {self.problem}")


def each(answer: Mapping[str, object], name: str) -> list[dict[str, object]]:
    """The things under a name of an answer."""
    return cast("list[dict[str, object]]", answer[name])


@dataclass(slots=True)
class Key:
    """A session of somebody, as their browser holds it."""

    token: str
    csrf: str
    opened_at: datetime


@dataclass(slots=True)
class Town:
    """The system, its people, and what a story may do and see."""

    works: Works
    register: Register
    client: TestClient[Litestar]
    keys: dict[str, Key] = field(default_factory=dict)
    sequence: int = 0

    # ---- time

    @property
    def now(self) -> datetime:
        """Where the hand of the clock stands."""
        return self.works.now

    def push(self, **by: float) -> None:
        """Let time pass, minute by minute."""
        self.works.push(**by)

    def jump(self, **by: float) -> None:
        """Let time pass at once, as after a pause of everything."""
        self.works.jump(**by)

    def next_morning(self) -> None:
        """Everybody of the field goes home, sleeps, and is back at eight."""
        for state in ("off", "on"):
            for who in self.register.technicians:
                self.post(who, "/technicians/me/duty", {"state": state})
            if state == "off":
                self.works.clock.at = MORNING + ((self.now - MORNING) // DAY + 1) * DAY
                self.works.sweep()

    # ---- the API

    def headers(self, who: str | None) -> dict[str, str]:
        """What a browser of this person sends; nobody sends nothing."""
        if who is None:
            return {}
        key = self.keys.get(who)
        if key is None or self.now - key.opened_at > SESSION_FOR:
            key = self.keys[who] = self._open(who)
        return {"Cookie": f"__Host-session={key.token}", "X-CSRF-Token": key.csrf}

    def ask(
        self, who: str | None, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """One request to the API as this person, whatever comes back."""
        content = None if body is None else msgspec.json.encode(body)
        sent = {**self.headers(who), **(headers or {})}
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        return self.client.request(method, API + path, content=content, headers=sent)

    def get(self, who: str, path: str) -> dict[str, object]:
        """Read; raises Refused."""
        return self._answer(self.ask(who, "GET", path))

    def post(self, who: str | None, path: str, body: object = None) -> dict[str, object]:
        """Do something and let all jobs come to rest; raises Refused."""
        found = self._answer(self.ask(who, "POST", path, body))
        self.works.rest()
        return found

    def _answer(self, response: httpx.Response) -> dict[str, object]:
        if response.status_code >= httpx.codes.BAD_REQUEST:
            raise Refused(response)
        return cast("dict[str, object]", response.json()) if response.content else {}

    def _open(self, who: str) -> Key:
        with unit_of_work(self.works.system.sessions) as db:
            made = signing_in.open_session(db, db.get_one(User, self.person(who).id), user_agent="town", now=self.now)
        return Key(made.token, made.csrf, self.now)

    def person(self, who: str) -> Actor:
        """Somebody by name."""
        return self.register.people[who]

    def token(self, *powers: str, regions: Sequence[str] | None = None) -> dict[str, str]:
        """The header of another system with these powers."""
        with unit_of_work(self.works.system.sessions) as db:
            made = accounts.add_token(db, "gateway", powers=powers, regions=regions, actor=FOUNDER, now=self.now)
        return {"Authorization": f"Bearer {made.secret}"}

    # ---- a complaint's life

    def report(
        self,
        *,
        serial: str | None = "ZJ5510-50",
        facts: Mapping[str, object] = SERIOUS,
        who: str = "agent",
        **said: object,
    ) -> str:
        """Take a call; the complaint's number."""
        return str(self.take_call(serial=serial, facts=facts, who=who, **said)["number"])

    def take_call(
        self,
        *,
        serial: str | None = "ZJ5510-50",
        facts: Mapping[str, object] = SERIOUS,
        who: str = "agent",
        **said: object,
    ) -> dict[str, object]:
        """Take a call; the whole answer."""
        call = {**CALL, "facts": dict(facts), **said}
        if serial is not None:
            call["serial_number"] = serial
        return self.post(who, "/complaints", call)

    def offers(self, number: str) -> dict[str, UUID]:
        """Whose phones ring for the complaint: technician → offer."""
        rows = self.rows(
            "SELECT lower(t.code) AS name, o.id FROM offers o JOIN technicians t ON t.id = o.technician_id "
            "JOIN complaints c ON c.id = o.complaint_id WHERE c.number = :number AND o.state = 'open' ORDER BY o.offered_at",
            number=number,
        )
        return {row.name: row.id for row in rows}

    def accept(self, number: str, who: str | None = None) -> str:
        """Somebody whose phone rings takes the work; their name."""
        ringing = self.offers(number)
        name = who or next(iter(ringing))
        self.post(name, f"/offers/{ringing[name]}/acceptance")
        return name

    def decline(self, number: str, who: str, *, reason: str = "too_far") -> None:
        """Somebody whose phone rings says no."""
        self.post(who, f"/offers/{self.offers(number)[who]}/decline", {"reason": reason})

    def command(self, number: str, who: str, kind: str, **more: object) -> dict[str, object]:
        """What a technician's phone sends about their job; the receipt."""
        command = self.a_command(number, who, kind, **more)
        found = self._answer(self.ask(who, "PUT", f"/commands/{command['id']}", command))
        self.works.rest()
        return found

    def a_command(self, number: str, who: str, kind: str, **more: object) -> dict[str, object]:
        """A command as the phone makes it, with its own id, time and order."""
        self.sequence += 1
        (job,) = self.rows(
            "SELECT a.id FROM assignments a JOIN complaints c ON c.id = a.complaint_id "
            "WHERE c.number = :number AND a.technician_id = :who ORDER BY a.accepted_at DESC LIMIT 1",
            number=number,
            who=self.register.technicians[who],
        )
        return {
            "kind": kind,
            "id": str(new_id()),
            "assignment_id": str(job.id),
            "sequence": self.sequence,
            "done_at": self.now.isoformat(),
            "skew_s": 0.0,
            **more,
        }

    def here(self, number: str) -> dict[str, object]:
        """A phone's position at the gate of the complaint's site."""
        complaint = self.complaint(number)
        return {"latitude": complaint.latitude, "longitude": complaint.longitude, "accuracy_m": 12.0}

    def visit(self, number: str, who: str, *, report: Mapping[str, object] = REPORT) -> None:
        """Set off, arrive, repair, report, finish; an hour on the road and two on site."""
        self.command(number, who, "set_off")
        self.push(minutes=45)
        self.command(number, who, "arrived", position=self.here(number))
        self.push(minutes=90)
        self.command(number, who, "finished", report=dict(report))

    def sign(self, number: str, who: str, answers: Mapping[str, object] = SATISFIED) -> dict[str, object]:
        """The customer signs on the technician's screen."""
        shown = self.get(who, f"/complaints/{number}/feedback-form")
        return self.post(who, f"/complaints/{number}/feedback", self.a_signed_form(shown, answers))

    def a_signed_form(
        self, shown: Mapping[str, object], answers: Mapping[str, object] = SATISFIED
    ) -> dict[str, object]:
        """What comes back with a signature."""
        wave = [{"x": 20 + 7 * step, "y": 75 + 30 * math.sin(step / 3), "t": 16 * step} for step in range(40)]
        return {
            "id": str(new_id()),
            "answers": dict(answers),
            "signer_name": "王大海",
            "signer_role": "工地负责人",
            "signature": {"width": 400, "height": 150, "strokes": [wave]},
            "shown_sha256": shown["shown_sha256"],
            "shown_text": shown["shown_text"],
            "signed_at": self.now.isoformat(),
            "skew_s": 0.0,
        }

    def call_back(self, number: str, *, solved: bool, who: str = "night agent") -> dict[str, object]:
        """The independent question afterwards."""
        return self.post(who, f"/complaints/{number}/follow-up/answer", {"solved": solved, "words": "So it is."})

    def bring(self, number: str, stage: str) -> str:
        """Lead the complaint on its straight way to the stage; the technician who leads."""
        who = self.accept(number)
        steps: dict[str, Callable[[], object]] = {
            "assigned": lambda: None,
            "en_route": lambda: self.command(number, who, "set_off"),
            "on_site": lambda: self.command(number, who, "arrived", position=self.here(number)),
            "repaired": lambda: self.command(number, who, "finished", report=dict(REPORT)),
            "confirmed": lambda: self.sign(number, who),
            "closed": lambda: self.call_back(number, solved=True),
        }
        for reached, step in steps.items():
            step()
            if reached == stage:
                return who
        raise ValueError(stage)

    # ---- what there is

    def rows(self, query: str, **given: object) -> Sequence[Row[tuple[object, ...]]]:
        """Rows of the database as it stands."""
        with reading(self.works.system.sessions, EVERYTHING) as look:
            return look.execute(text(query), given).all()

    def execute(self, statement: str, **given: object) -> None:
        """Change the database behind the system's back, to make what can't be waited for."""
        with unit_of_work(self.works.system.sessions) as db:
            db.execute(text(statement), given)

    def complaint(self, number: str) -> Row[tuple[object, ...]]:
        """The complaint's row."""
        (found,) = self.rows("SELECT * FROM complaints WHERE number = :number", number=number)
        return found

    def stage(self, number: str) -> str:
        """Where the complaint stands."""
        return str(self.complaint(number).stage)

    def live_deadlines(self, number: str) -> dict[str, datetime]:
        """Deadlines that run: kind → due."""
        rows = self.rows(
            "SELECT d.kind, d.due_at FROM deadlines d JOIN complaints c ON c.id = d.complaint_id "
            "WHERE c.number = :number AND d.closed_at IS NULL ORDER BY d.due_at",
            number=number,
        )
        return {row.kind: row.due_at for row in rows}

    def history(self, number: str) -> list[str]:
        """The steps of the complaint's ledger."""
        rows = self.rows(
            "SELECT e.step FROM ledger_entries e JOIN complaints c ON c.id = e.subject_id WHERE c.number = :number "
            "ORDER BY e.seq",
            number=number,
        )
        return [row.step for row in rows]

    def cases(self, number: str) -> dict[str, Row[tuple[object, ...]]]:
        """Open escalation cases by reason, with their level and its owner's name."""
        rows = self.rows(
            "SELECT k.id, k.reason, k.level, replace(u.login, '.', ' ') AS owner, r.acknowledged_at FROM cases k "
            "JOIN complaints c ON c.id = k.complaint_id JOIN rungs r ON r.case_id = k.id AND r.level = k.level "
            "LEFT JOIN users u ON u.id = r.owner_user_id WHERE c.number = :number AND k.ended_at IS NULL ORDER BY k.opened_at",
            number=number,
        )
        return {row.reason: row for row in rows}

    def told(self, who: str) -> list[str]:
        """The subjects of everything somebody was told, in order."""
        rows = self.rows(
            "SELECT template, facts FROM messages WHERE recipient_user_id = :who ORDER BY id", who=self.person(who).id
        )
        return [words_of(row.template, row.facts, language=Language.ENGLISH).subject for row in rows]

    def letters(self) -> list[str]:
        """Subjects of the letters that left the house."""
        kept = self.works.mail
        return [letter.subject for letter in kept.letters] if isinstance(kept, KeptChannel) else []

    # ---- open and close

    def __enter__(self) -> Self:
        self.client.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.__exit__(kind, error, trace)
        standing.give_back(self.client.app)
        engines.give_back(self.works.system.sessions.engine)


def town_over(database_url: str, register: Register, *, var: Path, clock: HandClock | None = None) -> Town:
    """A town over a settled database."""
    works = works_over(database_url, var=var, clock=clock or HandClock(MORNING))
    client: TestClient[Litestar] = TestClient(standing.lend(works.system), base_url="https://callout.test")
    return Town(works=works, register=register, client=client)


@pytest.fixture(scope="session")
def settled(
    ground: Ground, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Ground, Register]]:
    """A database in which the townspeople live and whoever had to hear of them has heard; towns are clones of it."""
    # Folders of tests that ask for it have one each, at times beside each other.
    var = tmp_path_factory.mktemp("settled")
    name = f"test_town_{worker_id}_{var.name}"
    with ground.clone(name) as server:
        works = works_over(server.app_url, var=var, clock=HandClock(MORNING))
        register = townspeople.settle(works.system.sessions)
        works.rest()
        engines.give_back(works.system.sessions.engine)
        yield Ground(server=ground.server, template=name), register


@pytest.fixture
def town(settled: tuple[Ground, Register], worker_id: str, tmp_path: Path) -> Iterator[Town]:
    """A town of one's own. It must be at peace in the end: every invariant holds."""
    template, register = settled
    with template.clone(f"test_of_{worker_id}") as server, town_over(server.app_url, register, var=tmp_path) as built:
        built.works.sweep()
        yield built
        built.works.is_strict = False
        if violated := built.works.violations():
            pytest.fail(f"the town is not at peace: {violated}")
