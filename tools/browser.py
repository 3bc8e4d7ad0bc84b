"""Find Chromium for the browser tests, or install Debian's when root; say what can't be had otherwise.

    python tools/browser.py      print the program's path; exit 1 with a sentence when there is none

Playwright's own browser builds are not fetched: a distribution's package is signed, updated with the machine and to be
had where only package registries are reachable.
"""

import os
import shutil
import subprocess
import sys
from typing import Final

#: The shell has no windows, so it starts and draws in three quarters of the time.
NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Seconds a package index or a package may take to arrive.
LIMIT_S: Final = 600


def found() -> str | None:
    """The path of an installed Chromium, by CALLOUT_CHROMIUM or by its usual names."""
    asked = os.environ.get("CALLOUT_CHROMIUM")
    return asked or next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> bool:
    """Install Debian's package, the shell where there is one; False when that isn't possible here."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}

    def did(*words: str) -> bool:
        step = [apt, *words]
        return subprocess.run(step, env=quiet, stdout=subprocess.DEVNULL, timeout=LIMIT_S, check=False).returncode == 0

    return did("update", "-q") and any(
        did("install", "-q", "-y", "--no-install-recommends", package) for package in NAMES[:2]
    )


def ensure() -> str | None:
    """Chromium's path, installed if need be and possible; None when it can't be had."""
    return found() or (found() if install() else None)


if __name__ == "__main__":
    path = ensure()
    if path is None:
        print(
            "No Chromium here, and it can't be installed (that needs root and apt-get), so no browser test can run. "
            "Install chromium or name one by CALLOUT_CHROMIUM; every other tier runs without it.",
            file=sys.stderr,
        )
        sys.exit(1)
    print(path)
