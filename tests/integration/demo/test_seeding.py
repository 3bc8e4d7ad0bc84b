"""Demo data: made once by the real actions, complaints in every stage, nothing half-made. One seeding serves all tests."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app import assembly, invariants, settings
from app.assembly import System
from app.demo import calls, people, seeding
from app.demo.people import HANDS
from foundation.accounts import signing_in
from foundation.clock import clock_from
from foundation.database.session import reading
from tests.postgres import Ground

#: What the worker still has to do when the demo has just been made, and what only a running system has.
#: No worker and no clockwork run here, so what they would do in the meantime is still to be done.
LEFT_TO_THE_WORKER = {
    "an errand that is due is rung again within 60 s",
    "no loop is silent",
}


@pytest.fixture(scope="module")
def system(ground: Ground, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[System]:
    with ground.clone(f"test_demo_{worker_id}") as server:
        folder = tmp_path_factory.mktemp("var")
        ours = settings.from_environment({"DATABASE_URL": server.app_url, "CALLOUT_VAR": str(folder)})
        made = replace(assembly.assemble(ours, server.app_url, part="demo"), clock=clock_from(""))
        assert seeding.seed(made, say=lambda _: None)
        yield made
        made.sessions.engine.dispose()


def _all(system: System, query: str) -> list[object]:
    with reading(system.sessions) as look:
        return list(look.scalars(text(query)))


def test_the_demo_shows_complaints_in_many_stages(system: System) -> None:
    stages = set(_all(system, "SELECT DISTINCT stage FROM complaints"))
    assert {"closed", "confirmed", "repaired", "suspended", "on_site", "remote_support", "dispatching"} <= stages


def test_at_least_two_complaints_were_closed_after_a_signature(system: System) -> None:
    signed = _all(
        system,
        "SELECT c.id FROM complaints c JOIN feedbacks f ON f.complaint_id = c.id WHERE c.stage = 'closed' "
        "AND f.state = 'signed'",
    )
    assert len(signed) >= 2


def test_cases_are_open_and_every_open_case_has_an_owner(system: System) -> None:
    owners = _all(
        system,
        "SELECT r.owner_user_id FROM cases c JOIN rungs r ON r.case_id = c.id AND r.level = c.level "
        "WHERE c.ended_at IS NULL",
    )
    assert owners
    assert None not in owners


def test_somebody_is_rostered_in_every_city_at_every_hour_of_the_next_month(system: System) -> None:
    gaps = _all(
        system,
        """
        SELECT o.name FROM outlets o CROSS JOIN generate_series(now(), now() + interval '30 days', interval '1 hour') h
        WHERE NOT EXISTS (SELECT 1 FROM shifts s JOIN technicians t ON t.id = s.technician_id
                          WHERE t.outlet_id = o.id AND s.kind = 'duty' AND s.during @> h)
        """,
    )
    assert gaps == []


def test_everybody_shown_can_sign_in_with_the_password_shown(system: System) -> None:
    shown = people.sign_ins(replace(system.settings, demo=True))
    assert shown is not None
    for person in shown.people:
        made = signing_in.sign_in(
            system.sessions, login=person.login, password=shown.password, user_agent=None, now=system.clock.now()
        )
        assert made.role == person.role


def test_everybody_whose_telephone_may_ring_has_an_account(system: System) -> None:
    shown = people.sign_ins(replace(system.settings, demo=True))
    assert shown is not None
    with reading(system.sessions) as look:
        known = set(look.scalars(text("SELECT login FROM users WHERE role = 'technician' AND active")))
    assert {person.login for person in shown.field} == known


def test_a_system_that_is_no_demo_shows_no_sign_ins(system: System) -> None:
    assert people.sign_ins(replace(system.settings, demo=False)) is None


def test_the_demo_breaks_no_invariant(system: System) -> None:
    with reading(system.sessions) as look:
        made_at: datetime = look.scalars(text("SELECT max(changed_at) FROM ledger_heads")).one()
        found = invariants.violations(look, now=made_at + timedelta(seconds=1), machine_now=system.clock.machine_now())
    assert found.keys() <= LEFT_TO_THE_WORKER


def test_a_second_start_makes_nothing(system: System) -> None:
    before = _all(system, "SELECT count(*) FROM ledger_entries")
    assert not seeding.seed(system, say=lambda _: None)
    assert _all(system, "SELECT count(*) FROM ledger_entries") == before


@pytest.mark.committed
def test_a_seed_that_is_interrupted_leaves_nothing(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("var")
    ours = settings.from_environment({"DATABASE_URL": database_url, "CALLOUT_VAR": str(folder)})
    empty = assembly.assemble(ours, database_url, part="demo")
    monkeypatch.setattr(seeding, "TALES", (replace(calls.TALES[0], family="unheard of"),))
    with pytest.raises(IndexError):  # nobody has such a unit
        seeding.seed(empty, say=lambda _: None)
    assert _all(empty, "SELECT count(*) FROM regions") == [0]
    empty.sessions.engine.dispose()


def test_every_technician_has_a_name_of_their_own() -> None:
    assert len({hand.login for hand in HANDS}) == len({hand.name for hand in HANDS}) == len(HANDS)
