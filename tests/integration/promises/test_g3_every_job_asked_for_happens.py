"""G3: what was committed has its consequences once, whatever dies between the commit and the end of a job.

How one errand is counted, tried again and parked is proved in tests/integration/jobs; here the real jobs of the system
lose their process at every point of a complaint's path.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest

from foundation.database.session import WriteSession
from foundation.jobs.job import Job
from foundation.ledger.relay import Errand
from intake.events import ComplaintLogged
from tests.integration.promises.fingerprints import counts
from tests.town import MAJOR, SERIOUS, Town


def post_and_die(town: Town) -> str:
    """A call is taken and acknowledged; then everything behind the web process is gone."""
    call = {
        "caller_phone": "13800138000",
        "sentence": "It stopped.",
        "serial_number": "ZJ5510-50",
        "facts": dict(SERIOUS),
    }
    return str(town.ask("agent", "POST", "/complaints", call).json()["number"])


def test_a_call_is_dispatched_though_everything_died_after_the_commit(town: Town) -> None:
    number = post_and_die(town)
    assert town.stage(number) == "graded"
    town.push(seconds=2)
    assert town.offers(number)


def test_a_call_is_dispatched_though_everything_died_after_the_relay(town: Town) -> None:
    number = post_and_die(town)
    assert town.works.relay() > 0
    town.works.rung.clear()  # The worker that had heard the rings is gone, and the rings with it.
    assert town.stage(number) == "graded"
    town.push(seconds=20)
    assert town.offers(number)


def test_a_path_on_which_every_first_ring_is_lost_ends_the_same(town: Town) -> None:
    number = post_and_die(town)
    ring = town.works.ring
    heard: set[tuple[str, UUID]] = set()

    def lose_the_first(errands: Sequence[Errand]) -> None:
        ring([errand for errand in errands if errand[:2] in heard])
        heard.update(errand[:2] for errand in errands)

    town.works.lose_rings(lose_the_first)
    for _ in range(3):
        town.push(seconds=20)
    who = town.accept(number)
    town.command(number, who, "set_off")
    town.command(number, who, "arrived", position=town.here(number))
    town.push(
        minutes=3
    )  # The longest chain: the step, the news of it, its delivery, each rung again after 15 s or more.
    assert town.stage(number) == "on_site"
    assert len(heard) > 10
    assert town.rows("SELECT 1 FROM errands WHERE state <> 'done'") == []


def test_every_job_run_a_second_time_changes_nothing(town: Town) -> None:
    number = town.report(facts=MAJOR)
    who = town.bring(number, "confirmed")
    town.call_back(number, solved=True)
    assert who
    before = counts(town)
    town.execute("UPDATE errands SET state = 'waiting', next_ring_at = :now", now=town.now)
    town.push(minutes=2)
    assert town.rows("SELECT 1 FROM errands WHERE state <> 'done'") == []
    assert counts(town) == before


@pytest.mark.parametrize("dies", [True, False], ids=["kills its process", "raises"])
def test_a_job_that_never_ends_is_parked_and_the_others_go_on(town: Town, *, dies: bool) -> None:
    class Killed(BaseException):
        pass

    def poison(db: WriteSession, event: ComplaintLogged, now: datetime) -> None:
        raise Killed if dies else RuntimeError("poison")

    town.works.is_strict = False
    town.works.jobs = {**town.works.jobs, "town.poison": Job(name="town.poison", hears=ComplaintLogged, run=poison)}
    number = post_and_die(town)
    for _ in range(12):
        town.works.clock.push(minutes=2)
        try:
            town.works.sweep()
        except Killed:
            continue  # The next process goes on with what waits.
    town.works.sweep()
    (parked,) = town.rows("SELECT job, attempts FROM errands WHERE state = 'parked'")
    assert (parked.job, parked.attempts) == ("town.poison", 5)
    assert town.offers(number)
    (seen,) = town.works.violations()
    assert "dead letter" in seen
    town.execute("DELETE FROM errands WHERE job = 'town.poison'")
