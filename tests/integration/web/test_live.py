"""Streams of live updates."""

import asyncio

import pytest
from sqlalchemy import text

from foundation.database.session import EVERYTHING, Sessions, engine_for, unit_of_work
from web.live import Board, Hub
from web.queries import NEWEST

pytestmark = pytest.mark.committed

_ANNOUNCE = text(
    "INSERT INTO announcements (id, kind, subject_id, payload, announced_at) "
    "SELECT uuidv7(), 'something.happened', uuidv7(), '{}', now() FROM generate_series(1, :count)"
)


def announce(sessions: Sessions, count: int) -> None:
    """Announcements about no complaint: they fill what one look reads as any others do."""
    with unit_of_work(sessions) as db:
        db.execute(_ANNOUNCE, {"count": count})


def heard(board: Board) -> list[str]:
    """The names of the events that wait for a board."""
    events = []
    while not board.waiting.empty():
        chunk = board.waiting.get_nowait() or b""
        events.append(chunk.decode().partition("event: ")[2].partition("\n")[0])
    return events


def test_a_stream_ends_by_itself_so_that_whoever_reads_it_is_asked_again_who_they_are(sessions: Sessions) -> None:
    hub = Hub(sessions=sessions, database_url="", longest_s=0)

    async def heard() -> list[bytes]:
        return [chunk async for chunk in hub.stream(EVERYTHING, resumed=False)]

    assert asyncio.run(heard()) == [b"retry: 1000\n\n"]
    assert not hub.boards


def test_a_burst_larger_than_one_look_tells_every_board_to_read_its_rows_again(sessions: Sessions) -> None:
    hub, board = Hub(sessions=sessions, database_url=""), Board(scope=EVERYTHING)
    hub.boards.add(board)
    announce(sessions, NEWEST)
    asyncio.run(hub.send_changes())
    assert heard(board) == ["refresh"]
    announce(sessions, NEWEST - 1)
    asyncio.run(hub.send_changes())
    assert heard(board) == [], "one that was read before is still among them, so none was missed"
    announce(sessions, NEWEST)
    asyncio.run(hub.send_changes())
    assert heard(board) == ["refresh"]


def test_after_a_look_that_failed_every_board_is_told_to_read_its_rows_again(sessions: Sessions) -> None:
    nowhere = engine_for("postgresql://nobody@127.0.0.1:1/nothing", application="tests")
    hub, board = Hub(sessions=Sessions(engine=nowhere), database_url=""), Board(scope=EVERYTHING)
    hub.boards.add(board)
    asyncio.run(hub.send_changes())
    assert heard(board) == []
    hub.sessions = sessions
    asyncio.run(hub.send_changes())
    asyncio.run(hub.send_changes())
    assert heard(board) == ["refresh"], "once, and no longer when it is over"
