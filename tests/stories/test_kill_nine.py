"""kill -9 of web, worker and clockwork while people call and work: nothing is lost and nothing happens twice.

The short campaign; the long one with a durable server is `make chaos`.
"""

import json
from pathlib import Path

from tests.chaos.campaign import Plan, run
from tests.postgres import Ground


def test_kill_nine_of_everything_loses_and_doubles_nothing(ground: Ground, worker_id: str, tmp_path: Path) -> None:
    plan = Plan(seed=9, seconds=18, blows_every_s=1.2, callers=3, each=1, quiet_s=40)
    with ground.clone(f"test_kill_{worker_id}") as server:
        outcome = run(server, plan, var=tmp_path)
    assert outcome.verdict.is_clean, json.dumps(outcome.as_json(), indent=1, default=str)
    assert sum(outcome.kills.values()) >= 8
    assert outcome.verdict.acknowledged >= 10
