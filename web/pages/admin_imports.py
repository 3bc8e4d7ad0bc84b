"""Imports: a file is looked at first, every wrong line with its reason; then exactly that file is imported."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import Provide
from litestar.response import Redirect, Template

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.documents.files import FileStore
from foundation.problems import FieldWrong, NotFound, Problem
from technicians import permissions
from technicians.errors import ImportUnreadable
from technicians.imports import actions, http, reading
from technicians.words import Register
from web import forms, responses
from web.forms import Form
from web.pages.rendering import page
from web.reader import Answer, PageRequest

#: Columns that may stand in a file beside those it needs, by register.
MAY_STAND: Final = {
    Register.EQUIPMENT: (
        "model", "manufacturer", "commissioned_on", "left_works_on", "warranty_until", "customer", "site", "address",
        "district", "region", "latitude", "longitude", "datum", "position_radius_m",
    ),
    Register.CUSTOMERS: ("external_ref", "kind", "phone", "language", "region"),
    Register.TECHNICIANS: (
        "phone", "senior", "home_latitude", "home_longitude", "hired_on", "vehicle", "certificates", "max_daily_hours",
        "max_weekly_hours", "min_rest_hours",
    ),
}  # fmt: skip


async def provide_upload(request: PageRequest, form: Form) -> tuple[str, bytes] | None:
    """Name and content of the file that was sent; None when none was chosen.

    It asks for `form` so that the two never read the body at the same time.
    """
    del form
    sent = (await request.form()).get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return None
    return sent.filename, await sent.read(reading.MOST_BYTES + 1)


@get("/admin/imports", opt={"permission": permissions.IMPORT}, include_in_schema=False, sync_to_thread=True)
def imports(request: PageRequest, look: ReadSession) -> Template:
    """The form for a file, and the newest imports."""
    return _list(request, look, entered={}, problem=None)


@post(
    "/admin/imports", opt={"permission": permissions.IMPORT}, include_in_schema=False, status_code=303,
    sync_to_thread=True, request_max_body_size=http.UPLOAD_LIMIT, dependencies={"upload": Provide(provide_upload)},
)  # fmt: skip
def preview(  # noqa: PLR0917 -- the framework fills them by name
    request: PageRequest, form: Form, upload: tuple[str, bytes] | None, db: WriteSession, files: FileStore,
    actor: Actor, now: datetime,
) -> Answer:  # fmt: skip
    """Look at the file; nothing is written into the register."""
    path = ""
    with forms.attempt(db) as tried:
        if upload is None:
            raise FieldWrong(field="file", reason="missing")
        name, content = upload
        register = _register(form)
        made = actions.preview(db, files, register=register, content=content, name=name, actor=actor, now=now)
        path = f"/admin/imports/{made.id}"
    if tried.problem is None:
        return Redirect(path, status_code=303)
    return _list(request, db, entered=form, problem=tried.problem)


@get("/admin/imports/{import_id:uuid}", opt={"permission": permissions.IMPORT}, include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def one(request: PageRequest, import_id: UUID, look: ReadSession) -> Template:
    """What was found in the file, and how far its import is. Raises NotFound."""
    return _one(request, look, import_id, problem=None)


@post("/admin/imports/{import_id:uuid}", opt={"permission": permissions.IMPORT}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def run(  # noqa: PLR0917 -- the framework fills them by name
    request: PageRequest, import_id: UUID, form: Form, db: WriteSession, files: FileStore, actor: Actor,
    now: datetime,
) -> Answer:  # fmt: skip
    """Import exactly the file that was looked at; what stopped goes on."""
    with forms.attempt(db) as tried:
        actions.carry_out(db, files, import_id, sha256=form.get("sha256", ""), actor=actor, now=now)
    if tried.problem is None:
        return Redirect(f"/admin/imports/{import_id}", status_code=303)
    if isinstance(tried.problem, NotFound):
        raise tried.problem
    return _one(request, db, import_id, problem=tried.problem)


@get("/admin/imports/{import_id:uuid}/report", opt={"permission": permissions.IMPORT}, include_in_schema=False,
     sync_to_thread=True, media_type="text/csv")  # fmt: skip
def report(import_id: UUID, look: ReadSession, files: FileStore) -> Response[bytes]:
    """Every line with a fault, as CSV."""
    return http.report_of(actions.one(look, import_id), files)


def _register(form: Form) -> Register:
    try:
        return Register(form.get("register", ""))
    except ValueError:
        raise FieldWrong(field="register", reason="unknown") from None


def _list(request: PageRequest, look: ReadSession, *, entered: Form, problem: Problem | None) -> Template:
    return page(
        request, "admin_imports.html", status=_status(problem), here="admin", saved=False, problem=problem,
        entered=entered, imports=http.views(look, actions.latest(look)), registers=list(Register),
        needed=reading.NEEDED, more=MAY_STAND, most_mb=reading.MOST_BYTES // 2**20,
        unreadable=problem.facts if isinstance(problem, ImportUnreadable) else None,
    )  # fmt: skip


def _one(request: PageRequest, look: ReadSession, import_id: UUID, *, problem: Problem | None) -> Template:
    return page(
        request, "admin_import.html", status=_status(problem), here="admin", saved=False, problem=problem, entered={},
        found=http.view(look, actions.one(look, import_id)),
    )  # fmt: skip


def _status(problem: Problem | None) -> int:
    return 200 if problem is None else responses.status_of(problem)


ROUTES: Final = [imports, preview, one, run, report]
