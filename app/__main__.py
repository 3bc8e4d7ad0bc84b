"""`python -m app` is the `callout` command; what runs for long is started without loading what other commands need."""

import runpy
import sys

from app import children


def main() -> None:
    """Run the part that is named alone, or the command line for everything else."""
    alone = sys.argv[1] if len(sys.argv) == 2 else None  # noqa: PLR2004 -- the program and one word
    if alone in {*children.PARTS, "up"}:
        children.become(alone)
    else:
        runpy.run_module("app.cli", run_name="__main__")


if __name__ == "__main__":
    main()
