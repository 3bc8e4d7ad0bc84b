"""Routes of visits: the phone's commands, photos, and what the desk does beside them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.types import ControllerRouterHandler

import intake.queries
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.documents.files import FileStore
from foundation.documents.images import MAX_BYTES
from foundation.problems import FieldWrong
from foundation.wire import AwareTime, Latitude, Longitude
from visits import commands, desk, own_work, permissions, photos, queries, schemas
from visits.models import PhotoRole
from visits.phone import Answer, AnyCommand, Batch
from visits.photos import Taken
from visits.waiting import Wait

#: Bytes: two hundred commands, some with reports.
COMMANDS_LIMIT: Final = 2_000_000
#: Bytes: a photo at its limit and the form around it. A larger one is read far enough to say which limit it broke.
UPLOAD_LIMIT: Final = MAX_BYTES + 2_000_000


@dataclass(frozen=True, slots=True)
class PhotoForm:
    """A photo with the phone's id for it, its role, time and place."""

    image: UploadFile
    id: UUID
    role: PhotoRole
    taken_at: AwareTime
    command_id: UUID | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


@post(
    "/commands", operation_id="applyCommands", status_code=200, sync_to_thread=True,
    request_max_body_size=COMMANDS_LIMIT, opt={"permission": permissions.COMMAND},
)  # fmt: skip
def apply_commands(data: Batch, db: WriteSession, actor: Actor, now: datetime) -> schemas.Answers:
    """Take a phone's queue; each command gets its own receipt."""
    return schemas.Answers(answers=commands.apply_all(db, data.commands, actor=actor, now=now), server_time=now)


@put(
    "/commands/{command_id:uuid}", operation_id="applyCommand", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.COMMAND},
)  # fmt: skip
def apply_command(command_id: UUID, data: AnyCommand, db: WriteSession, actor: Actor, now: datetime) -> Answer:
    """Take one command under its own id."""
    if data.id != command_id:
        raise FieldWrong(field="id", reason="differs-from-address")
    return commands.apply(db, data, actor=actor, now=now)


@get("/jobs", operation_id="listOwnJobs", sync_to_thread=True, opt={"permission": permissions.COMMAND})
def list_own_jobs(look: ReadSession, actor: Actor) -> schemas.Jobs:
    """The jobs one has, each with what to do next."""
    return schemas.Jobs(items=[schemas.job_view(job) for job in own_work.own_jobs(look, actor=actor)])


@get(
    "/complaints/{number:str}/visits", operation_id="listVisits", sync_to_thread=True,
    opt={"permission": permissions.LOOK},
)  # fmt: skip
def list_visits(number: str, look: ReadSession) -> schemas.Visits:
    """Visits, reports, photos and the suspension of a case."""
    complaint = intake.queries.by_number(look, number)
    return schemas.Visits(
        visits=[schemas.visit_view(visit) for visit in queries.visits_of(look, complaint.id)],
        reports=[schemas.report_view(report) for report in queries.reports_of(look, complaint.id)],
        photos=[schemas.photo_view(photo) for photo in queries.photos_of(look, complaint.id)],
        suspension=schemas.suspension_view(queries.open_suspension(look, complaint.id)),
    )


