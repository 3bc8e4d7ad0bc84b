"""Streams of live updates."""

import asyncio

import pytest

from foundation.database.session import EVERYTHING, Sessions
from web.live import Hub

pytestmark = pytest.mark.committed


def test_a_stream_ends_by_itself_so_that_whoever_reads_it_is_asked_again_who_they_are(sessions: Sessions) -> None:
    hub = Hub(sessions=sessions, database_url="", longest_s=0)

    async def heard() -> list[bytes]:
        return [chunk async for chunk in hub.stream(EVERYTHING, resumed=False)]

    assert asyncio.run(heard()) == [b"retry: 1000\n\n"]
    assert not hub.boards
