"""Pack the fonts of documents: `python -m tools.fonts REGULAR.ttf BOLD.ttf WENKAI.ttf`.

Sources: Noto Sans SC static TrueType from the npm package `@expo-google-fonts/noto-sans-sc` (unchanged), LXGW WenKai
Regular from Debian's `fonts-lxgw-wenkai`. WenKai is cut down to the characters Noto lacks and, as the licence asks of
a changed font with reserved names, renamed. Writes `foundation/documents/typefaces/*.ttf.xz` and the digest lock beside them.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import sys
from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER: Final = Path(__file__).resolve().parents[1] / "foundation" / "documents" / "typefaces"
RARE_FAMILY: Final = "Callout Rare"
RARE_POSTSCRIPT: Final = "CalloutRare-Regular"
POSTSCRIPT_ID: Final = 6
#: Records of the name table that carry a name of the font: family, id, full, PostScript, typographic, variations.
NAME_IDS: Final = frozenset({1, 3, 4, 6, 16, 18, 20, 21, 25})
#: Copyright, licence and its address stay as they are.
LEGAL_IDS: Final = frozenset({0, 13, 14})


def main(arguments: list[str]) -> int:
    """Pack the three files named."""
    if len(arguments) != len(("regular", "bold", "wenkai")):
        sys.stderr.write(__doc__ or "")
        return 2
    regular, bold, wenkai = (Path(argument) for argument in arguments)
    packed = {
        "NotoSansSC-Regular.ttf": regular.read_bytes(),
        "NotoSansSC-Bold.ttf": bold.read_bytes(),
        "CalloutRare-Regular.ttf": rare(wenkai, beside=regular),
    }
    lock = {}
    for name, data in packed.items():
        (FOLDER / f"{name}.xz").write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
        lock[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    (FOLDER / "digests.json").write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
    return 0


def rare(wenkai: Path, *, beside: Path) -> bytes:
    """WenKai with only the characters `beside` lacks, under another name."""
    missing = set(TTFont(wenkai).getBestCmap()) - set(TTFont(beside).getBestCmap())
    kept = sorted(NAME_IDS | LEGAL_IDS)
    options = subset.Options(layout_features=[], hinting=False, name_IDs=kept, notdef_outline=True)
    font = subset.load_font(str(wenkai), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=missing)
    cutter.subset(font)
    _rename(font)
    written = io.BytesIO()
    subset.save_font(font, written, options)
    return written.getvalue()


def _rename(font: TTFont) -> None:
    names = font["name"]
    for record in list(names.names):
        if record.nameID in NAME_IDS:
            names.setName(
                RARE_POSTSCRIPT if record.nameID == POSTSCRIPT_ID else RARE_FAMILY,
                record.nameID, record.platformID, record.platEncID, record.langID,
            )  # fmt: skip
        elif record.nameID not in LEGAL_IDS:
            names.removeNames(nameID=record.nameID)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
