"""`python -m tests.chaos`: a campaign on a durable server of its own; prints one JSON and exits 1 unless it is clean."""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

from tests.chaos.campaign import Plan, run

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blows", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=240.0, help="no blow falls later than this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quiet", type=float, default=90.0, help="seconds to come to rest")
    parser.add_argument(
        "--mutant", help="take a mechanism out; then red is right: no-key, announce-late, asynchronous-commit"
    )
    parser.add_argument("--keep", action="store_true", help="leave the logs under var/chaos")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    var = ROOT / "var" / "chaos" / str(os.getpid())
    var.mkdir(parents=True)
    try:
        outcome = run(
            Plan(
                seed=given.seed,
                blows=given.blows,
                seconds=given.seconds,
                quiet_s=given.quiet,
                mutant=given.mutant,
                database_share=4 if given.mutant != "asynchronous-commit" else 40,
            ),
            var=var,
        )
        document = json.dumps(outcome.as_json(), indent=2, ensure_ascii=False, default=str)
        print(document)  # noqa: T201 -- this is what the program is for
        if given.out is not None:
            given.out.write_text(document, encoding="utf-8")
        return 0 if outcome.verdict.is_clean == (given.mutant is None) else 1
    finally:
        if not given.keep:
            shutil.rmtree(var, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
