"""Proves that vendored front-end files are exactly what was taken: `check`, or `write` the lock after a change."""

import hashlib
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "web" / "static" / "vendor"
LOCK = FOLDER / "vendor.lock"


def digests() -> str:
    """One line `sha256  path` per vendored file, sorted by path."""
    files = sorted(path for path in FOLDER.rglob("*") if path.is_file() and path != LOCK)
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(FOLDER)}\n" for path in files)


def main() -> int:
    """Check or write the lock; 1 when a file differs."""
    if "write" in sys.argv:
        LOCK.write_text(digests(), encoding="utf-8")
        return 0
    if digests() != LOCK.read_text(encoding="utf-8"):
        print("vendored files differ from web/static/vendor/vendor.lock; a file was edited or the lock is old")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
