"""Shifts: the week as a table, adding and removing, and the hours ahead in which nobody is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from litestar.response import Redirect, Template

import technicians.queries
from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import FieldWrong, Problem
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
#: People of one page; a region has fewer.
PEOPLE: Final = 200
#: Hours with fewer people are pointed out.
THIN: Final = 2

Week = Annotated[str | None, Parameter(max_length=10, pattern=r"^\d{4}-\d{2}-\d{2}$")]


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
    region: str
    days: Sequence[Sequence[ShiftView]]


@get("/admin/shifts", opt={"permission": permissions.SEE}, include_in_schema=False, sync_to_thread=True)
def shifts(
    *, request: PageRequest, look: ReadSession, actor: Actor, now: datetime, week: Week = None, saved: str = ""
) -> Template:
    """The week and what it leaves open."""
    return _page(request, look, actor, now=now, week=week, saved=bool(saved), entered={}, problem=None)


@post("/admin/shifts", opt={"permission": permissions.ROSTER}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def add(request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """Roster somebody, or take a shift off the roster."""
    with forms.attempt(db) as tried:
        if form.get("remove"):
            roster.remove_shift(db, _id(form["remove"], field="remove"), actor=actor, now=now)
        else:
            _add(db, form, actor=actor, now=now)
    if tried.problem is None:
        return Redirect(f"/admin/shifts?week={_monday(form.get('week'), now=now)}&saved=1", status_code=303)
    return _page(request, db, actor, now=now, week=form.get("week"), saved=False, entered=form, problem=tried.problem)


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


def _page(
    request: PageRequest, look: ReadSession, actor: Actor, *, now: datetime, week: str | None, saved: bool,
    entered: Form, problem: Problem | None,
) -> Template:  # fmt: skip
    monday = _monday(week, now=now)
    ahead = listing.covered(look, now=now, hours=GAPS_H)
    begins = sorted({hour.begins_at for hour in ahead})[:TABLE_H]
    return page(
        request, "admin_shifts.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        rows=_rows(look, monday, now=now), days=[monday + timedelta(days=n) for n in range(DAYS)], thin=THIN,
        before=monday - timedelta(days=DAYS), after=monday + timedelta(days=DAYS), begins=begins,
        hours=_by_region([hour for hour in ahead if hour.begins_at in begins]), gaps=coverage.gaps(ahead), kinds=list(ShiftKind),
        may_roster=may(actor, permissions.ROSTER), saved=saved, entered=entered, problem=problem, monday=monday,
    )  # fmt: skip


def _by_region(hours: Sequence[Hour]) -> dict[str, list[Hour]]:
    found: dict[str, list[Hour]] = {}
    for hour in hours:
        found.setdefault(hour.region_code, []).append(hour)
    return found


def _rows(look: ReadSession, monday: date, *, now: datetime) -> list[Row]:
    ids = listing.technician_ids(look, region=None, after="", limit=PEOPLE)
    since = datetime.combine(monday, datetime.min.time(), tzinfo=COMPANY_ZONE)
    found = []
    for state in technicians.queries.field(look, ids, now):
        own = roster.shifts_of(look, state.id, since=since, until=since + timedelta(days=DAYS))
        views = [_shift(each.id, each.kind, roster.period_of(each)) for each in own]
        days = [
            [view for view in views if view.start_at.astimezone(COMPANY_ZONE).date() == monday + timedelta(days=n)]
            for n in range(DAYS)
        ]
        found.append(Row(state.id, state.code, state.name, state.region_code, days))
    return found


def _shift(shift_id: UUID, kind: str, during: Period) -> ShiftView:
    return ShiftView(shift_id, kind, during.start, during.end)


ROUTES: Final = [shifts, add]
