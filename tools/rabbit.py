"""Find RabbitMQ's server for its test, or install Debian's package when root; say what can't be had otherwise.

    python tools/rabbit.py       print the script's path; exit 1 with a sentence when there is none

The path is that of the server's own script. What a distribution puts before it starts the machine's one broker, as its
own user and in its own folders; the test starts one in a folder of its own.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

#: Where packages put the server's script: Debian's, then the vendor's general one; `*` is a version.
PLACES: Final = (
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server",
)
#: Asked by Debian's packages whether they may start a service; 101 means that they may not.
POLICY: Final = Path("/usr/sbin/policy-rc.d")
#: Seconds a package index or a package may take to arrive.
LIMIT_S: Final = 600
#: What to tell whoever has none.
SENTENCE: Final = (
    "No RabbitMQ server here, and it can't be installed (that needs root and apt-get), so the jobs' way over RabbitMQ "
    "(BROKER_URL=amqp://…) can't be tested. Install rabbitmq-server or name its script by CALLOUT_RABBITMQ; every other "
    "test runs without it."
)


def found() -> str | None:
    """The path of an installed server's script, by CALLOUT_RABBITMQ or in its usual places; with epmd, its names' server."""
    asked = os.environ.get("CALLOUT_RABBITMQ")
    installed = (str(path) for place in PLACES for path in sorted(Path("/").glob(place.lstrip("/"))))
    return (asked or next(installed, None)) if shutil.which("epmd") else None


def install() -> bool:
    """Install Debian's package without starting its service; False when that isn't possible here."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    steps = ([apt, "update", "-q"], [apt, "install", "-q", "-y", "--no-install-recommends", "rabbitmq-server"])
    with no_service_started():
        return all(
            subprocess.run(step, env=quiet, stdout=subprocess.DEVNULL, timeout=LIMIT_S, check=False).returncode == 0
            for step in steps
        )


@contextmanager
def no_service_started() -> Iterator[None]:
    """Keep packages from starting what they bring; a machine that has its own policy for that keeps it."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def ensure() -> str | None:
    """The path of the server's script, installed if need be and possible; None when it can't be had."""
    return found() or (found() if install() else None)


if __name__ == "__main__":
    path = ensure()
    if path is None:
        print(SENTENCE, file=sys.stderr)
        sys.exit(1)
    print(path)
