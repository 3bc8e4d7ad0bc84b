"""The board on a wall: what is open, how urgent and where, for whoever passes by.

Nothing of people stands there and nothing in callers' words, and nothing can be done but leaving. It shows what fits on a
screen; places are told to about a kilometre.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from litestar.response import Template

import foundation.accounts.queries
from foundation.database.session import ReadSession
from foundation.language import Language
from intake import boards
from intake.boards import Counts
from technicians.queries import on_duty
from web.pages import maps
from web.pages.rendering import part
from web.reader import PageRequest, language_of

#: Rows that are read from across a room; the others are counted.
MOST_ROWS: Final = 12
#: Complaints on the map.
MOST_PLACES: Final = 300


@dataclass(frozen=True, slots=True)
class WallRow:
    """One complaint without anything about people. `number` is as it is said, `machine` the model or the family."""

    number: str
    whole_number: str
    grade: str
    stage: str
    machine: str | None
    region: str
    acknowledged: bool
    due_kind: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class WallView:
    """The most urgent rows, how many more there are, and the figures."""

    rows: list[WallRow]
    more: int
    counts: Counts
    on_duty: int


def whole(request: PageRequest, look: ReadSession, *, now: datetime) -> Template:
    """The page; without whoever is signed in, since the screen is everybody's."""
    return _rendered(request, look, "wall.html", now=now)


def rows(request: PageRequest, look: ReadSession, *, now: datetime) -> Template:
    """Only what changes."""
    return _rendered(request, look, "wall_rows.html", now=now)


def _rendered(request: PageRequest, look: ReadSession, template: str, *, now: datetime) -> Template:
    lines = boards.first(look, count=MOST_PLACES)
    counts, regions = boards.counts(look, now=now), _regions(look, language_of(request))
    shown = [_row(line, regions) for line in lines[:MOST_ROWS]]
    view = WallView(rows=shown, more=max(0, counts.open - len(shown)), counts=counts, on_duty=on_duty(look))
    # Nobody stands in its bar, so nothing waits for anybody there.
    return part(request, template, actor=None, landing="/", wall=view, drawing=maps.of_wall(request, lines))


def _regions(look: ReadSession, language: Language) -> Mapping[str, str]:
    chinese = language is Language.CHINESE
    found = foundation.accounts.queries.regions(look)
    return {each.code: each.name_zh if chinese else each.name_en for each in found}


def _row(line: boards.Line, regions: Mapping[str, str]) -> WallRow:
    return WallRow(
        number=maps.short(line.number), whole_number=line.number, grade=line.grade, stage=line.stage,
        machine=line.model, region=regions.get(line.region_code, line.region_code),
        acknowledged=line.acknowledged, due_kind=line.next_due_kind, due_at=line.next_due_at,
    )  # fmt: skip
