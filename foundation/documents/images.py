"""Photos from phones and strangers: let in, made harmless, never handed on as they came.

A decoder fed by strangers is the softest spot of such a system. So the bytes are weighed and their kind is sniffed
here, decoding happens in a process of its own with limits on memory, time and files (`decoding.py`), and what is kept
is a new JPEG drawn from the pixels: no EXIF, no place where the photo was taken, nothing hidden behind the picture.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foundation.documents.errors import PhotoNotAnImage, PhotoRefused, PhotoTooLarge

#: Enough for any phone of today; what is larger is not a photo of a machine but a burden or a bomb.
MAX_BYTES: Final = 8_000_000
MAX_PIXELS: Final = 40_000_000
#: Longest side of what is kept, in pixels.
MAX_SIDE: Final = 2000
MB: Final = 1_000_000
#: Address space the decoder may take: 40 million pixels with transparency twice over, and Python itself.
MEMORY_BYTES: Final = 1024 * 1024 * 1024
#: Processor seconds, then wall seconds; the wall also counts waiting for a busy machine.
CPU_SECONDS: Final = 10
WALL_SECONDS: Final = 30

TAKEN_IN: Final = frozenset({"JPEG", "PNG", "WebP"})
DECODER: Final = Path(__file__).with_name("decoding.py")
#: How `decoding.py` ends: its exit status and the reason it stands for.
REASONS: Final = {10: "pixels", 11: "frames", 12: "damaged", 13: "effort"}
#: `ftyp` brands of the ISO container that phones use for stills (ISO/IEC 23008-12) and AVIF.
BRANDS: Final = {b"avif": "AVIF", b"avis": "AVIF", b"qt  ": "MOV"} | dict.fromkeys(
    (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), "HEIC"
)
#: First bytes of what people send by mistake; only to tell them what it is.
MAGIC: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1aE\xdf\xa3", "WebM"),
    (b"<svg", "SVG"),
    (b"<", "HTML/XML"),
)


@dataclass(frozen=True, slots=True)
class Photo:
    """A harmless photo: JPEG bytes, upright, at most MAX_SIDE pixels on its longer side."""

    jpeg: bytes
    width: int
    height: int


def accepted(data: bytes) -> Photo:
    """The photo to keep for the bytes somebody sent; about 0.2 s in a process of its own, no session may be open.

    Raises PhotoTooLarge, PhotoNotAnImage, PhotoRefused; each names the limit.
    """
    if len(data) > MAX_BYTES:
        raise PhotoTooLarge(size_mb=round(len(data) / MB, 1), limit_mb=MAX_BYTES // MB)
    kind = sniffed(data)
    if kind not in TAKEN_IN:
        raise PhotoNotAnImage(found=kind)
    return _decoded(data, kind)


def sniffed(data: bytes) -> str:
    """The kind of file by its first bytes, never by its name; `?` if unknown."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp":
        return BRANDS.get(data[8:12], "MP4")
    start = data.lstrip()[:16] if data[:1].isspace() else data[:16]
    return next((kind for magic, kind in MAGIC if start.startswith(magic)), "?")


def _decoded(data: bytes, kind: str) -> Photo:
    limits = (MAX_PIXELS, MAX_SIDE, MEMORY_BYTES, CPU_SECONDS)
    command = [sys.executable, "-I", str(DECODER), kind.upper(), *map(str, limits)]
    try:
        # -I and an empty environment: nothing of the parent (settings, passwords) reaches the decoder.
        ended = subprocess.run(command, input=data, capture_output=True, timeout=WALL_SECONDS, check=False, env={})
    except subprocess.TimeoutExpired:
        raise _refusal("effort") from None
    if ended.returncode != 0:
        # A negative status is a signal: the kernel stopped the decoder at one of its limits.
        raise _refusal(REASONS.get(ended.returncode, "effort" if ended.returncode < 0 else "damaged"))
    header, _, jpeg = ended.stdout.partition(b"\n")
    width, height = (int(side) for side in header.split())
    return Photo(jpeg=jpeg, width=width, height=height)


def _refusal(reason: str) -> PhotoRefused:
    limits = {
        "pixels": f"{MAX_PIXELS // 1_000_000} MP",
        "effort": f"{CPU_SECONDS} s, {MEMORY_BYTES // (1024 * 1024)} MiB",
        "frames": "1",
        "damaged": "JPEG, PNG, WebP",
    }
    return PhotoRefused(reason=reason, limit=limits[reason])
