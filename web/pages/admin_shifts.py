"""Shifts: a region's week as a table, adding and removing, and the hours ahead in which nobody is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Redirect, Template

import technicians.queries
from foundation.accounts import queries as accounts
from foundation.accounts.models import Region
from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import FieldWrong, NotFound, Problem
from foundation.wire import Cursor, cursor_of, cursor_parts
from technicians import coverage, listing, permissions, roster
from technicians.coverage import Hour
from technicians.hours import Period
from technicians.schemas import ShiftForm
from technicians.words import ShiftKind
from web import forms, responses
from web.forms import Form
from web.pages.rendering import COMPANY_ZONE, page
from web.reader import Answer, PageRequest

DAYS: Final = 7
#: Hours ahead of the table, and of the list of gaps.
TABLE_H: Final = 24
GAPS_H: Final = DAYS * 24
#: People of one page.
PEOPLE: Final = 50
#: Hours with fewer people are pointed out.
THIN: Final = 2

Week = Annotated[str | None, Parameter(max_length=10, pattern=r"^\d{4}-\d{2}-\d{2}$")]
InRegion = Annotated[str | None, Parameter(max_length=64)]


@dataclass(frozen=True, slots=True)
class Pane:
    """The part of the roster that is looked at: a week, a region, and the code after which its people begin."""

    monday: date
    #: None while there is no region.
    region: str | None
    cursor: str

    @property
    def after(self) -> str:
        """The code before the first one shown."""
        given = cursor_parts(self.cursor, count=1)
        return given[0] if given else ""

    def address(self, *, weeks: int = 0, cursor: str | None = None, saved: str = "") -> str:
        """Where this part is shown, or the same weeks later, or from another place of the list."""
        asked = {
            "week": str(self.monday + timedelta(days=DAYS * weeks)), "region": self.region,
            "cursor": self.cursor if cursor is None else cursor, "saved": saved,
        }  # fmt: skip
        return "/admin/shifts?" + urlencode({name: said for name, said in asked.items() if said})


@dataclass(frozen=True, slots=True)
class Page:
    """How much of the region's list is shown: the places of the first and the last, of how many; where it goes on."""

    first: int
    last: int
    everybody: int
    onward: str | None


@dataclass(frozen=True, slots=True)
class ShiftView:
    """One shift in the table."""

    id: UUID
    kind: str
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One person's week: the shifts that begin on each day."""

    id: UUID
    code: str
    name: str
    days: Sequence[Sequence[ShiftView]]


@get("/admin/shifts", opt={"permission": permissions.SEE}, include_in_schema=False, sync_to_thread=True)
def shifts(
    *, request: PageRequest, look: ReadSession, actor: Actor, now: datetime, week: Week = None, region: InRegion = None,
    cursor: Cursor = "", saved: str = "",
) -> Template:  # fmt: skip
    """The region's week and what the next days leave open. Raises NotFound for a region of others."""
    pane = _pane(look, actor, week=week, region=region, cursor=cursor, now=now)
    return _page(request, look, actor, pane, now=now, saved=bool(saved), entered={}, problem=None)


