"""What the desk does with one complaint from its pages: each by the permission, the wire shape and the action of the API.

One table instead of twenty handlers. An act is shown where the reader may do it and the case allows it; whether it is
allowed in the end is decided by the action, whose refusal comes back into the form.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

import dispatch.actions
import dispatch.permissions
import dispatch.schemas
import escalation.actions
import escalation.permissions
import escalation.schemas
import feedback.calls
import feedback.permissions
import feedback.schemas
import severity.actions
import severity.permissions
import visits.desk
import visits.permissions
import visits.schemas
from foundation.accounts.roles import Actor, Permission
from foundation.database.session import WriteSession
from foundation.wire import Text, Wire
from intake import actions, handing_over, permissions, schemas
from intake.lifecycle import Step
from visits.waiting import Wait
from web import forms
from web.forms import Form
from web.pages import correcting, giving, regrading
from web.pages.rendering import COMPANY_ZONE


class Raising(Wire, frozen=True, kw_only=True):
    """Which case is raised, and why."""

    case_id: UUID
    reason: Annotated[Text, Meta(min_length=1)]


class Vouching(Wire, frozen=True, kw_only=True):
    """Which visit's arrival is vouched for, and a word with it."""

    visit_id: UUID
    note: Text | None = None


#: Runs the action; everything that decides is in there.
Doing = Callable[[WriteSession, UUID, Form, Actor, datetime], object]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that may be done: `name` is the end of its path and its words `act.<name>`.

    `route` is the API's route for the same. `step` is the step the lifecycle must allow (None: no step is taken), `key`
    the single key that opens it, `grave` says that it can't be taken back.
    """

    name: str
    route: str
    permission: Permission
    do: Doing
    step: Step | None = None
    key: str = ""
    grave: bool = False


def _acknowledge(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    del form
    return actions.acknowledge(db, complaint_id, actor=actor, now=now)


def _note(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, schemas.NoteIn)
    return actions.add_note(db, complaint_id, note=data.note, actor=actor, now=now)


def _correct(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = correcting.corrected(form)
    return actions.correct(
        db, complaint_id, correction=data.correction, reason=data.reason, version=data.version, actor=actor, now=now
    )


def _withdraw(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, schemas.ReasonIn)
    return actions.withdraw(db, complaint_id, reason=data.reason, actor=actor, now=now)


def _reroute(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, schemas.ReroutingIn)
    return actions.reroute(db, complaint_id, reason=data.reason, to=data.to, actor=actor, now=now)


def _merge(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, schemas.MergingIn)
    return actions.merge(db, complaint_id, into_number=data.into, reason=data.reason, actor=actor, now=now)


def _hand_over(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, schemas.HandOverIn)
    return handing_over.ask(
        db, complaint_id, region_code=data.region_code, reason=data.reason, actor=actor, now=now
    )  # fmt: skip


def _regrade(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = regrading.regraded(form)
    return severity.actions.regrade(
        db, complaint_id, data.facts, actor=actor, reason=data.reason, now=now, wanted=data.wanted
    )


def _assign(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, dispatch.schemas.ByHand)
    return dispatch.actions.override(
        db, complaint_id, technician_id=data.technician_id, reason=data.reason, crew_role=data.crew_role,
        actor=actor, now=now,
    )  # fmt: skip


def _release(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, dispatch.schemas.ReleaseReason)
    return dispatch.actions.release(
        db, complaint_id, technician_id=data.technician_id, reason=data.reason, actor=actor, now=now
    )


def _heavy_parts(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, dispatch.schemas.HeavyPartsNeeded)
    return dispatch.actions.say_heavy_parts(db, complaint_id, needed=data.needed, actor=actor, now=now)


def _suspend(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    said: dict[str, object] = dict(form)
    if form.get("resume_at"):
        said["resume_at"] = forms.wall_time(form["resume_at"], field="resume_at", zone=COMPANY_ZONE)
    data = forms.shaped(said, visits.schemas.Waiting)
    wait = Wait(data.reason, data.resume_at, data.note)
    return visits.desk.suspend(db, complaint_id, wait, actor=actor, now=now)


def _resume(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, visits.schemas.Note)
    return visits.desk.resume(db, complaint_id, note=data.note, actor=actor, now=now)


def _guide(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, visits.schemas.Agreement)
    return visits.desk.guide(db, complaint_id, agreed_by=data.agreed_by, actor=actor, now=now)


def _finish_remotely(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(forms.nested(form), visits.schemas.RemoteReport)
    return visits.desk.finish_remotely(db, complaint_id, data.report, actor=actor, now=now)


def _send_after_all(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, visits.schemas.Reason)
    return visits.desk.send_after_all(db, complaint_id, reason=data.reason, actor=actor, now=now)


def _vouch(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    del complaint_id
    data = forms.shaped(form, Vouching)
    return visits.desk.approve_arrival(db, data.visit_id, note=data.note, actor=actor, now=now)


def _attempt(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, feedback.schemas.Attempt)
    return feedback.calls.record_attempt(db, complaint_id, reached=data.reached, actor=actor, now=now)


def _answer(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, feedback.schemas.CallAnswer)
    return feedback.calls.answer(db, complaint_id, solved=data.solved, words=data.words, actor=actor, now=now)


def _close(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    del form
    return feedback.calls.close_by_desk(db, complaint_id, actor=actor, now=now)


def _reopen(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    data = forms.shaped(form, feedback.schemas.Reopening)
    return feedback.calls.reopen(db, complaint_id, reason=data.reason, actor=actor, now=now)


def _raise(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> object:
    del complaint_id
    data = forms.shaped(form, Raising)
    return escalation.actions.raise_by_hand(db, data.case_id, reason=data.reason, actor=actor, now=now)


_CASE: Final = "POST /complaints/{number}/"
#: Everything, in the order in which it is shown.
ALL: Final = (
    Act("acknowledgement", f"{_CASE}acknowledgement", permissions.ACKNOWLEDGE, _acknowledge, Step.ACKNOWLEDGE, "g"),
    Act("assignment", f"{_CASE}assignment", dispatch.permissions.ASSIGN, _assign, key="a"),
    Act("raising", "POST /escalations/{case_id}/raising", escalation.permissions.RAISE, _raise, key="e"),
    Act("notes", f"{_CASE}notes", permissions.NOTE, _note, key="w"),
    Act("merging", f"{_CASE}merging", permissions.MERGE, _merge, Step.MERGE, "x", grave=True),
    Act("regrading", f"{_CASE}regrading", severity.permissions.REGRADE, _regrade, Step.GRADE, "r"),
    Act("corrections", f"{_CASE}corrections", permissions.CORRECT, _correct),
    Act("suspension", f"{_CASE}suspension", visits.permissions.SUSPEND, _suspend, Step.SUSPEND),
    Act("resumption", f"{_CASE}resumption", visits.permissions.RESUME, _resume, Step.RESUME),
    Act("release", f"{_CASE}release", dispatch.permissions.ASSIGN, _release),
    Act("arrival-approval", "POST /visits/{visit_id}/approval", visits.permissions.APPROVE_ARRIVAL, _vouch),
    Act("guidance", f"{_CASE}guidance", visits.permissions.GUIDE, _guide, Step.GUIDE),
    Act("guidance-report", f"{_CASE}guidance/report", visits.permissions.GUIDE, _finish_remotely, Step.FINISH),
    Act("guidance-end", f"{_CASE}guidance/end", visits.permissions.GUIDE, _send_after_all),
    Act("heavy-parts", f"{_CASE}heavy-parts", dispatch.permissions.SAY_HEAVY_PARTS, _heavy_parts),
    Act("follow-up-answer", f"{_CASE}follow-up/answer", feedback.permissions.FOLLOW_UP, _answer),
    Act("follow-up-attempts", f"{_CASE}follow-up/attempts", feedback.permissions.FOLLOW_UP, _attempt),
    Act("links", f"{_CASE}links", permissions.GIVE_LINK, giving.to_follow),
    Act(
        "feedback-invitation", f"{_CASE}feedback-invitation", feedback.permissions.INVITE, giving.to_sign, Step.CONFIRM
    ),
    Act("closure", f"{_CASE}closure", feedback.permissions.CLOSE, _close, Step.CLOSE),
    Act("reopening", f"{_CASE}reopening", feedback.permissions.REOPEN, _reopen, Step.REOPEN, grave=True),
    Act("region", f"{_CASE}region", permissions.HAND_OVER, _hand_over, grave=True),
    Act("rerouting", f"{_CASE}rerouting", permissions.REROUTE, _reroute, Step.REROUTE, grave=True),
    Act("withdrawal", f"{_CASE}withdrawal", permissions.WITHDRAW, _withdraw, Step.WITHDRAW, grave=True),
)
BY_NAME: Final[Mapping[str, Act]] = {act.name: act for act in ALL}
