"""Write and check the lock files: every version pinned, every file hashed, no host and no path inside.

    python tools/lock.py write     rewrite requirements.txt and requirements-dev.txt from the .in files
    python tools/lock.py check     refuse a lock that names a host or a path, lacks a hash, or misses a requirement

A lock that names a mirror would send everybody who clones the project there; one without hashes installs what the
network says.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LOCKS: Final = {"requirements.in": "requirements.txt", "requirements-dev.in": "requirements-dev.txt"}

COMPILE: Final = (
    "--generate-hashes", "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--no-emit-options",
    "--strip-extras", "--no-header", "--no-annotate", "--allow-unsafe", "--quiet",
)  # fmt: skip

#: What a lock may consist of: `name==version [; marker] \`, `--hash=sha256:…`, a remark that names no address, nothing.
PIN: Final = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==[0-9][\w.+!]*( ; [^\\/@]+)?( \\)?$", re.ASCII)
HASH: Final = re.compile(r"^ {4}--hash=sha256:[0-9a-f]{64}( \\)?$", re.ASCII)
REMARK: Final = re.compile(r"^\s*#[^/@]*$")
NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


def faults(lock: str) -> Iterator[str]:
    """Lines of a lock file that are neither a pin, a hash nor a remark, and pins without a hash."""
    pinned: str | None = None
    for number, line in enumerate(lock.splitlines(), start=1):
        if pin := PIN.match(line):
            if pinned:
                yield f"{pinned} has no hash"
            pinned = pin["name"]
        elif HASH.match(line):
            pinned = None
        elif line and not REMARK.match(line):
            yield f"line {number} is neither a pin, a hash nor a remark: {line.strip()}"
    if pinned:
        yield f"{pinned} has no hash"


def wanted(source: str) -> set[str]:
    """Normalised names that a .in file asks for."""
    lines = (line.split("#")[0].strip() for line in source.splitlines())
    return {plain(found[0]) for line in lines if (found := NAME.match(line))}


def pinned(lock: str) -> set[str]:
    return {plain(pin["name"]) for line in lock.splitlines() if (pin := PIN.match(line))}


def plain(name: str) -> str:
    """A distribution's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def check() -> int:
    """Print every fault of both locks; 0 when there is none."""
    said: list[str] = []
    for source, lock in LOCKS.items():
        text = (ROOT / lock).read_text()
        said += [f"{lock}: {fault}" for fault in faults(text)]
        missing = wanted((ROOT / source).read_text()) - pinned(text)
        said += [f"{lock}: {name} of {source} is not locked; run make lock" for name in sorted(missing)]
    print(*said, sep="\n", end="\n" if said else "")
    return 1 if said else 0


def write() -> int:
    """Compile both locks with the official index only: a local folder of wheels has other hashes than everybody's."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_FIND", "PIP_EXTRA"))}
    env["PIP_CONFIG_FILE"] = os.devnull
    tool = Path(sys.executable).parent / "pip-compile"
    for source, lock in LOCKS.items():
        agreeing = ["-c", LOCKS["requirements.in"]] if source != "requirements.in" else []
        subprocess.run([tool, *COMPILE, *agreeing, "-o", lock, source], cwd=ROOT, env=env, check=True)
    return check()


if __name__ == "__main__":
    sys.exit(write() if sys.argv[1:] == ["write"] else check())