@post("/admin/shifts", opt={"permission": permissions.ROSTER}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def add(request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """Roster somebody, or take a shift off the roster."""
    week, region, cursor = form.get("week"), form.get("region"), form.get("cursor", "")
    pane = _pane(db, actor, week=week, region=region, cursor=cursor, now=now)
    with forms.attempt(db) as tried:
        if form.get("remove"):
            roster.remove_shift(db, _id(form["remove"], field="remove"), actor=actor, now=now)
        else:
            _add(db, form, actor=actor, now=now)
    if tried.problem is None:
        return Redirect(pane.address(saved="1"), status_code=303)
    return _page(request, db, actor, pane, now=now, saved=False, entered=form, problem=tried.problem)


def _add(db: WriteSession, form: Form, *, actor: Actor, now: datetime) -> None:
    times = {
        name: forms.wall_time(form.get(name, ""), field=name, zone=COMPANY_ZONE) for name in ("start_at", "end_at")
    }
    wish = forms.shaped({"kind": form.get("kind"), "reason": form.get("reason"), **times}, ShiftForm)
    roster.add_shift(
        db, _id(form.get("technician_id", ""), field="technician_id"), during=wish.during(), kind=wish.kind,
        reason=wish.reason, actor=actor, now=now,
    )  # fmt: skip


def _id(text: str, *, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise FieldWrong(field=field, reason="unreadable") from None


def _monday(week: str | None, *, now: datetime) -> date:
    """The Monday of the week asked for, else of this one."""
    try:
        day = date.fromisoformat(week) if week else now.astimezone(COMPANY_ZONE).date()
    except ValueError:
        raise FieldWrong(field="week", reason="not-a-date") from None
    return day - timedelta(days=day.weekday())


def _pane(look: ReadSession, actor: Actor, *, week: str | None, region: str | None, cursor: str, now: datetime) -> Pane:
    """What was asked for; without a word the first of one's own regions in which somebody works."""
    own = [each.code for each in _regions(look, actor)]
    if region and region not in own:
        raise NotFound
    staffed = listing.staffed(look)
    home = next((code for code in own if code in staffed), own[0] if own else None)
    return Pane(_monday(week, now=now), region or home, cursor)


def _regions(look: ReadSession, actor: Actor) -> list[Region]:
    return [each for each in accounts.regions(look) if actor.regions is None or each.code in actor.regions]


def _page(
    request: PageRequest, look: ReadSession, actor: Actor, pane: Pane, *, now: datetime, saved: bool, entered: Form,
    problem: Problem | None,
) -> Template:  # fmt: skip
    ahead = listing.covered(look, now=now, hours=GAPS_H)
    begins = sorted({hour.begins_at for hour in ahead})[:TABLE_H]
    rows = _rows(look, pane, now=now)
    return page(
        request, "admin_shifts.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        pane=pane, rows=rows, shown=_shown(look, pane, rows), regions=_regions(look, actor), thin=THIN,
        days=[pane.monday + timedelta(days=n) for n in range(DAYS)], begins=begins,
        hours=_by_region([hour for hour in ahead if hour.begins_at in begins]), gaps=coverage.gaps(ahead), kinds=list(ShiftKind),
        may_roster=may(actor, permissions.ROSTER), saved=saved, entered=entered, problem=problem,
    )  # fmt: skip


def _by_region(hours: Sequence[Hour]) -> dict[str, list[Hour]]:
    found: dict[str, list[Hour]] = {}
    for hour in hours:
        found.setdefault(hour.region_code, []).append(hour)
    return found


def _shown(look: ReadSession, pane: Pane, rows: Sequence[Row]) -> Page:
    everybody, passed = listing.how_many(look, region=pane.region or "", after=pane.after)
    last = passed + len(rows)
    return Page(passed + 1, last, everybody, cursor_of(rows[-1].code) if rows and last < everybody else None)


def _rows(look: ReadSession, pane: Pane, *, now: datetime) -> list[Row]:
    if pane.region is None:
        return []
    ids = listing.technician_ids(look, region=pane.region, after=pane.after, limit=PEOPLE)
    monday = pane.monday
    since = datetime.combine(monday, datetime.min.time(), tzinfo=COMPANY_ZONE)
    found = []
    for state in technicians.queries.field(look, ids, now):
        own = roster.shifts_of(look, state.id, since=since, until=since + timedelta(days=DAYS))
        views = [_shift(each.id, each.kind, roster.period_of(each)) for each in own]
        days = [
            [view for view in views if view.start_at.astimezone(COMPANY_ZONE).date() == monday + timedelta(days=n)]
            for n in range(DAYS)
        ]
        found.append(Row(state.id, state.code, state.name, days))
    return found


def _shift(shift_id: UUID, kind: str, during: Period) -> ShiftView:
    return ShiftView(shift_id, kind, during.start, during.end)


ROUTES: Final = [shifts, add]
