"""The dispatch board: open complaints by next deadline, the chosen one with its ladder, and who could go to it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final

from litestar import get
from litestar.params import Parameter, QueryParameter
from litestar.response import Template

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession
from foundation.language import Language, translate
from foundation.problems import Problem
from intake import boards, permissions, queries, schemas
from intake.boards import Counts
from intake.schemas import LineOut
from technicians.queries import on_duty
from web.pages import shown
from web.pages.rendering import page
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
    wall: bool


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
    """The whole page; without a choice the most urgent complaint is shown beside the list."""
    view = _view(look, actor=actor, now=now, asked=q, chosen=c, wall=wall)
    number = None if wall else c or (view.rows[0].number if view.rows else None)
    found, refusal = _shown(look, number, actor=actor, language=language_of(request), now=now)
    marked = replace(view, chosen=number)
    return page(
        request, "board.html", board=marked, shown=found, refusal=refusal, picked=c is not None, here="board",
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
    view = _view(look, actor=actor, now=now, asked=q, chosen=c, wall=wall)
    return page(request, "board_rows.html", board=view)


@get("/board/shown", opt={"permission": permissions.BOARD}, include_in_schema=False, sync_to_thread=True)
def one(request: PageRequest, look: ReadSession, actor: Actor, now: datetime, c: Chosen = None) -> Template:
    """Only the chosen complaint, when another one is chosen or an event says that it changed."""
    found, refusal = _shown(look, c, actor=actor, language=language_of(request), now=now)
    return page(request, "board_shown.html", shown=found, refusal=refusal, picked=True)


def _view(
    look: ReadSession, *, actor: Actor, now: datetime, asked: str | None, chosen: str | None, wall: bool
) -> BoardView:
    lines = boards.search(look, asked=asked, now=now) if asked else boards.first(look, count=MOST_ROWS)
    personal = schemas.sees_personal(actor)
    return BoardView(
        rows=[schemas.line_out(line, now=now, personal=personal) for line in lines],
        counts=boards.counts(look, now=now), on_duty=on_duty(look), asked=asked or "", chosen=chosen, wall=wall,
    )  # fmt: skip


def _shown(
    look: ReadSession, number: str | None, *, actor: Actor, language: Language, now: datetime
) -> tuple[Shown | None, str | None]:
    """The chosen complaint, or why there is none: unknown here, or handed over to another region."""
    if number is None:
        return None, None
    try:
        complaint = queries.by_number(look, number)
    except Problem as problem:
        return None, translate(language, f"problem.{problem.code}.detail", **problem.facts)
    return shown.shown(look, complaint, actor=actor, language=language, now=now), None


ROUTES: Final = [board, rows, one]