@post(
    "/complaints/{number:str}/photos", operation_id="addPhoto", sync_to_thread=True,
    request_max_body_size=UPLOAD_LIMIT,
    opt={"permission": permissions.ADD_PHOTO, "media_types": ("multipart/form-data",)},
)  # fmt: skip
def add_photo(
    *,
    number: str,
    data: Annotated[PhotoForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    db: WriteSession,
    files: FileStore,
    actor: Actor,
    now: datetime,
) -> schemas.PhotoView:
    """Take a photo; the same id again is the same photo."""
    kept = photos.keep(data.image.file.read(), files=files)  # Before the first statement: no transaction is open yet.
    taken = Taken(data.id, data.role, data.taken_at, data.command_id, data.latitude, data.longitude)
    return schemas.photo_view(photos.add(db, number, kept, taken, actor=actor, now=now))


@get(
    "/complaints/{number:str}/photos/{photo_id:uuid}", operation_id="getPhoto", sync_to_thread=True,
    media_type="image/jpeg", opt={"permission": permissions.LOOK},
)  # fmt: skip
def get_photo(number: str, photo_id: UUID, look: ReadSession, files: FileStore) -> Response[bytes]:
    """The photo itself; who may see the case is asked at each reading."""
    complaint = intake.queries.by_number(look, number)
    photo = queries.photo(look, complaint.id, photo_id)
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": f'inline; filename="{photo.id}.jpg"'}
    return Response(files.read(photo.sha256), media_type="image/jpeg", headers=headers)


@post(
    "/complaints/{number:str}/suspension", operation_id="suspendWork", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.SUSPEND},
)  # fmt: skip
def suspend_work(number: str, data: schemas.Waiting, db: WriteSession, actor: Actor, now: datetime) -> schemas.Stood:
    """Let work wait; the crew is told."""
    complaint_id = intake.queries.id_for_change(db, number)
    wait = Wait(data.reason, data.resume_at, data.note)
    complaint = desk.suspend(db, complaint_id, wait, actor=actor, now=now)
    return schemas.Stood(number=complaint.number, stage=complaint.stage)


@post(
    "/complaints/{number:str}/resumption", operation_id="resumeWork", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.RESUME},
)  # fmt: skip
def resume_work(number: str, data: schemas.Note, db: WriteSession, actor: Actor, now: datetime) -> schemas.Stood:
    """Let suspended work go on."""
    complaint_id = intake.queries.id_for_change(db, number)
    complaint = desk.resume(db, complaint_id, note=data.note, actor=actor, now=now)
    return schemas.Stood(number=complaint.number, stage=complaint.stage)


@post(
    "/complaints/{number:str}/guidance", operation_id="guide", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.GUIDE},
)  # fmt: skip
def guide(number: str, data: schemas.Agreement, db: WriteSession, actor: Actor, now: datetime) -> schemas.Stood:
    """Try by telephone first."""
    complaint_id = intake.queries.id_for_change(db, number)
    complaint = desk.guide(db, complaint_id, agreed_by=data.agreed_by, actor=actor, now=now)
    return schemas.Stood(number=complaint.number, stage=complaint.stage)


@post(
    "/complaints/{number:str}/guidance/report", operation_id="finishGuidance", sync_to_thread=True,
    opt={"permission": permissions.GUIDE},
)  # fmt: skip
def finish_guidance(
    number: str, data: schemas.RemoteReport, db: WriteSession, actor: Actor, now: datetime
) -> schemas.ReportView:
    """Guidance made the machine work again."""
    complaint_id = intake.queries.id_for_change(db, number)
    return schemas.report_view(desk.finish_remotely(db, complaint_id, data.report, actor=actor, now=now))


@post(
    "/complaints/{number:str}/guidance/end", operation_id="endGuidance", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.GUIDE},
)  # fmt: skip
def end_guidance(number: str, data: schemas.Reason, db: WriteSession, actor: Actor, now: datetime) -> schemas.Stood:
    """Guidance did not help: send somebody."""
    complaint_id = intake.queries.id_for_change(db, number)
    complaint = desk.send_after_all(db, complaint_id, reason=data.reason, actor=actor, now=now)
    return schemas.Stood(number=complaint.number, stage=complaint.stage)


@post(
    "/visits/{visit_id:uuid}/approval", operation_id="approveArrival", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.APPROVE_ARRIVAL},
)  # fmt: skip
def approve_arrival(
    visit_id: UUID, data: schemas.Note, db: WriteSession, actor: Actor, now: datetime
) -> schemas.VisitView:
    """Vouch for an arrival that was taken by hand."""
    return schemas.visit_view(desk.approve_arrival(db, visit_id, note=data.note, actor=actor, now=now))


ROUTES: Final[list[ControllerRouterHandler]] = [
    apply_commands, apply_command, list_own_jobs, list_visits, add_photo, get_photo, suspend_work, resume_work, guide,
    finish_guidance, end_guidance, approve_arrival,
]  # fmt: skip
