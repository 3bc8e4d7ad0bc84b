"""The file store keeps its promises."""

from __future__ import annotations

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import feedback.jobs
from foundation.clock import HandClock
from foundation.database.session import Sessions
from foundation.documents.errors import FileDamaged, FileMissing
from foundation.documents.files import FolderStore
from foundation.jobs.job import JobContext

CONTENT = "塔式起重机".encode()
SHA = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def _damage(store: FolderStore, sha256: str) -> Path:
    path = store.root / sha256[:2] / sha256[2:4] / sha256
    path.chmod(0o640)
    path.write_bytes(b"\0" + path.read_bytes()[1:])
    return path


@pytest.mark.parametrize("content", [CONTENT, io.BytesIO(CONTENT)], ids=["bytes", "stream"])
def test_what_is_put_is_read_back(store: FolderStore, content: bytes | io.BytesIO) -> None:
    stored = store.put(content)
    assert (stored.sha256, stored.size) == (SHA, len(CONTENT))
    assert store.read(SHA) == CONTENT
    assert store.exists(SHA)
    assert store.verify(SHA)


def test_the_same_content_twice_is_one_file(store: FolderStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert {stored.sha256 for stored in threads.map(store.put, [CONTENT] * 24)} == {SHA}
    assert list(store.hashes()) == [SHA]


def test_a_changed_byte_is_never_handed_out(store: FolderStore) -> None:
    store.put(CONTENT)
    _damage(store, SHA)
    assert not store.verify(SHA)
    with pytest.raises(FileDamaged):
        store.open(SHA)


def test_a_rotten_copy_is_kept_aside_and_replaced_by_the_sound_one(store: FolderStore) -> None:
    store.put(CONTENT)
    path = _damage(store, SHA)
    store.put(CONTENT)
    assert store.read(SHA) == CONTENT
    assert path.with_suffix(".damaged").exists()


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", SHA.upper(), SHA + "\n"])
def test_a_name_that_is_no_stored_hash_is_missing_and_never_a_path(store: FolderStore, name: str) -> None:
    assert not store.exists(name)
    assert not store.verify(name)
    with pytest.raises(FileMissing):
        store.read(name)


def test_a_source_that_breaks_leaves_nothing_behind(store: FolderStore) -> None:
    class Torn(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError(size)

    with pytest.raises(ConnectionResetError):
        store.put(Torn())
    assert list(store.incoming.iterdir()) == []
    assert list(store.hashes()) == []


def test_leftovers_of_a_killed_process_are_removed_when_old(store: FolderStore) -> None:
    (store.incoming / "torn").write_bytes(b"half")
    assert store.remove_leftovers(before=datetime(2001, 1, 1, tzinfo=UTC)) == 0
    assert store.remove_leftovers(before=datetime(2999, 1, 1, tzinfo=UTC)) == 1


@pytest.mark.committed
def test_an_hourly_sweep_removes_what_was_left_a_day_ago_and_spares_what_is_being_written(
    store: FolderStore, sessions: Sessions, hand_clock: HandClock
) -> None:
    old, fresh = store.incoming / "old", store.incoming / "fresh"
    for path, age in ((old, timedelta(hours=25)), (fresh, timedelta(hours=23))):
        path.write_bytes(b"half")
        touched = (hand_clock.machine_now() - age).timestamp()
        os.utime(path, (touched, touched))
    sweep = next(loop for loop in feedback.jobs.recurring(files=store) if loop.name == "feedback.remove_leftovers")
    assert sweep.tick(JobContext(sessions, hand_clock)) == 1
    assert (old.exists(), fresh.exists()) == (False, True)
