"""A campaign: load, blows, quiet, verdict. The same seed strikes the same blows in the same order."""

import random
import threading
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import supervisor
from app.supervisor import _Keeper
from foundation.accounts import actions as accounts
from foundation.accounts import signing_in
from foundation.accounts.models import User
from foundation.clock import ShiftedClock, clock_from
from foundation.database import migrating
from foundation.database.session import Sessions, engine_for, reading, unit_of_work
from tests import townspeople
from tests.chaos import crew as crews
from tests.chaos.oracle import Diary, Oracle
from tests.chaos.verdict import Verdict, verdict
from tests.townspeople import FOUNDER, MORNING, Register


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how hard, how fast time goes."""

    seed: int = 1
    #: Blows, and seconds after which no more fall even if fewer fell: a slow machine needs long to stand up again.
    blows: int = 40
    seconds: float = 240.0
    blows_every_s: float = 1.5
    callers: int = 4
    calls_every_s: float = 0.4
    each: int = 2
    speed: float = 20.0
    quiet_s: float = 90.0
    #: Percent of the blows that fall on the database itself.
    database_share: int = 4
    #: A promise's mechanism taken out (`mutated`): such a campaign must not be clean.
    mutant: str | None = None


@dataclass(slots=True)
class Outcome:
    """The verdict with what was done to the system."""

    plan: Plan
    kills: dict[str, int]
    heard: dict[str, int]
    verdict: Verdict
    settled_after_s: float

    def as_json(self) -> dict[str, object]:
        """One document."""
        return {**asdict(self), "clean": self.verdict.is_clean}


def run(plan: Plan, *, var: Path) -> Outcome:
    """Run one campaign on a durable database of its own, under the supervisor's own keeper."""
    said = var / "said.log"

    def say(sentence: str) -> None:
        with said.open("a") as log:
            log.write(f"{time.monotonic():.1f} {sentence}\n")

    with supervisor._keeper(None, data_dir=var / "database", say=say) as database:
        migrating.upgrade(database.server.owner_url)
        return _run(database, plan, var=var)


def _run(database: _Keeper, plan: Plan, *, var: Path) -> Outcome:
    server = database.server
    starts = ShiftedClock(starts_at=MORNING + timedelta(minutes=1), anchor_at=clock_from(None).now(), speed=plan.speed)
    sessions = Sessions(engine=engine_for(server.app_url, pool_size=4, application="oracle"))
    register = townspeople.settle(sessions)
    diary = Diary(var / "diary.jsonl")
    with crews.crew(
        database, var=var, clock=starts.spec(), each=plan.each, database_share=plan.database_share, mutant=plan.mutant
    ) as crew:
        oracle = _oracle(sessions, register, crew.addresses(), diary, starts)
        _attack(oracle, crew, plan)
        settled_after_s = _settle(sessions, plan.quiet_s)
        crew.stand_down()
        found = verdict(sessions, diary.read(), clock=starts, speed=plan.speed, var=var)
        sessions.engine.dispose()
    return Outcome(plan, dict(crew.kills), dict(oracle.heard), found, round(settled_after_s, 1))


def _oracle(sessions: Sessions, register: Register, addresses: list[str], diary: Diary, clock: ShiftedClock) -> Oracle:
    with unit_of_work(sessions) as db:
        token = accounts.add_token(db, "oracle", powers=["complaint.log"], regions=None, actor=FOUNDER, now=MORNING)
        hands = {}
        for name in register.technicians:
            person = db.get_one(User, register.people[name].id)
            key = signing_in.open_session(db, person, user_agent="oracle", now=clock.now())
            hands[name] = {"Cookie": f"__Host-session={key.token}", "X-CSRF-Token": key.csrf}
    gateway = {"Authorization": f"Bearer {token.secret}"}
    return Oracle(addresses=addresses, diary=diary, clock=clock, gateway=gateway, hands=hands)


def _attack(oracle: Oracle, crew: crews.Crew, plan: Plan) -> None:
    """Callers and technicians at work while blows fall; the last ones finish what they began on a whole system."""
    dice = random.Random(plan.seed)
    people = [
        *(threading.Thread(target=oracle.call, args=[dice.random()], kwargs={"every_s": plan.calls_every_s})
          for _ in range(plan.callers)),
        *(threading.Thread(target=oracle.work, args=[name, dice.random()]) for name in oracle.hands),
    ]  # fmt: skip
    for person in people:
        person.start()
    ends_at = time.monotonic() + plan.seconds
    for _ in range(plan.blows):
        time.sleep(dice.uniform(0.5, 1.5) * plan.blows_every_s)
        crew.strike(dice)
        crews.await_answer(crew)
        if time.monotonic() > ends_at:
            break
    time.sleep(plan.blows_every_s)
    oracle.stopped.set()
    for person in people:
        person.join()


def _settle(sessions: Sessions, quiet_s: float) -> float:
    """Wait until nothing is left to do, at most so long; how long it took."""
    began = time.monotonic()
    waiting = text(
        "SELECT (SELECT count(*) FROM errands WHERE state = 'waiting') "
        "+ (SELECT count(*) FROM announcements WHERE relayed_at IS NULL)"
    )
    quiet = 0
    while time.monotonic() - began < quiet_s and quiet < 3:
        time.sleep(0.5)
        try:
            with reading(sessions) as look:
                quiet = quiet + 1 if look.execute(waiting).scalar_one() == 0 else 0
        except OperationalError:
            quiet = 0  # The last blow fell on the database; it is being started again.
    return time.monotonic() - began
