"""The typefaces of every document: Noto Sans SC, a fallback for rare characters, and a visible mark for the rest.

A customer whose name loses a character on a signed paper is told that they don't matter, and the paper names nobody.
So each character is looked up in Noto, then in Callout Rare (the characters of LXGW WenKai that Noto lacks), and what
neither has is printed as `〓[U+2123C]`: seen, searchable and recoverable. Files, licences and digests are in
`typefaces/`; how they were packed: `tools/fonts.py`.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import os
import tempfile
import threading
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "NotoSansSC"
BOLD: Final = "NotoSansSC-Bold"
RARE: Final = "CalloutRare"
FILES: Final = {
    REGULAR: "NotoSansSC-Regular.ttf",
    BOLD: "NotoSansSC-Bold.ttf",
    RARE: "CalloutRare-Regular.ttf",
}
FOLDER: Final = Path(__file__).parent / "typefaces"
#: Adobe Technical Note 5411: a bfchar block holds at most this many entries.
BLOCK: Final = 100
#: Stands for a character no typeface has (GETA MARK, the printers' own sign for a missing sort).
GETA: Final = "〓"
#: Joiners, direction and variation marks have no picture of their own; printing a mark for them would invent text.
PICTURELESS: Final = frozenset(
    {0x00AD, 0x061C, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)}
    | {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
)
_REGISTERING: Final = threading.Lock()


class FontsBroken(Exception):
    """A packed font isn't what its digest says; the installation is damaged."""


class PdfDocument(Protocol):
    """What `addObjects` needs of reportlab's document."""

    idToObject: dict[str, object]  # noqa: N815 — reportlab's name.


class TrueType(TTFont):  # type: ignore[misc]  # reportlab ships no types.
    """A font whose text can be copied and searched beyond the first 65,536 characters.

    reportlab writes `<2CB4E>` for U+2CB4E; readers take that for another character. ToUnicode wants UTF-16BE
    (ISO 32000-1 §9.10.3), a hundred entries a block.
    """

    def addObjects(self, doc: PdfDocument) -> None:  # noqa: N802 — reportlab's name.
        """Add the font as reportlab does, then give each subset a right ToUnicode."""
        subsets = [list(subset) for subset in self.state[doc].subsets]
        names = [self.getSubsetInternalName(number, doc)[1:] for number in range(len(subsets))]
        super().addObjects(doc)
        fonts = getattr(doc.idToObject["BasicFonts"], "dict")  # noqa: B009 — the attribute of an untyped object.
        for name, subset in zip(names, subsets, strict=True):
            face = fonts[name].BaseFont
            setattr(doc.idToObject[f"toUnicodeCMap:{face}"], "content", to_unicode(face, subset))  # noqa: B010 — as above.


def register(cache: Path | None = None) -> None:
    """Make the typefaces known to reportlab, once per process (about 0.6 s, 1.5 s when unpacking).

    With `cache` the unpacked files are kept there for the next process. Raises FontsBroken.
    """
    with _REGISTERING:
        if RARE in pdfmetrics.getRegisteredFontNames():
            return
        for name, file in FILES.items():
            pdfmetrics.registerFont(TrueType(name, io.BytesIO(unpacked(file, cache=cache))))
        pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def unpacked(file: str, *, cache: Path | None = None) -> bytes:
    """A font's bytes, always checked against the digest lock. Raises FontsBroken."""
    digest = str(json.loads((FOLDER / "digests.json").read_text(encoding="utf-8"))[file]["sha256"])
    kept = cache / f"{digest}.ttf" if cache is not None else None
    if kept is not None and kept.exists():
        data = kept.read_bytes()
        if hashlib.sha256(data).hexdigest() == digest:
            return data
    data = lzma.decompress((FOLDER / f"{file}.xz").read_bytes())
    if hashlib.sha256(data).hexdigest() != digest:
        raise FontsBroken(f"{file} is not the file that was packed; install again")
    if kept is not None:
        _keep(data, kept)
    return data


def _keep(data: bytes, path: Path) -> None:
    """Written aside and renamed, because several processes start at once and may unpack at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as target:
        target.write(data)
    Path(name).replace(path)


def cast(text: str, *, bold: bool) -> list[tuple[str, str, float]]:
    """Each character to print, the typeface that has it and its width for a size of 1 point.

    Composed (NFC) first; tabs become spaces; a character nobody has becomes several: `〓[U+2123C]`.
    """
    return [sort for character in unicodedata.normalize("NFC", text) for sort in _sorts(character, bold)]


@lru_cache(maxsize=20_000)
def _sorts(character: str, bold: bool) -> tuple[tuple[str, str, float], ...]:  # noqa: FBT001 — the cache's key.
    register()
    code = ord(character)
    if code in PICTURELESS:
        return ()
    if character in "\t\xa0\u3000" or unicodedata.category(character) == "Zs":
        character, code = ("\u3000", 0x3000) if character == "\u3000" else (" ", 0x20)
    for font in (BOLD if bold else REGULAR, RARE):
        if code in pdfmetrics.getFont(font).face.charToGlyph:
            return ((character, font, float(pdfmetrics.stringWidth(character, font, 1))),)
    return tuple(sort for mark in f"{GETA}[U+{code:04X}]" for sort in _sorts(mark, bold))


def to_unicode(face: str, subset: list[int]) -> str:
    """The ToUnicode map of one subset: code → UTF-16BE, without entries for what is not there."""
    entries = [f"<{code:02X}> <{_utf16(character)}>" for code, character in enumerate(subset) if character]
    blocks = [entries[start : start + BLOCK] for start in range(0, len(entries), BLOCK)]
    maps = [line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")]
    return "\n".join((
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        f"/CMapName /{face} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
        *maps,
        "endcmap",
        "CMapName currentdict /CMap defineresource pop",
        "end",
        "end",
    ))  # fmt: skip


def _utf16(character: int) -> str:
    return chr(character).encode("utf-16-be").hex().upper()
