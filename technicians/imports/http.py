"""Routes of imports: preview a file, look at what was found, import it, fetch the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.types import ControllerRouterHandler

from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.documents.files import FileStore
from foundation.problems import NotFound
from foundation.wire import Sha256, Wire
from technicians import permissions
from technicians.imports import actions, report
from technicians.models import Import
from technicians.words import Register

#: Bytes of a request: files far beyond what is taken are still told so in words, by whoever reads them.
UPLOAD_LIMIT: Final = 80 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImportForm:
    """A CSV file and the register it is for."""

    register: Register
    file: UploadFile


class ImportWanted(Wire, frozen=True, kw_only=True):
    """The hash of the content that was looked at."""

    sha256: Sha256


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    """An import; `told` is what a trial found, `done` what became of the lines so far, `shown` the first of them.

    One that `is_stopped` goes on where it stopped when it is asked for again.
    """

    id: UUID
    register: str
    state: str
    file_name: str
    sha256: str
    size: int
    lines: int
    lines_done: int
    is_stopped: bool
    told: dict[str, int] | None
    done: dict[str, int] | None
    shown: dict[str, object] | None
    previewed_at: datetime
    ended_at: datetime | None


@get("/imports", operation_id="listImports", sync_to_thread=True, opt={"permission": permissions.IMPORT})
def list_imports(look: ReadSession) -> list[ImportView]:
    """The newest imports first."""
    return views(look, actions.latest(look))


@post(
    "/imports", operation_id="previewImport", sync_to_thread=True, request_max_body_size=UPLOAD_LIMIT,
    opt={"permission": permissions.IMPORT, "media_types": ("multipart/form-data",)},
)  # fmt: skip
def preview_import(
    *,
    data: Annotated[ImportForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    db: WriteSession,
    files: FileStore,
    actor: Actor,
    now: datetime,
) -> ImportView:
    """Tell what would become of the lines of a CSV file; nothing is written into the register."""
    content = data.file.file.read()
    made = actions.preview(
        db, files, register=data.register, content=content, name=data.file.filename, actor=actor, now=now
    )
    return view(db, made)


@get("/imports/{import_id:uuid}", operation_id="readImport", sync_to_thread=True,
     opt={"permission": permissions.IMPORT})  # fmt: skip
def read_import(import_id: UUID, look: ReadSession) -> ImportView:
    """One import, and how far it is."""
    return view(look, actions.one(look, import_id))


@post("/imports/{import_id:uuid}/run", operation_id="runImport", status_code=200, sync_to_thread=True,
      opt={"permission": permissions.IMPORT})  # fmt: skip
def run_import(
    import_id: UUID, data: ImportWanted, *, db: WriteSession, files: FileStore, actor: Actor, now: datetime
) -> ImportView:
    """Import exactly the file that was previewed; what stopped goes on."""
    return view(db, actions.carry_out(db, files, import_id, sha256=data.sha256, actor=actor, now=now))


@get("/imports/{import_id:uuid}/report", operation_id="readImportReport", sync_to_thread=True, media_type="text/csv",
     opt={"permission": permissions.IMPORT})  # fmt: skip
def read_report(import_id: UUID, look: ReadSession, files: FileStore) -> Response[bytes]:
    """Every line with a fault, as CSV."""
    return report_of(actions.one(look, import_id), files)


def report_of(found: Import, files: FileStore) -> Response[bytes]:
    """The report as a file. Raises NotFound while there is none."""
    if found.report_sha256 is None:
        raise NotFound(import_id=found.id)
    name = f'attachment; filename="{found.register}-{found.id}.csv"'
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": name}
    return Response(files.read(found.report_sha256), media_type="text/csv; charset=utf-8", headers=headers)


def view(look: ReadSession, found: Import) -> ImportView:
    """The import as it is sent and shown."""
    return views(look, [found])[0]


def views(look: ReadSession, found: Sequence[Import]) -> list[ImportView]:
    """The imports as they are sent and shown."""
    stopped = actions.stopped(look, found)
    return [_view(each, is_stopped=each.id in stopped) for each in found]


def _view(found: Import, *, is_stopped: bool) -> ImportView:
    return ImportView(
        id=found.id, register=found.register, state=found.state, file_name=found.file_name, sha256=found.file_sha256,
        size=found.size, lines=found.lines, lines_done=found.lines_done, is_stopped=is_stopped, told=found.told,
        done=found.done, shown=report.for_readers(found.shown), previewed_at=found.previewed_at,
        ended_at=found.ended_at,
    )  # fmt: skip


ROUTES: Final[list[ControllerRouterHandler]] = [
    list_imports, preview_import, read_import, run_import, read_report,
]  # fmt: skip
