"""The dispatch board: open complaints by next deadline, the chosen one with its ladder, and who could go to it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final

from litestar import get
from litestar.params import Parameter, QueryParameter
from litestar.response import Template

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession
from foundation.language import translate
from foundation.problems import Problem
from intake import boards, permissions, queries, schemas
from intake.boards import Counts
from intake.schemas import LineOut
from technicians.queries import on_duty
from web.pages import hanging, maps, shown
from web.pages.maps import Drawing
from web.pages.rendering import page, part
from web.pages.shown import Shown
from web.reader import PageRequest, language_of

#: Rows shown at once; whatever is less urgent is found by searching.
MOST_ROWS: Final = 300

Search = Annotated[str | None, Parameter(max_length=100)]
Chosen = Annotated[str | None, QueryParameter(name="c", max_length=64)]


@dataclass(frozen=True, slots=True)
class BoardView:
    """The rows shown and the figures above them. `asked` is what was searched for, `chosen` the marked row."""

    rows: list[LineOut]
    counts: Counts
    on_duty: int
    asked: str
    chosen: str | None


@dataclass(frozen=True, slots=True)
class OneView:
    """The chosen complaint with its map, or why it isn't shown; nothing while none is chosen."""

    shown: Shown | None = None
    drawing: Drawing | None = None
    refusal: str | None = None


@get("/", opt={"permission": permissions.BOARD}, include_in_schema=False, sync_to_thread=True)
def board(
    *,
    request: PageRequest,
    look: ReadSession,
    actor: Actor,
    now: datetime,
    c: Chosen = None,
    q: Search = None,
    wall: bool = False,
) -> Template:
    """The whole page; without a choice the most urgent complaint is shown beside the list. Or the screen on the wall."""
    if wall:
        return hanging.whole(request, look, now=now)
    view = _view(look, actor=actor, now=now, asked=q, chosen=c)
    number = c or (view.rows[0].number if view.rows else None)
    marked = replace(view, chosen=number)
    one = _one(request, look, number, actor=actor, now=now)
    return page(
        request, "board.html", board=marked, shown=one.shown, drawing=one.drawing, refusal=one.refusal,
        picked=c is not None, here="board",
    )  # fmt: skip


@get("/board/rows", opt={"permission": permissions.BOARD}, include_in_schema=False, sync_to_thread=True)
def rows(
    *,
    request: PageRequest,
    look: ReadSession,
    actor: Actor,
    now: datetime,
    c: Chosen = None,
    q: Search = None,
    wall: bool = False,
) -> Template:
    """Only the rows and figures, when an event says that something changed."""
    if wall:
        return hanging.rows(request, look, now=now)
    view = _view(look, actor=actor, now=now, asked=q, chosen=c)
    return part(request, "board_rows.html", board=view)


@get("/board/shown", opt={"permission": permissions.BOARD}, include_in_schema=False, sync_to_thread=True)
def chosen(request: PageRequest, look: ReadSession, actor: Actor, now: datetime, c: Chosen = None) -> Template:
    """Only the chosen complaint, when another one is chosen or an event says that it changed."""
    one = _one(request, look, c, actor=actor, now=now)
    return part(request, "board_shown.html", shown=one.shown, drawing=one.drawing, refusal=one.refusal, picked=True)


def _view(look: ReadSession, *, actor: Actor, now: datetime, asked: str | None, chosen: str | None) -> BoardView:
    lines = boards.search(look, asked=asked, now=now) if asked else boards.first(look, count=MOST_ROWS)
    personal = schemas.sees_personal(actor)
    return BoardView(
        rows=[schemas.line_out(line, now=now, personal=personal) for line in lines],
        counts=boards.counts(look, now=now), on_duty=on_duty(look), asked=asked or "", chosen=chosen,
    )  # fmt: skip


def _one(request: PageRequest, look: ReadSession, number: str | None, *, actor: Actor, now: datetime) -> OneView:
    """The chosen complaint, or why there is none: unknown here, or handed over to another region."""
    if number is None:
        return OneView()
    language = language_of(request)
    try:
        complaint = queries.by_number(look, number)
    except Problem as problem:
        return OneView(refusal=translate(language, f"problem.{problem.code}.detail", **problem.facts))
    found = shown.shown(look, complaint, actor=actor, language=language, now=now)
    return OneView(found, maps.of_case(request, look, found, actor=actor, language=language, now=now))


ROUTES: Final = [board, rows, chosen]
