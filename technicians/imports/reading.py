"""An uploaded file as lines of text, or why it can't be read as such. Pure."""

import codecs
import csv
import io
from collections.abc import Sequence
from typing import Final

import intake.importing
import technicians.importing
from technicians.errors import ImportUnreadable
from technicians.words import Register

#: Bytes of a file that is taken; a larger one goes through the command line.
MOST_BYTES: Final = 16 * 1024 * 1024
#: Columns without which nothing can be said of a line.
NEEDED: Final = {
    Register.EQUIPMENT: intake.importing.NEEDED["equipment"],
    Register.CUSTOMERS: intake.importing.NEEDED["customers"],
    Register.TECHNICIANS: technicians.importing.NEEDED,
}
#: What else separates columns, as programs of other countries save them.
OTHER_DELIMITERS: Final = ";\t|"
#: How files begin that are no text: spreadsheets (new and old), packed files, PDF.
_NO_TEXT: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF")


def lines(content: bytes, register: Register) -> list[str]:
    """The file's lines, the header first. Raises ImportUnreadable with the reason in plain words' code."""
    if len(content) > MOST_BYTES:
        raise ImportUnreadable(why="too-large")
    if not content.strip():
        raise ImportUnreadable(why="empty")
    if content.startswith(_NO_TEXT):
        raise ImportUnreadable(why="not-text")
    found = io.StringIO(_decoded(content), newline="").readlines()
    _check_header(found[0], NEEDED[register])
    if not any(line.strip() for line in found[1:]):
        raise ImportUnreadable(why="no-lines")
    return found


def _decoded(content: bytes) -> str:
    """UTF-8, with or without mark, UTF-16 with its mark, else GB 18030, as Chinese offices save it."""
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise ImportUnreadable(why="encoding")


def _check_header(header: str, needed: Sequence[str]) -> None:
    found = _columns(header, ",")
    missing = [name for name in needed if name not in found]
    if not missing:
        return
    if any(set(needed) <= set(_columns(header, other)) for other in OTHER_DELIMITERS):
        raise ImportUnreadable(why="delimiter")
    shown = [name[:50] for name in found if name.isprintable()][:20]
    raise ImportUnreadable(why="columns", found=shown, needed=missing)


def _columns(header: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        return []
