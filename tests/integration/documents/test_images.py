"""Photos are let in harmless or not at all."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from foundation.documents import images
from foundation.documents.errors import PhotoNotAnImage, PhotoRefused, PhotoTooLarge

ORIENTATION = 0x0112
GPS = 0x8825


def a_picture(kind: str, size: tuple[int, int] = (64, 32), *, mode: str = "RGB") -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else (255, 0, 0, 0)).save(written, kind)
    return written.getvalue()


def a_photo_taken_upright_with_its_place() -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (30.0, 16.0, 26.9)
    written = io.BytesIO()
    Image.new("RGB", (64, 32), "red").save(written, "JPEG", exif=exif)
    return written.getvalue()


def a_png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_new_jpeg(kind: str) -> None:
    photo = images.accepted(a_picture(kind))
    with Image.open(io.BytesIO(photo.jpeg)) as kept:
        assert (kept.format, kept.size) == ("JPEG", (64, 32))
        assert (photo.width, photo.height) == kept.size


def test_a_photo_is_turned_upright_and_forgets_where_it_was_taken() -> None:
    photo = images.accepted(a_photo_taken_upright_with_its_place())
    with Image.open(io.BytesIO(photo.jpeg)) as kept:
        assert kept.size == (32, 64)
        assert not kept.getexif()
        assert "exif" not in kept.info
    assert b"Exif" not in photo.jpeg


def test_a_long_photo_is_kept_at_2000_pixels() -> None:
    photo = images.accepted(a_picture("JPEG", (5000, 2500)))
    assert (photo.width, photo.height) == (2000, 1000)


def test_what_was_transparent_becomes_white_paper() -> None:
    photo = images.accepted(a_picture("PNG", mode="RGBA"))
    with Image.open(io.BytesIO(photo.jpeg)) as kept:
        assert kept.getpixel((5, 5)) == (255, 255, 255)


def test_a_sixteen_bit_picture_keeps_its_shades() -> None:
    written = io.BytesIO()
    Image.new("I;16", (8, 8), 32768).save(written, "PNG")
    with Image.open(io.BytesIO(images.accepted(written.getvalue()).jpeg)) as kept:
        shade = kept.getpixel((4, 4))
    assert isinstance(shade, tuple)
    assert abs(int(shade[0]) - 128) < 4


def test_what_hides_behind_a_picture_is_dropped() -> None:
    polyglot = a_picture("JPEG") + b"PK\x03\x04<script>alert(1)</script>"
    assert b"script" not in images.accepted(polyglot).jpeg


def test_more_than_eight_megabytes_are_refused_with_the_limit_named() -> None:
    with pytest.raises(PhotoTooLarge) as refused:
        images.accepted(b"\xff\xd8\xff" + b"\0" * images.MAX_BYTES)
    assert refused.value.facts == {"size_mb": 8.0, "limit_mb": 8}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "?"),
        (b"hello", "?"),
        (b"GIF89a" + b"\0" * 30, "GIF"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "MP4"),
        (b"  <svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!doctype html>", "HTML/XML"),
    ],
)
def test_what_is_no_photo_is_called_by_its_name(data: bytes, found: str) -> None:
    with pytest.raises(PhotoNotAnImage) as refused:
        images.accepted(data)
    assert refused.value.facts["found"] == found


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(a_png_that_claims(7000, 7000), "pixels", id="bomb-just-above-the-limit"),
        pytest.param(a_png_that_claims(60_000, 60_000), "pixels", id="bomb-far-above-the-limit"),
        pytest.param(a_picture("JPEG", (400, 400))[:700], "damaged", id="truncated-jpeg"),
        pytest.param(a_png_that_claims(6000, 6000), "damaged", id="png-with-too-few-pixels"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"GIF89a" * 20, "damaged", id="png-by-its-first-bytes-only"),
        pytest.param(b"\xff\xd8\xff<?php system($_GET[0]) ?>", "damaged", id="script-with-a-jpeg-head"),
        pytest.param(b"RIFF\x40\0\0\0WEBPVP8 " + b"\xff" * 60, "damaged", id="webp-of-noise"),
    ],
)
def test_a_bomb_or_a_broken_photo_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(PhotoRefused) as refused:
        images.accepted(data)
    assert refused.value.facts["reason"] == reason
    assert refused.value.facts["limit"]


def test_a_moving_picture_is_no_photo() -> None:
    written = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), shade) for shade in ("red", "blue")]
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(PhotoRefused) as refused:
        images.accepted(written.getvalue())
    assert refused.value.facts["reason"] == "frames"


def test_a_decoder_that_wants_too_much_memory_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MEMORY_BYTES", 120 * 1024 * 1024)
    with pytest.raises(PhotoRefused) as refused:
        images.accepted(a_picture("PNG", (6000, 6000)))
    assert refused.value.facts["reason"] == "effort"
