"""Promises are proved in a town; those that go through every route share one, which is as full as a real one."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.integration.promises.failing_commits import FullDisk
from tests.postgres import Ground
from tests.town import Town, settled, town, town_over
from tests.townspeople import Register

__all__ = ["settled", "town"]


@pytest.fixture(scope="module")
def busy_town(
    settled: tuple[Ground, Register],
    worker_id: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Town, FullDisk]]:
    """One town for many routes, whose disk can be full."""
    template, register = settled
    var = tmp_path_factory.mktemp("town")
    with (
        template.clone(f"test_busy_{worker_id}") as server,
        psycopg.connect(server.owner_url, autocommit=True) as owner,
        town_over(server.app_url, register, var=var) as built,
    ):
        disk = FullDisk(owner)
        disk.install()
        built.works.sweep()
        # The first call of a year opens its counter of numbers: a row that no later call adds.
        opening = {"caller_phone": "13800138000", "sentence": "It stopped."}
        assert built.ask("agent", "POST", "/complaints", opening).status_code == 201
        built.works.rest()
        yield built, disk
