"""The board: open complaints by next deadline, kept alive by events."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from litestar import get
from litestar.response import Template

from foundation.database.session import ReadSession
from intake import boards, permissions
from intake.boards import Counts, Line
from web.pages.rendering import page
from web.reader import PageRequest


@dataclass(frozen=True, slots=True)
class BoardView:
    """The rows shown and the figures above them."""

    rows: list[Line]
    counts: Counts


@get("/", opt={"permission": permissions.BOARD}, include_in_schema=False, sync_to_thread=True)
def board(request: PageRequest, look: ReadSession, now: datetime) -> Template:
    """The whole page."""
    return page(request, "board.html", board=_view(look, now=now), here="board")


@get("/board/rows", opt={"permission": permissions.BOARD}, include_in_schema=False, sync_to_thread=True)
def rows(request: PageRequest, look: ReadSession, now: datetime) -> Template:
    """Only the rows, when an event says that something changed."""
    return page(request, "board_rows.html", board=_view(look, now=now))


def _view(look: ReadSession, *, now: datetime) -> BoardView:
    return BoardView(rows=boards.board(look), counts=boards.counts(look, now=now))


ROUTES: Final = [board, rows]
