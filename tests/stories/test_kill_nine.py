"""kill -9 of web, worker and clockwork while people call and work: nothing is lost and nothing happens twice.

The short campaign; the long one, in which the database is killed as well, is `make chaos`.
"""

import json
from pathlib import Path

from tests.chaos.campaign import Plan, run


def test_kill_nine_of_everything_loses_and_doubles_nothing(tmp_path: Path) -> None:
    plan = Plan(seed=9, blows=7, seconds=14, blows_every_s=1.0, callers=3, each=1, quiet_s=40, database_share=0)
    outcome = run(plan, var=tmp_path)
    assert outcome.verdict.is_clean, json.dumps(outcome.as_json(), indent=1, default=str)
    assert sum(outcome.kills.values()) >= 3
    assert outcome.verdict.acknowledged >= 5
