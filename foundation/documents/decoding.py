"""The process in which one photo of a stranger is decoded; started by `images.py`, imports nothing of the project.

`python -I decoding.py KIND MAX_PIXELS MAX_SIDE MEMORY_BYTES CPU_SECONDS`, photo on stdin; answers a line
`WIDTH HEIGHT` and a new JPEG on stdout. Exit status 10: too many pixels, 11: a moving picture, 12: damaged,
13: out of memory.
"""

from __future__ import annotations

import io
import resource
import sys
import warnings
from typing import Final

from PIL import Image, ImageOps

TOO_MANY_PIXELS: Final = 10
MOVING: Final = 11
DAMAGED: Final = 12
OUT_OF_MEMORY: Final = 13
#: Visually without loss on photos of machine parts, about 0.5 MB at 2000 pixels.
QUALITY: Final = 85


def main(arguments: list[str]) -> int:
    """Limit this process, then decode what comes on stdin."""
    kind = arguments[0]
    pixels, side, memory, seconds = (int(argument) for argument in arguments[1:])
    limit_process(memory=memory, seconds=seconds)
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = pixels
    try:
        image = redrawn(sys.stdin.buffer.read(), kind=kind, side=side)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return TOO_MANY_PIXELS
    except MovingPicture:
        return MOVING
    except MemoryError:
        return OUT_OF_MEMORY
    except Exception:  # noqa: BLE001 — Pillow's decoders raise anything at all on damaged input; this process knows nothing else to do.
        return DAMAGED
    sys.stdout.buffer.write(f"{image.width} {image.height}\n".encode() + encoded(image))
    return 0


class MovingPicture(Exception):
    """The file has more than one frame."""


def limit_process(*, memory: int, seconds: int) -> None:
    """Let the kernel stop this process at these limits; it may write no file and leave no core."""
    for kind, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))


def redrawn(data: bytes, *, kind: str, side: int) -> Image.Image:
    """The picture upright, opaque, in RGB, at most `side` pixels long, without anything but its pixels."""
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        # A phone's JPEG may carry a second, smaller picture (MPO); the first one is the photo.
        if kind != "JPEG" and getattr(image, "n_frames", 1) > 1:
            raise MovingPicture
        image.draft("RGB", (side, side))
        image.load()
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((side, side), Image.Resampling.LANCZOS)
        flat = on_white(upright)
        bare = Image.new("RGB", flat.size)
        bare.paste(flat)
        return bare


def on_white(image: Image.Image) -> Image.Image:
    """The picture in RGB; what was transparent becomes white, as on paper."""
    if image.mode.startswith("I") or image.mode == "F":
        return image.point(lambda level: level / 256).convert("L").convert("RGB")
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    paper = Image.new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    return paper


def encoded(image: Image.Image) -> bytes:
    """The picture as a JPEG of its own."""
    written = io.BytesIO()
    image.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
