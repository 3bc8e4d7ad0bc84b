"""The check of a paper: who signed what and when, whether the record still matches, and whether a file is the one we made.

A file that is dropped here is hashed and forgotten; nothing of it is stored.
"""

import hashlib
import re
from typing import Final

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import Provide
from litestar.response import Template

from feedback import queries, record
from feedback.schemas import RecordKnown, record_known
from foundation.database.session import ReadSession
from foundation.problems import NotFound
from web import forms
from web.pages.rendering import page
from web.reader import PageRequest

PUBLIC: Final = {
    "public": "whoever holds the paper holds its code, and learns no more than the paper says",
    "key_is_enough": True,
}
#: Bytes of a file that may be checked, with the form around it.
FILE_LIMIT: Final = 30_000_000
#: A code as it is printed: the SHA-256 of the record.
CODE: Final = re.compile(r"[0-9a-f]{64}")
#: Bytes read at once.
PIECE: Final = 1 << 20


async def provide_digest(request: PageRequest) -> str | None:
    """SHA-256 of the file that was sent, read piece by piece; None when none was chosen."""
    await forms.read(request)
    sent = (await request.form()).get("paper")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return None
    made = hashlib.sha256()
    while piece := await sent.read(PIECE):
        made.update(piece)
    return made.hexdigest()


@get("/v/{code:str}", opt=PUBLIC, include_in_schema=False, sync_to_thread=True)
def verify(request: PageRequest, code: str, look: ReadSession) -> Template:
    """What is kept here under the code of a paper."""
    return _page(request, look, code)


@post(
    "/v/{code:str}", opt=PUBLIC, include_in_schema=False, status_code=200, sync_to_thread=True,
    request_max_body_size=FILE_LIMIT, dependencies={"digest": Provide(provide_digest)},
)  # fmt: skip
def check_file(request: PageRequest, code: str, digest: str | None, look: ReadSession) -> Template:
    """Whether the file is, bit by bit, the one that was made from the record."""
    return _page(request, look, code, digest=digest, is_asked=True)


def verdict(known: RecordKnown, digest: str | None) -> str:
    """The word for what a file is: none, genuine or different. Pure."""
    if digest is None:
        return "none"
    return "genuine" if digest in known.document_sha256 else "different"


def _page(
    request: PageRequest, look: ReadSession, code: str, *, digest: str | None = None, is_asked: bool = False
) -> Template:
    known = _known(look, code)
    if known is None:
        return page(request, "verify.html", status=404, known=None, code=code, checked="", digest=None)
    checked = verdict(known, digest) if is_asked else ""
    return page(request, "verify.html", known=known, code=code, checked=checked, digest=digest)


def _known(look: ReadSession, code: str) -> RecordKnown | None:
    """The record of the code, if there is one and its text still has that hash."""
    if not CODE.fullmatch(code):
        return None
    try:
        row, complaint, hashes = queries.by_record(look, code)
    except NotFound:
        return None
    return record_known(row, complaint, hashes) if record.digest(row.record) == code else None


ROUTES: Final = [verify, check_file]
