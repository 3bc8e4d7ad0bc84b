"""Forms of pages: fields of a body of bounded size, the session's token compared, and refusals that leave the page standing.

A page's POST handler stays synchronous: it takes the dependencies `form` and `db`, acts within `attempt(db)`, and answers
with a redirection or with the same page, its fields filled as they were. The commit happens before the answer, as for JSON.
"""

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar.datastructures import UploadFile
from sqlalchemy.exc import SQLAlchemyError

from foundation.database.conflicts import problem_from
from foundation.database.session import WriteSession
from foundation.problems import Family, FieldWrong, Problem
from web import errors
from web.authentication import Authenticated
from web.reader import PageRequest

#: Characters of one field; longer ones are refused, not cut. A route may allow more by `opt={"field_length": …}`.
FIELD_LENGTH: Final = 4_000
#: Characters of a field's name: a path of a few words.
NAME_LENGTH: Final = 100
#: Fields that belong to the form itself and not to what it says.
OWN_FIELDS: Final = frozenset({"csrf", "back"})

Form = Mapping[str, str]
S = TypeVar("S", bound=msgspec.Struct)


@dataclass(slots=True)
class Attempt:
    """What became of an attempt: `problem` is the refusal, if there was one; then nothing was written."""

    problem: Problem | None = None


async def read(request: PageRequest) -> Form:
    """The text fields of the form. Raises ForgedRequest when a signed-in form lacks the session's token.

    Of fields sent several times the last counts; `provide_ticked` keeps them all.
    """
    sent = await request.form()
    longest = int(request.route_handler.opt.get("field_length", FIELD_LENGTH))
    fields: dict[str, str] = {}
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            continue
        if len(str(name)) > NAME_LENGTH:
            raise FieldWrong(field=str(name)[:NAME_LENGTH], reason="too-long")
        text = str(value)
        if len(text) > longest or "\x00" in text:
            raise FieldWrong(field=str(name), reason="too-long" if len(text) > longest else "control-character")
        fields[str(name)] = text
    auth = cast("Authenticated | None", request.scope.get("auth"))
    if auth is not None and not hmac.compare_digest(
        fields.get("csrf", "").encode("utf-8", "replace"), auth.csrf.encode()
    ):
        raise errors.ForgedRequest(reason="token")
    return fields


async def provide_form(request: PageRequest) -> Form:
    """The dependency `form` of synchronous handlers. Raises what `read` raises."""
    return await read(request)


async def provide_ticked(request: PageRequest, form: Form) -> Mapping[str, Sequence[str]]:
    """The dependency `ticked`: every value of each field, for boxes that share a name.

    It asks for `form` so that the token is compared and the two never read the body at the same time.
    """
    del form
    sent = await request.form()
    found: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if not isinstance(value, UploadFile):
            found.setdefault(str(name), []).append(str(value))
    return found


@contextmanager
def attempt(db: WriteSession) -> Iterator[Attempt]:
    """Act; a refusal undoes the block alone and is kept, so that the page can be shown again with what was entered.

    Refusals of permission are raised on: they are answered and noted by the edge, as for JSON.
    """
    made = Attempt()
    try:
        with db.begin_nested():
            yield made
    except Problem as problem:
        if problem.family is Family.FORBIDDEN:
            raise
        made.problem = problem
    except SQLAlchemyError as fault:
        made.problem = problem_from(fault)
        if made.problem is None:
            raise


@contextmanager
def refusing() -> Iterator[Attempt]:
    """As `attempt`, for what happens before any transaction."""
    made = Attempt()
    try:
        yield made
    except Problem as problem:
        if problem.family is Family.FORBIDDEN:
            raise
        made.problem = problem


def wall_time(text: str, *, field: str, zone: ZoneInfo) -> datetime:
    """The instant of a `datetime-local` field, which tells a clock's time without its zone. Raises FieldWrong."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise FieldWrong(field=field, reason="unreadable") from None
    if told.tzinfo is not None:
        raise FieldWrong(field=field, reason="unreadable")
    return told.replace(tzinfo=zone)


def id_in(form: Form, field: str) -> UUID:
    """The id that a field holds. Raises FieldWrong."""
    try:
        return UUID(form.get(field, ""))
    except ValueError:
        raise FieldWrong(field=field, reason="unreadable") from None


def session_of(request: PageRequest) -> UUID | None:
    """The session in which the page is asked for."""
    auth = cast("Authenticated | None", request.scope.get("auth"))
    return auth.session_id if auth else None


def shaped(values: Mapping[str, object], shape: type[S]) -> S:
    """The values as a wire shape, text read as numbers and days where it wants them; empty ones left out, own ones too.

    Raises FieldWrong with the field's path.
    """
    given = {name: value for name, value in values.items() if name not in OWN_FIELDS and value not in ("", [], None)}
    return converted(given, shape, strict=False)


def converted(document: object, shape: type[S], *, strict: bool = True) -> S:
    """The document as a struct. Raises FieldWrong with the path of what doesn't fit."""
    try:
        return msgspec.convert(document, shape, strict=strict)
    except msgspec.ValidationError as wrong:
        raise _field_wrong(str(wrong)) from None


def nested(values: Mapping[str, object]) -> dict[str, object]:
    """Fields whose names are paths (`cause.component`, `parts.0.name`) as the document they mean; empty ones left out."""
    found: dict[str, object] = {}
    for name, value in values.items():
        if value in {"", None}:
            continue
        *path, last = name.split(".")
        inner = found
        for part in path:
            further = inner.setdefault(part, {})
            if not isinstance(further, dict):
                raise FieldWrong(field=name, reason="unreadable")
            inner = further
        inner[last] = value
    return cast("dict[str, object]", _listed(found))


def _listed(value: object) -> object:
    """Objects whose names are all numbers are lists in the order of these."""
    if not isinstance(value, dict):
        return value
    inner = {str(name): _listed(each) for name, each in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


#: How msgspec says that a field isn't there, and where it says what is wrong.
_MISSING: Final = re.compile(r"missing required field `([^`]+)`")
_PLACE: Final = re.compile(r" - at `\$\.?([^`]*)`$")
#: How it says that a number is too small or too large.
_BEYOND: Final = re.compile(r"Expected `(?:int|float)` [<>]|Number out of range")


def _field_wrong(message: str) -> FieldWrong:
    """The refusal that msgspec's words mean."""
    place = _PLACE.search(message)
    parts = [place[1]] if place and place[1] else []
    missing = _MISSING.search(message)
    if missing:
        return FieldWrong(field=".".join([*parts, missing[1]]), reason="missing")
    said = "out-of-range" if _BEYOND.match(message) else message.partition(" - at ")[0]
    reason = said if said in {"blank", "control-character", "out-of-range", "time-zone-missing"} else "unreadable"
    return FieldWrong(field=".".join(parts) or "form", reason=reason)


def local_path(text: str | None) -> str:
    """Where to go on after a form: a path of this site, else the board. `//host` and schemes would lead away."""
    if text and text.startswith("/") and not text.startswith(("//", "/\\")) and "\n" not in text and "\r" not in text:
        return text
    return "/"
