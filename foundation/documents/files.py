"""Where photos, signatures and PDFs are kept: by the SHA-256 of their content.

A name that is the content's hash can't be overwritten with something else, finds a changed byte when read, and stores
the same photo once however often a phone sends it.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, Protocol, runtime_checkable

from foundation.documents.errors import FileDamaged, FileMissing

#: Bytes read at a time, so that a large file never stands in memory whole.
CHUNK: Final = 1024 * 1024
SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is safely kept: its hash (64 hex digits), which is also its name, and its size in bytes."""

    sha256: str
    size: int


@runtime_checkable  # The web framework checks what it injects.
class FileStore(Protocol):
    """What the packages need of a store; a folder is one, an object store by URL can be another."""

    def put(self, content: bytes | BinaryIO) -> StoredFile:
        """Keep the content and return only when it would survive a power cut; the same content twice is one file."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Give the content, checked against its hash. Raises FileMissing, FileDamaged."""
        ...

    def read(self, sha256: str) -> bytes:
        """Give the whole content, checked. Raises FileMissing, FileDamaged."""
        ...

    def exists(self, sha256: str) -> bool:
        """Whether something is stored under this hash (unchecked)."""
        ...

    def verify(self, sha256: str) -> bool:
        """Whether the stored content still has this hash; False also when it is missing."""
        ...

    def remove_leftovers(self, *, before: datetime) -> int:
        """Remove what was last touched before an instant of the machine's and never finished; returns how many."""
        ...


class FolderStore:
    """A store in a folder: `ab/cd/abcd…` under the root, half-written files in `incoming/`."""

    def __init__(self, root: Path) -> None:
        """Use `root`, which is made when missing and is readable by its owner only."""
        self.root = root
        self.incoming = root / "incoming"
        self.incoming.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, content: bytes | BinaryIO) -> StoredFile:
        """See FileStore. Written aside, flushed to the disk, then renamed: a reader never meets half a file."""
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        handle, name = tempfile.mkstemp(dir=self.incoming)
        aside = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                stored = _copied(source, target)
            self._take_in(aside, stored)
        finally:
            aside.unlink(missing_ok=True)
        return stored

    def open(self, sha256: str) -> BinaryIO:
        """See FileStore. Hash and content are read through one descriptor, so nobody can change it in between."""
        try:
            file = self._path(sha256).open("rb")
        except FileNotFoundError:
            raise FileMissing(sha256=sha256) from None
        if _hash_of(file) != sha256:
            file.close()
            raise FileDamaged(sha256=sha256)
        file.seek(0)
        return file

    def read(self, sha256: str) -> bytes:
        """See FileStore."""
        with self.open(sha256) as file:
            return file.read()

    def exists(self, sha256: str) -> bool:
        """See FileStore."""
        return SHA256.fullmatch(sha256) is not None and self._path(sha256).is_file()

    def verify(self, sha256: str) -> bool:
        """See FileStore."""
        try:
            self.open(sha256).close()
        except (FileMissing, FileDamaged):
            return False
        return True

    def hashes(self) -> Iterator[str]:
        """Every stored hash, for a sweep that verifies the whole store."""
        for path in sorted(self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
            if SHA256.fullmatch(path.name):
                yield path.name

    def remove_leftovers(self, *, before: datetime) -> int:
        """Remove half-written files last touched before an instant (a process was killed there); returns how many."""
        old = [
            path for path in self.incoming.iterdir() if datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) < before
        ]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _take_in(self, aside: Path, stored: StoredFile) -> None:
        path = self._path(stored.sha256)
        if self.verify(stored.sha256):
            return
        if path.exists():
            # The stored copy has rotted: it is kept for whoever looks into it, and the sound one takes its place.
            path.rename(path.with_suffix(".damaged"))
        self._make_folder(path.parent)
        aside.chmod(0o440)
        aside.rename(path)
        _flush_folder(path.parent)

    def _make_folder(self, folder: Path) -> None:
        """Make a fan-out folder and flush each parent: a new name is lost in a power cut until its folder is."""
        for level in (folder.parent, folder):
            if not level.exists():
                level.mkdir(mode=0o700, exist_ok=True)
                _flush_folder(level.parent)

    def _path(self, sha256: str) -> Path:
        if SHA256.fullmatch(sha256) is None:
            raise FileMissing(sha256=sha256)
        return self.root / sha256[:2] / sha256[2:4] / sha256


def _copied(source: BinaryIO, target: BinaryIO) -> StoredFile:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        target.write(chunk)
    target.flush()
    os.fsync(target.fileno())
    return StoredFile(sha256=digest.hexdigest(), size=size)


def _hash_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
