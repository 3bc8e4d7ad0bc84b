"""Demo data: made once by the real actions, complaints in every stage, nothing half-made."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from app import assembly, invariants, settings
from app.assembly import System
from app.demo import people, seeding
from foundation.accounts import passwords, signing_in
from foundation.clock import clock_from
from foundation.database.session import Sessions, reading, unit_of_work

pytestmark = pytest.mark.committed


@pytest.fixture
def system(database_url: str, sessions: Sessions, tmp_path: Path) -> System:
    ours = settings.from_environment({"DATABASE_URL": database_url, "CALLOUT_VAR": str(tmp_path)})
    return replace(assembly.assemble(ours, database_url, part="demo"), sessions=sessions, clock=clock_from(""))


def test_the_demo_shows_complaints_in_many_stages(system: System) -> None:
    assert seeding.seed(system, say=lambda _: None)
    with reading(system.sessions) as look:
        stages = set(look.scalars(text("SELECT DISTINCT stage FROM complaints")))
    assert {"closed", "confirmed", "repaired", "suspended", "on_site", "remote_support", "dispatching"} <= stages
