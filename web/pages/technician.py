"""A technician's page: what rings, the jobs with one thing to do next each, signing on and off. Plain forms, by phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

import dispatch.actions
import dispatch.permissions
import dispatch.queries
import dispatch.schemas
import technicians.actions
import technicians.permissions
import technicians.queries
import visits.commands
import visits.permissions
from dispatch.schemas import OfferView
from dispatch.words import DeclineReason
from foundation.accounts.roles import Actor
from foundation.database.identity import new_id
from foundation.database.session import ReadSession, WriteSession
from foundation.documents.files import FileStore
from foundation.problems import NotFound, Problem
from technicians.schemas import SignOn
from technicians.words import DutyState
from visits import own_work, phone, photos
from visits import schemas as visit_schemas
from visits.errors import CommandReused
from visits.http import UPLOAD_LIMIT
from visits.models import Photo, PhotoRole
from visits.phone import CauseCategory, HandBackReason, SuspensionReason, WorksAgain
from visits.photos import Taken
from visits.reconciling import Outcome
from visits.schemas import JobView
from web import forms, responses
from web.forms import Form
from web.pages.rendering import COMPANY_ZONE, page, part
from web.reader import Answer as PageAnswer
from web.reader import PageRequest

#: The command behind each address, as the phone's own batch would carry it.
COMMANDS: Final[dict[str, type[phone.Command]]] = {
    "set_off": phone.SetOff, "arrived": phone.Arrived, "suspended": phone.Suspended, "resumed": phone.Resumed,
    "finished": phone.Finished, "handed_back": phone.HandedBack,
}  # fmt: skip
#: Commands that say nothing but that they happened: pressed twice, they are one.
BARE: Final = frozenset({"set_off", "arrived", "resumed"})
#: Rows for parts that a report offers; a longer list is written as work done.
PART_ROWS: Final = 3
#: When suspended work is proposed to go on.
RESUME_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page shows."""

    is_known: bool
    duty: str
    duty_since: datetime | None
    offers: Sequence[OfferView]
    jobs: Sequence[JobView]
    evidence: dict[str, list[UUID]]
    #: When work that is to wait is proposed to go on, by the company's clock.
    resume_at: datetime


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen on the page."""

    duties: tuple[DutyState, ...] = tuple(DutyState)
    declines: tuple[DeclineReason, ...] = tuple(DeclineReason)
    waits: tuple[SuspensionReason, ...] = tuple(SuspensionReason)
    hand_backs: tuple[HandBackReason, ...] = tuple(HandBackReason)


CHOICES: Final = Choices()


@dataclass(frozen=True, slots=True)
class PhotoForm:
    """A photo from the page; its token is compared by `form`."""

    image: UploadFile
    role: PhotoRole
    csrf: str


@get("/t", opt={"permission": technicians.permissions.SIGN_ON}, include_in_schema=False, sync_to_thread=True)
def technician(request: PageRequest, look: ReadSession, actor: Actor, now: datetime, said: str = "") -> Template:
    """The whole page; `said` names what was just done."""
    return _page(request, look, actor, now=now, said=said if said in SAID else "")


@get("/t/work", opt={"permission": technicians.permissions.SIGN_ON}, include_in_schema=False, sync_to_thread=True)
def work(request: PageRequest, look: ReadSession, actor: Actor, now: datetime) -> Template:
    """Only offers and jobs, asked for now and then while nobody types."""
    field = _standing(look, actor, now=now)
    return part(request, "technician_work.html", problem=None, choices=CHOICES, field=field, fresh_id=new_id)


@post("/t/duty", opt={"permission": technicians.permissions.SIGN_ON}, include_in_schema=False, status_code=303,
      sync_to_thread=True)  # fmt: skip
def duty(request: PageRequest, form: Form, db: WriteSession, actor: Actor, now: datetime) -> PageAnswer:
    """Sign on, on call or off."""
    with forms.attempt(db) as tried:
        wish = forms.shaped(form, SignOn)
        technicians.actions.sign(db, technicians.queries.of_user(db, actor.id).id, wish.state, actor=actor, now=now)
    return _onward(request, db, actor, problem=tried.problem, now=now, said=f"duty-{form.get('state')}")


@post("/t/offers/{offer_id:uuid}/acceptance", opt={"permission": dispatch.permissions.ANSWER},
      include_in_schema=False, status_code=303, sync_to_thread=True)  # fmt: skip
def accept(
    *, request: PageRequest, offer_id: UUID, form: Form, db: WriteSession, actor: Actor, now: datetime
) -> PageAnswer:
    """Take the work."""
    del form
    with forms.attempt(db) as tried:
        dispatch.actions.accept(db, offer_id, actor=actor, now=now)
    return _onward(request, db, actor, problem=tried.problem, now=now, said="accepted")


@post("/t/offers/{offer_id:uuid}/decline", opt={"permission": dispatch.permissions.ANSWER},
      include_in_schema=False, status_code=303, sync_to_thread=True)  # fmt: skip
def decline(
    *, request: PageRequest, offer_id: UUID, form: Form, db: WriteSession, actor: Actor, now: datetime
) -> PageAnswer:
    """Say no, with a reason and without blame."""
    with forms.attempt(db) as tried:
        said = forms.shaped(form, dispatch.schemas.Decline)
        dispatch.actions.decline(db, offer_id, reason=said.reason, note=said.note, actor=actor, now=now)
    return _onward(request, db, actor, problem=tried.problem, now=now, said="declined")


@post("/t/jobs/{assignment_id:uuid}/{kind:str}", opt={"permission": visits.permissions.COMMAND},
      include_in_schema=False, status_code=303, sync_to_thread=True)  # fmt: skip
def command(
    *, request: PageRequest, assignment_id: UUID, kind: str, form: Form, db: WriteSession, actor: Actor, now: datetime
) -> PageAnswer:
    """Take one step of a job, as a phone's command would. Raises NotFound for a step that isn't one."""
    if kind not in COMMANDS:
        raise NotFound(kind=kind[:20])
    said = kind
    with forms.attempt(db) as tried:
        given = _command(kind, assignment_id, form, now=now)
        answer = visits.commands.apply(db, given, actor=actor, now=now)  # type: ignore[arg-type]  # one of AnyCommand's
        said = f"kept-{answer.reason}" if answer.outcome == Outcome.REFUSED else kind
    if isinstance(tried.problem, CommandReused) and kind in BARE:
        tried.problem = None
    if tried.problem is not None and kind == "finished" and "report.work_done" in form:
        job = _job(db, assignment_id, actor)
        return _report_page(request, job, entered=form, problem=tried.problem)
    return _onward(request, db, actor, problem=tried.problem, now=now, said=said)


@get("/t/jobs/{assignment_id:uuid}/report", opt={"permission": visits.permissions.COMMAND}, include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def report(request: PageRequest, assignment_id: UUID, look: ReadSession, actor: Actor) -> Template:
    """The service report to be filled in. Raises NotFound for a job that isn't one's own."""
    return _report_page(request, _job(look, assignment_id, actor), entered={}, problem=None)


@post("/t/photos/{number:str}", opt={"permission": visits.permissions.ADD_PHOTO}, include_in_schema=False,
      status_code=303, sync_to_thread=True, request_max_body_size=UPLOAD_LIMIT)  # fmt: skip
def add_photo(
    *,
    request: PageRequest,
    number: str,
    data: Annotated[PhotoForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    form: Form,
    db: WriteSession,
    files: FileStore,
    actor: Actor,
    now: datetime,
) -> PageAnswer:
    """Take a photo of the case."""
    del form
    with forms.refusing() as tried:
        kept = photos.keep(data.image.file.read(), files=files)  # Before the first statement: no transaction is open.
    if tried.problem is None:
        with forms.attempt(db) as tried:
            photos.add(db, number, kept, Taken(new_id(), data.role, now), actor=actor, now=now)
    return _onward(request, db, actor, problem=tried.problem, now=now, said="photo")


def _command(kind: str, assignment_id: UUID, form: Form, *, now: datetime) -> phone.Command:
    """The phone's command that the form means; the page is on the server's clock, so there is no skew."""
    said: dict[str, object] = forms.nested(
        {name: value for name, value in form.items() if name not in forms.OWN_FIELDS}
    )
    if isinstance(said.get("photo_ids"), str):
        said["photo_ids"] = str(said["photo_ids"]).split()
    if isinstance(said.get("resume_at"), str):
        said["resume_at"] = forms.wall_time(str(said["resume_at"]), field="resume_at", zone=COMPANY_ZONE)
    said |= {
        "kind": kind, "assignment_id": str(assignment_id), "done_at": now, "skew_s": 0.0,
        "sequence": int(now.timestamp()) % 2**31,
    }  # fmt: skip
    return forms.shaped(said, COMMANDS[kind])


def _onward(
    request: PageRequest, db: WriteSession, actor: Actor, *, problem: Problem | None, now: datetime, said: str
) -> PageAnswer:
    """Back to the page after success; the page itself with the refusal otherwise."""
    if problem is None:
        return Redirect(f"/t?said={said}", status_code=303)
    return _page(request, db, actor, now=now, problem=problem)


def _page(
    request: PageRequest,
    look: ReadSession,
    actor: Actor,
    *,
    now: datetime,
    said: str = "",
    problem: Problem | None = None,
) -> Template:
    status = 200 if problem is None else responses.status_of(problem)
    return page(
        request, "technician.html", status=status, here="technician", said=said, problem=problem, choices=CHOICES,
        field=_standing(look, actor, now=now), fresh_id=new_id,
    )  # fmt: skip


def _standing(look: ReadSession, actor: Actor, *, now: datetime) -> Standing:
    resume_at = (now + RESUME_AFTER).astimezone(COMPANY_ZONE)
    try:
        own = technicians.queries.of_user(look, actor.id)
    except NotFound:
        return Standing(
            is_known=False, duty="off", duty_since=None, offers=(), jobs=(), evidence={}, resume_at=resume_at
        )
    (state,) = technicians.queries.field(look, [own.id], now)
    offers = dispatch.queries.offers_of_user(look, actor.id, now=now)
    jobs = own_work.own_jobs(look, actor=actor)
    return Standing(
        is_known=True, duty=state.duty, duty_since=state.duty_since,
        offers=[dispatch.schemas.offer_view(offer, complaint) for offer, complaint in offers],
        jobs=[visit_schemas.job_view(job) for job in jobs],
        resume_at=resume_at,
        evidence={job.complaint.number: _evidence(look, job.complaint.id, actor) for job in jobs},
    )  # fmt: skip


def _evidence(look: ReadSession, complaint_id: UUID, actor: Actor) -> list[UUID]:
    """One's own photos that prove an arrival."""
    kept: list[Photo] = visits.queries.photos_of(look, complaint_id)
    return [photo.id for photo in kept if photo.role == PhotoRole.EVIDENCE and photo.author_id == actor.id]


def _job(look: ReadSession, assignment_id: UUID, actor: Actor) -> JobView:
    """One's own job. Raises NotFound."""
    for job in own_work.own_jobs(look, actor=actor):
        if job.assignment.id == assignment_id:
            return visit_schemas.job_view(job)
    raise NotFound(assignment=assignment_id)


def _report_page(request: PageRequest, job: JobView, *, entered: Form, problem: Problem | None) -> Template:
    status = 200 if problem is None else responses.status_of(problem)
    return page(
        request, "technician_report.html", status=status, here="technician", job=job, entered=entered, problem=problem,
        command_id=new_id(), categories=list(CauseCategory), outcomes=list(WorksAgain), part_rows=range(PART_ROWS),
    )  # fmt: skip


#: What the page may say was done; anything else in the address is nobody's word.
SAID: Final = frozenset(
    {
        "accepted", "declined", "set_off", "arrived", "suspended", "resumed", "finished", "handed_back", "photo",
        "signed", "kept", "refusal", "duty-on", "duty-off", "duty-on_call",
        "kept-case-over", "kept-step-not-allowed", "kept-reassigned", "kept-job-ended",
    }
)  # fmt: skip

ROUTES: Final = [technician, work, duty, accept, decline, command, report, add_photo]
