"""Policies as forms: edit, see what differs and what would follow, save the next version.

What would follow from grading rules is another grade: sample calls are graded by both versions. What follows from the
other policies is who is called: a night is rehearsed under the draft.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect, Template

import foundation.accounts.queries
from escalation.rehearsal import rehearsing
from escalation.rehearsal.rehearsing import Event
from foundation.accounts.roles import Actor, Role, may
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import FieldWrong, Problem
from intake.grades import Grade
from severity import permissions, queries, trying
from severity.trying import Tried
from web import forms, responses
from web.forms import Form
from web.pages import policy_forms, policy_kinds
from web.pages.policy_forms import Cell, Change, Grid
from web.pages.policy_kinds import KINDS, Document, Fault, Kind, Saving, Version
from web.pages.rendering import COMPANY_ZONE, page
from web.reader import Answer, PageRequest

#: The hour of the night at which a dry run begins unless somebody says another.
NIGHT: Final = timedelta(hours=3, minutes=10)


@dataclass(frozen=True, slots=True)
class Supposing:
    """What the dry run supposes, as it stands in the form; `at` is the company's wall clock."""

    grade: str
    region_code: str
    at: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A draft that was looked at: what differs, what is wrong, what would happen, how calls would be graded."""

    changes: Sequence[Change]
    faults: Sequence[Fault]
    events: Sequence[Event] = ()
    tried: Sequence[Tried] = ()

    @property
    def graded_otherwise(self) -> int:
        """How many of the sample calls."""
        return sum(each.differs for each in self.tried)


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One policy as its page shows it."""

    kind: str
    version: int
    latest: int
    versions: Sequence[Version]
    grids: Sequence[Grid]
    single: Sequence[Cell]
    regions: Sequence[str]
    roles: Sequence[Role]
    supposing: Supposing
    valid_from: str
    may_save: bool
    looked: Looked | None


@get("/admin/policies", opt={"permission": permissions.SEE_POLICIES}, include_in_schema=False, sync_to_thread=True)
def policies(request: PageRequest, look: ReadSession, actor: Actor, now: datetime) -> Template:
    """All policies with the version in force."""
    shown = [(kind.name, kind.in_force(look, now)[0], kind.versions(look)) for kind in KINDS.values()
             if may(actor, kind.see)]  # fmt: skip
    return page(request, "admin_policies.html", policies=shown, here="admin", problem=None, saved=False)


