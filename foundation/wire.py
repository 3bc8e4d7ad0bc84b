"""What may come over the wire: constrained types for every string, number and instant, and paging.

Wire shapes derive from `Wire`, which tidies text (NFC, no edges of white space) and refuses what a type alone can't
say. msgspec turns the ValueError into a validation error that names the field's path.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Generic, TypeAlias, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from foundation.problems import FieldWrong

#: Control characters are refused everywhere, line breaks and tabs allowed in running text. Both patterns mean the same
#: to Python and to ECMAScript, so that the OpenAPI document tells the truth.
_ONE_LINE: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"
_SOME_LINES: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"

#: One line of text: a name, an address.
Line: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, pattern=_ONE_LINE)]
#: Running text: what the caller said.
Text: TypeAlias = Annotated[str, Meta(max_length=4000, pattern=_SOME_LINES)]
#: A code, serial number or key.
Code: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._/ \-]+$")]
#: A telephone number as people write it; what it means is decided by `phonenumbers` where it is used.
Phone: TypeAlias = Annotated[
    str, Meta(min_length=3, max_length=40, pattern=r"^[0-9０-９+＋()（）\-－ .·/#,;extEXT转分机]+$")
]
#: An e-mail address, as far as a form can judge it.
Email: TypeAlias = Annotated[
    str, Meta(min_length=3, max_length=200, pattern=r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+$")
]
#: An instant with its offset, 2020 to 2100 (the range is checked by `Wire`).
AwareTime: TypeAlias = Annotated[datetime, Meta(tz=True)]
#: Degrees, WGS 84 unless another datum is declared beside it.
Latitude: TypeAlias = Annotated[float, Meta(ge=-90, le=90)]
Longitude: TypeAlias = Annotated[float, Meta(ge=-180, le=180)]
PageSize: TypeAlias = Annotated[int, Meta(ge=1, le=100)]
#: Where a page ends; opaque to the caller.
Cursor: TypeAlias = Annotated[str, Meta(max_length=400, pattern=r"^[A-Za-z0-9_\-]*$")]
#: SHA-256 in hexadecimal.
Sha256: TypeAlias = Annotated[str, Meta(min_length=64, max_length=64, pattern=r"^[0-9a-f]+$")]

#: C0 without tab and line breaks, DEL, C1.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
#: Fields taken as they were typed.
UNTOUCHED: Final = frozenset({"password"})
EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)

Row = TypeVar("Row")
Item = TypeVar("Item")
Shape = TypeVar("Shape", bound=msgspec.Struct)


class Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller sends: unknown fields refused, text tidied, instants within a century."""

    def __post_init__(self) -> None:
        """Tidy every field that is text, an instant, or a plain list or mapping of them."""
        for name in self.__struct_fields__:
            if name in UNTOUCHED:
                continue
            value = getattr(self, name)
            tidied = tidy(value)
            if tidied is not value:
                msgspec.structs.force_setattr(self, name, tidied)


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """An answer about what was kept without doing what was asked for; it is answered with 202."""


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """Some of a list, and where to go on; `next` is None on the last page."""

    items: list[Item]
    next: str | None = None


def tidy(value: object) -> object:
    """The value as it may be stored. ValueError for a blank text, a control character, an instant out of range."""
    match value:
        case str():
            return tidy_text(value)
        case datetime():
            return tidy_instant(value)
        case list():
            tidied = [tidy(item) for item in value]
            return tidied if any(new is not old for new, old in zip(tidied, value, strict=True)) else value
        case Mapping() if any(isinstance(inner, str) for inner in value.values()):
            return {key: tidy(inner) for key, inner in value.items()}
    return value


def tidy_text(text: str) -> str:
    """NFC without white space at its ends. ValueError if nothing is left of something, or for a control character."""
    if _CONTROL.search(text):
        raise ValueError("control-character")
    tidied = unicodedata.normalize("NFC", text).strip()
    if text and not tidied:
        raise ValueError("blank")
    return text if tidied == text else tidied


def tidy_instant(at: datetime) -> datetime:
    """The instant in UTC. ValueError without a time zone or outside 2020 to 2100."""
    if at.tzinfo is None:
        raise ValueError("time-zone-missing")
    try:
        in_utc = at.astimezone(UTC)
    except OverflowError:
        raise ValueError("out-of-range") from None
    if not EARLIEST <= in_utc < LATEST:
        raise ValueError("out-of-range")
    return at if at.tzinfo is UTC else in_utc


def checked(struct: Shape) -> Shape:
    """A struct that isn't a `Wire`, and all structs in it, tidied in a copy. ValueError as `tidy`."""
    changes = {}
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        tidied = checked(value) if isinstance(value, msgspec.Struct) else tidy(value)
        if tidied is not value:
            changes[name] = tidied
    return msgspec.structs.replace(struct, **changes) if changes else struct


def know_all_shapes() -> int:
    """Let msgspec describe every structure that is loaded, while there is one thread; how many there are.

    It would do so at the first use of each. But two threads that use one for the first time at the same moment end the
    process: the second reads a description that the first has not filled yet (msgspec 0.22).
    """
    shapes = set(_below(msgspec.Struct))
    for shape in shapes:
        msgspec.json.Decoder(shape)
    return len(shapes)


def _below(shape: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for each in shape.__subclasses__():
        yield each
        yield from _below(each)


def page(
    rows: Sequence[Row], *, size: int, shape: Callable[[Row], Item], key: Callable[[Row], Sequence[str]]
) -> Page[Item]:
    """One page of at most `size` items from `size + 1` rows: the row too many says that there is more.

    `shape` makes the item of a row; `key` names the row by what the list is ordered by, for the next cursor.
    """
    shown = rows[:size]
    more = len(rows) > size
    return Page(items=[shape(row) for row in shown], next=cursor_of(*key(shown[-1])) if more and shown else None)


def cursor_of(*parts: str) -> str:
    """The opaque text of a place in a list."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def cursor_parts(cursor: str | None, *, count: int) -> tuple[str, ...] | None:
    """What `cursor_of` was given; None without a cursor. Raises FieldWrong for a cursor we never gave."""
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        parts = msgspec.json.decode(raw, type=tuple[str, ...])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise FieldWrong(field="cursor", reason="unreadable") from None
    if len(parts) != count or any("\x00" in part for part in parts):
        raise FieldWrong(field="cursor", reason="unreadable")
    return parts


def cursor_id(cursor: str | None) -> UUID | None:
    """The id in a cursor of one id; None without a cursor. Raises FieldWrong for a cursor we never gave."""
    parts = cursor_parts(cursor, count=1)
    try:
        return UUID(parts[0]) if parts else None
    except ValueError:
        raise FieldWrong(field="cursor", reason="unreadable") from None