def _routes_of(kind: Kind) -> list[HTTPRouteHandler]:
    """The page of one policy with the permissions of its own package."""

    @get(f"/admin/policies/{kind.name}", opt={"permission": kind.see}, include_in_schema=False, sync_to_thread=True)
    def show(request: PageRequest, look: ReadSession, actor: Actor, now: datetime, saved: str = "") -> Template:
        """The policy in force as a form."""
        view = _view(look, kind, kind.in_force(look, now)[1], {}, actor=actor, now=now)
        return page(request, "admin_policy.html", policy=view, problem=None, saved=bool(saved), here="admin")

    @post(f"/admin/policies/{kind.name}", opt={"permission": kind.save}, include_in_schema=False, status_code=303,
          sync_to_thread=True)  # fmt: skip
    def change(request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> Answer:
        """Look at the draft, or save it as the next version."""
        saves, draft = form.get("do") == "save", kind.in_force(db, now)[1]
        with forms.attempt(db) as tried:
            draft = policy_forms.document_of(form, like=draft)
            if saves:
                kind.keep(db, _saving(draft, form, now=now), actor, now)
        if saves and tried.problem is None:
            return Redirect(f"/admin/policies/{kind.name}?saved=1", status_code=303)
        return _again(request, db, kind, draft, form, actor=actor, problem=tried.problem, now=now)

    return [show, change]


def _again(
    request: PageRequest, db: WriteSession, kind: Kind, draft: Document, form: Form, *, actor: Actor,
    problem: Problem | None, now: datetime,
) -> Template:  # fmt: skip
    """The page with the draft as it was entered, and what it would mean."""
    looked = None
    with forms.attempt(db) as looking:
        looked = _looked(db, kind, draft, form, now=now)
    found = problem or looking.problem
    view = _view(db, kind, draft, form, actor=actor, now=now, looked=looked)
    status = 200 if found is None else responses.status_of(found)
    return page(request, "admin_policy.html", status=status, policy=view, problem=found, saved=False, here="admin")


def _saving(draft: Document, form: Form, *, now: datetime) -> Saving:
    """Raises FieldWrong for a number or a time that isn't one."""
    if not form.get("based_on", "").isdecimal():
        raise FieldWrong(field="based_on", reason="not-a-number")
    said = form.get("valid_from", "")
    valid_from = forms.wall_time(said, field="valid_from", zone=COMPANY_ZONE) if said else now
    return Saving(draft, int(form["based_on"]), valid_from)


def _looked(look: ReadSession, kind: Kind, draft: Document, form: Form, *, now: datetime) -> Looked:
    """Raises FieldWrong for what can't be read."""
    changes, faults = policy_forms.differences(kind.in_force(look, now)[1], draft), kind.faults(draft)
    if faults:
        # A ladder with holes can't be climbed, and promises out of order say nothing: first the faults, then the dry run.
        return Looked(changes, faults)
    if kind.name == policy_kinds.GRADING:
        rules = policy_kinds.grading_of(draft)
        return Looked(changes, faults, tried=trying.tried(queries.in_force(look, now=now), rules))
    return Looked(changes, faults, events=_rehearsed(look, kind, draft, form, now=now))


def _rehearsed(look: ReadSession, kind: Kind, draft: Document, form: Form, *, now: datetime) -> Sequence[Event]:
    supposing = _supposing(form, (), now=now)
    case = rehearsing.supposed(
        look, grade=Grade(supposing.grade), region_code=supposing.region_code, now=now,
        at=forms.wall_time(supposing.at, field="at", zone=COMPANY_ZONE),
        levels=policy_kinds.levels_of(draft) if kind.name == "service-levels" else None,
        numbers=policy_kinds.numbers_of(draft) if kind.name == "dispatch" else None,
        ladder=policy_kinds.ladder_of(draft) if kind.name == "ladder" else None,
    )  # fmt: skip
    return rehearsing.rehearse(look, case)


def _supposing(form: Form, regions: Sequence[str], *, now: datetime) -> Supposing:
    """What is supposed; at first a major complaint, next night."""
    midnight = now.astimezone(COMPANY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    grade = form.get("grade", Grade.MAJOR)
    return Supposing(
        grade=grade if grade in set(Grade) else Grade.MAJOR,
        region_code=form.get("region_code") or (regions[0] if regions else ""),
        at=form.get("at") or (midnight + timedelta(days=1) + NIGHT).strftime("%Y-%m-%dT%H:%M"),
    )


def _view(
    look: ReadSession, kind: Kind, document: Document, form: Form, *, actor: Actor, now: datetime,
    looked: Looked | None = None,
) -> PolicyView:  # fmt: skip
    grids, single = policy_forms.layout(policy_forms.merged(kind.in_force(look, now)[1], document))
    versions = kind.versions(look)
    regions = [region.code for region in foundation.accounts.queries.regions(look)]
    return PolicyView(
        kind=kind.name, version=kind.in_force(look, now)[0], latest=max(each.number for each in versions),
        versions=versions, grids=grids, single=single, regions=regions, roles=list(Role),
        supposing=_supposing(form, regions, now=now), valid_from=form.get("valid_from", ""),
        may_save=may(actor, kind.save), looked=looked,
    )  # fmt: skip


ROUTES: Final = [policies, *(route for kind in KINDS.values() for route in _routes_of(kind))]
