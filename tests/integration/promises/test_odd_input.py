"""Bad and odd input gets its documented answer (domain §10), never a 5xx: nothing a caller sends is a fault of ours."""

import struct
import zlib
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Final, cast

import httpx
import msgspec
import pytest
from PIL import Image

from foundation.database.identity import new_id
from tests.integration.promises.examples import an_upload, at
from tests.integration.promises.failing_commits import FullDisk
from tests.town import GENERAL, Town

CALL: Final[Mapping[str, object]] = {"caller_phone": "13800138000", "sentence": "It stopped."}
Busy = tuple[Town, FullDisk]


def raw(
    town: Town,
    content: bytes,
    *,
    media_type: str = "application/json",
    path: str = "/complaints",
    method: str = "POST",
    **headers: str,
) -> httpx.Response:
    """These very bytes, as an agent's browser would send them."""
    sent = {**town.headers("agent"), "Content-Type": media_type, **headers}
    return town.client.request(method, "/api/v1" + path, content=content, headers=sent)


def with_call(**more: object) -> bytes:
    return msgspec.json.encode({**CALL, **more})


NUL: Final = "a\x00b"
DEEP: Final = b'{"caller_phone":"13800138000","sentence":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
BODIES: Final[dict[str, tuple[bytes, int]]] = {
    "NUL in a text": (with_call(sentence=NUL), 422),
    "NUL in a line": (with_call(caller_name=NUL), 422),
    "a control character in a line": (with_call(caller_name="a\x07b"), 422),
    "only white space": (with_call(sentence=" \t "), 422),
    "an empty sentence": (with_call(sentence=""), 422),
    "a lone surrogate": (b'{"caller_phone":"13800138000","sentence":"\\ud800"}', 422),
    "bytes that are no UTF-8": (b'{"caller_phone":"13800138000","sentence":"\xff\xfe"}', 422),
    "an integer of 400 digits": (
        b'{"caller_phone":"13800138000","sentence":"x","latitude":1' + b"0" * 400 + b',"longitude":1}',
        422,
    ),
    "a float beyond all floats": (b'{"caller_phone":"13800138000","sentence":"x","latitude":1e999,"longitude":1}', 422),
    "NaN": (b'{"caller_phone":"13800138000","sentence":"x","latitude":NaN,"longitude":1}', 422),
    "twenty thousand brackets": (DEEP, 422),
    "a number where a text belongs": (with_call(sentence=5), 422),
    "null where a text belongs": (with_call(sentence=None), 422),
    "an unknown field": (with_call(colour="red"), 422),
    "an unknown field within the facts": (with_call(facts={"mood": "bad"}), 422),
    "an unknown word": (with_call(facts={"injury": "maybe"}), 422),
    "a list instead of an object": (b"[]", 422),
    "nothing at all": (b"", 422),
    "half an object": (b'{"caller_phone":', 422),
    "a phone that is none": (with_call(caller_phone="ring ring"), 422),
    "a phone of spaces": (with_call(caller_phone="   "), 422),
    "a latitude beyond the pole": (with_call(latitude=91, longitude=0), 422),
    "half a position": (with_call(latitude=31), 422),
    "an unknown datum": (with_call(latitude=31, longitude=121, datum="mars"), 422),
    "a time without its zone": (with_call(called_at="2026-11-24T00:00:00"), 422),
    "the year one": (with_call(called_at="0001-01-01T00:00:00Z"), 422),
    "the year 9999": (with_call(called_at="9999-12-31T23:59:59-12:00"), 422),
    "a sentence of five thousand characters": (with_call(sentence="x" * 5000), 422),
    "an id that is no UUID": (with_call(customer_id="42"), 422),
    "a region nobody knows": (with_call(region_code="atlantis"), 422),
    "a body beyond the limit": (with_call(access_notes="x" * 80_000), 413),
    # Odd, but the caller is in distress: taken.
    "decomposed letters": (with_call(caller_name="e\u0301"), 201),
    "letters from right to left, and a family of emoji": (with_call(sentence="תקוע 👨‍👩‍👧‍👦 吊钩"), 201),
    "zero as a position": (with_call(latitude=0, longitude=0), 201),
    "a full-width phone": (with_call(caller_phone="１３８００１３８０００"), 201),
    "the same key twice": (b'{"caller_phone":"13800138000","sentence":"x","sentence":"y"}', 201),
    "a serial number nobody knows": (with_call(serial_number="NO-SUCH-UNIT-1"), 201),
    "a serial number that is an attack": (with_call(serial_number="'; DROP TABLE complaints; --"), 201),
    "a customer nobody knows": (with_call(customer_id="01900000-0000-7000-8000-000000000000"), 201),
    "a site nobody knows": (with_call(site_id="01900000-0000-7000-8000-000000000000"), 201),
    "an address nobody finds": (with_call(address="Hinter den sieben Bergen"), 201),
}


@pytest.mark.parametrize(("content", "status"), BODIES.values(), ids=list(BODIES))
def test_an_odd_call_gets_its_documented_answer(busy_town: Busy, content: bytes, status: int) -> None:
    town, _ = busy_town
    answer = raw(town, content)
    assert answer.status_code == status, answer.text
    if status != 201:
        assert_problem(answer)
        assert answer.json()["type"] == "/problems/request-wrong" or answer.json()["detail"]
    town.works.rest()


def assert_problem(answer: httpx.Response) -> None:
    """RFC 9457, whatever went wrong."""
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert {"type", "title", "status", "detail", "instance"} <= answer.json().keys()
    assert answer.json()["status"] == answer.status_code


MEDIA: Final[dict[str, tuple[str, bytes, int]]] = {
    "JSON as text": ("text/plain", with_call(), 415),
    "JSON as a form": ("application/x-www-form-urlencoded", with_call(), 415),
    "a form with files": ("multipart/form-data; boundary=x", b"--x--", 415),
    "no type at all": ("", with_call(), 415),
    "a type that is none": ("application/json/x; ;;=", with_call(), 415),
    "JSON with its alphabet": ("application/json; charset=utf-8", with_call(), 201),
    "JSON in sixteen bits": ("application/json; charset=utf-16", with_call().decode().encode("utf-16"), 422),
    "MessagePack": ("application/x-msgpack", msgspec.msgpack.encode(CALL), 415),
}


@pytest.mark.parametrize(("media_type", "content", "status"), MEDIA.values(), ids=list(MEDIA))
def test_a_body_is_taken_only_as_what_it_is_declared_to_be(
    busy_town: Busy, media_type: str, content: bytes, status: int
) -> None:
    town, _ = busy_town
    answer = raw(town, content, media_type=media_type)
    assert answer.status_code == status, answer.text


PATHS: Final[dict[str, tuple[str, int]]] = {
    "an unknown query key": ("/complaints?colour=red", 422),
    "a limit beyond all limits": ("/complaints?limit=99999999999999999999", 422),
    "a limit of a hundred and one": ("/complaints?limit=101", 422),
    "no limit": ("/complaints?limit=0", 422),
    "a limit in words": ("/complaints?limit=all", 422),
    "a cursor we never gave": ("/complaints?cursor=!!!", 422),
    "a cursor with a NUL inside": ("/complaints?cursor=WyJcdTAwMDAiLCJcdTAwMDAiXQ", 422),
    "a cursor of another list": ("/complaints?cursor=WyJhIiwiYiJd", 422),
    "a stage nobody knows": ("/complaints?stage=dreaming", 422),
    "a question with a NUL": ("/complaints?q=%00", 200),
    "a question that is no UTF-8": ("/complaints?q=%ff%fe", 200),
    "a question of operators": ("/complaints?q=%26%7C%21%28%3A%2A%27%22%5C", 200),
    "a question too long": ("/complaints?q=" + "x" * 101, 422),
    "a region with a NUL": ("/complaints?region=%00", 200),
    "a number with a NUL": ("/complaints/2026-%00", 404),
    "a number that is no UTF-8": ("/complaints/%ff", 404),
    "a number of ten thousand digits": ("/complaints/" + "9" * 10_000, 404),
    "a number that climbs": ("/complaints/..%2f..%2fetc%2fpasswd", 404),
    "an id that is no UUID": ("/escalations/42", 404),
    "a version beyond all integers": ("/policies/versions/99999999999999999999", 422),
    "a version in words": ("/policies/versions/latest", 404),
    "a hash that is none": ("/records/xyz", 422),
    "a path nobody made": ("/nothing/here", 404),
    "days beyond all days": ("/certificates/expiring?days=999999999999", 422),
}


@pytest.mark.parametrize(("path", "status"), PATHS.values(), ids=list(PATHS))
def test_an_odd_address_gets_its_documented_answer(busy_town: Busy, path: str, status: int) -> None:
    town, _ = busy_town
    answer = town.ask("agent", "GET", path)
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert_problem(answer)


HEADERS: Final[dict[str, tuple[dict[str, str], int]]] = {
    "a cookie of nonsense": ({"Cookie": "__Host-session=\x80\xff; =; ;;;"}, 401),
    "a cookie of ten thousand characters": ({"Cookie": "__Host-session=" + "x" * 10_000}, 401),
    "two sessions": ({"Cookie": "__Host-session=a; __Host-session=b"}, 401),
    "a token of nonsense": ({"Authorization": "Bearer \x80\xff"}, 401),
    "a token with a NUL": ({"Authorization": "Bearer a b"}, 401),
    "another scheme": ({"Authorization": "Basic YWdlbnQ6YWdlbnQ="}, 401),
    "a language of nonsense": ({"Accept-Language": ";;q=,,;q=x\x80", "Cookie": ""}, 401),
}


@pytest.mark.parametrize(("headers", "status"), HEADERS.values(), ids=list(HEADERS))
def test_an_odd_header_is_nobody(busy_town: Busy, headers: dict[str, str], status: int) -> None:
    town, _ = busy_town
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = town.client.request("GET", "/api/v1/complaints", headers=cast("dict[str, str]", encoded))
    assert answer.status_code == status, answer.text
    assert_problem(answer)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-CSRF-Token": "wrong"}, 403), ({"X-CSRF-Token": "\x80\xff"}, 403), ({"X-CSRF-Token": ""}, 403),
        ({"Origin": "https://evil.test"}, 403), ({"Origin": "null"}, 403), ({"Origin": "http://[::1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Idempotency-Key": "short"}, 422),
        ({"Idempotency-Key": "with space and \x80"}, 422), ({"Idempotency-Key": "x" * 101}, 422),
    ],
)  # fmt: skip
def test_a_forged_or_broken_request_changes_nothing(busy_town: Busy, headers: dict[str, str], status: int) -> None:
    town, _ = busy_town
    before = town.rows("SELECT 1 FROM complaints")
    sent = {**town.headers("agent"), "Content-Type": "application/json", **headers}
    encoded = {name: value.encode("latin-1") for name, value in sent.items()}
    answer = town.client.request(
        "POST", "/api/v1/complaints", content=with_call(), headers=cast("dict[str, str]", encoded)
    )
    assert answer.status_code == status, answer.text
    assert len(town.rows("SELECT 1 FROM complaints")) == len(before)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("DELETE", "/complaints", 405), ("PUT", "/complaints", 405), ("TRACE", "/complaints", 405)],
)
def test_a_wrong_method_is_said_to_be_one(busy_town: Busy, method: str, path: str, status: int) -> None:
    town, _ = busy_town
    assert town.ask("agent", method, path).status_code == status


# ---- the table of domain §10


def test_an_unknown_serial_number_is_taken_and_marked(busy_town: Busy) -> None:
    town, _ = busy_town
    answer = town.take_call(serial="NO-SUCH-UNIT-2")
    assert "equipment" in cast("list[str]", answer["to_complete"])
    assert town.complaint(str(answer["number"])).to_be_identified


def test_the_same_caller_with_an_open_case_is_warned_and_taken(busy_town: Busy) -> None:
    town, _ = busy_town
    first = town.report(serial="SC200-7", facts=GENERAL)
    second = town.take_call(serial="SC200-7", facts=GENERAL)
    assert first in {one["number"] for one in cast("list[dict[str, object]]", second["duplicates"])}


def test_a_call_without_a_place_waits_for_the_dispatcher_to_place_it(busy_town: Busy) -> None:
    town, _ = busy_town
    answer = town.take_call(serial=None)
    assert "position" in cast("list[str]", answer["to_complete"])
    assert town.complaint(str(answer["number"])).to_be_placed


def test_coordinates_in_another_datum_are_converted_and_both_kept(busy_town: Busy) -> None:
    town, _ = busy_town
    number = town.report(serial=None, latitude=31.2304, longitude=121.4737, datum="gcj02")
    row = town.complaint(number)
    assert (row.given_latitude, row.given_longitude, row.datum) == (31.2304, 121.4737, "gcj02")
    assert 0.0005 < abs(row.longitude - 121.4737) < 0.01


@pytest.mark.parametrize(("hours", "reason"), [(1, "in-the-future"), (-24 * 31, "too-old")])
def test_a_call_from_the_future_or_from_long_ago_is_a_readable_field_error(
    busy_town: Busy, hours: int, reason: str
) -> None:
    town, _ = busy_town
    called_at = (town.now + timedelta(hours=hours)).isoformat()
    answer = town.ask("agent", "POST", "/complaints", {**CALL, "called_at": called_at})
    assert answer.status_code == 422
    assert (answer.json()["field"], answer.json()["reason"]) == ("called_at", reason)


def test_an_act_the_stage_does_not_allow_names_the_stage_and_what_it_allows(busy_town: Busy) -> None:
    town, _ = busy_town
    number = town.report(serial=None)
    answer = town.ask("dispatcher", "POST", f"/complaints/{number}/resumption", {})
    assert answer.status_code == 409
    assert answer.json()["stage"] == town.stage(number)
    assert "WITHDRAW" in answer.json()["allowed"]


@pytest.mark.parametrize(("strokes", "reason"), [([], "empty"), ([[{"x": 9, "y": 9, "t": 0}]], "dot")])
def test_a_signature_that_is_none_is_asked_for_again(busy_town: Busy, strokes: list[object], reason: str) -> None:
    town, _ = busy_town
    number, who = at("repaired")(town)
    form = town.a_signed_form(town.get(who, f"/complaints/{number}/feedback-form"))
    form["signature"] = {"width": 400, "height": 150, "strokes": strokes}
    answer = town.ask(who, "POST", f"/complaints/{number}/feedback", form)
    assert (answer.status_code, answer.json()["reason"]) == (422, reason)
    form = town.a_signed_form(town.get(who, f"/complaints/{number}/feedback-form"))
    assert town.ask(who, "POST", f"/complaints/{number}/feedback", form).status_code == 201
    town.works.rest()


def a_bomb() -> bytes:
    """A PNG of a few kilobytes that says it has 30,000 × 30,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\x00" * 30_001))
        + chunk(b"IEND", b"")
    )


def a_gif() -> bytes:
    made = BytesIO()
    Image.new("P", (8, 8)).save(made, "GIF")
    return made.getvalue()


PHOTOS: Final = {
    "no image": b"hello", "nothing": b"", "a bomb": a_bomb(), "a script": b"<svg onload='alert(1)'/>",
    "an image cut short": b"\xff\xd8\xff\xe0" + b"\x00" * 200, "too large": b"\xff\xd8" + b"\x00" * (9 * 1024 * 1024),
}  # fmt: skip


def test_a_photo_that_can_not_be_taken_is_refused_with_its_limit_and_the_rest_is_kept(busy_town: Busy) -> None:
    town, _ = busy_town
    number, who = at("on_site")(town)
    for name, content in PHOTOS.items():
        body, media_type = an_upload(town, content)
        sent = {**town.headers(who), "Content-Type": media_type}
        answer = town.client.request("POST", f"/api/v1/complaints/{number}/photos", content=body, headers=sent)
        assert answer.status_code in {413, 422}, (name, answer.text)
        assert_problem(answer)
    town.command(
        number,
        who,
        "reported",
        report={"cause": {"component": "a", "symptom": "b", "category": "use"}, "work_done": "c", "works_again": "yes"},
    )
    assert len(cast("list[object]", town.get(who, f"/complaints/{number}/visits")["reports"])) == 1


@pytest.mark.parametrize("kind", ["set_off", "arrived", "finished", "dance"])
def test_an_odd_command_of_a_phone_gets_an_answer(busy_town: Busy, kind: str) -> None:
    town, _ = busy_town
    number, who = at("assigned")(town)
    command = town.a_command(number, who, kind, sequence=2**31, done_at="1970-01-01T00:00:00Z")
    answer = town.ask(who, "PUT", f"/commands/{command['id']}", command)
    assert answer.status_code == 422
    command |= {"sequence": 1, "done_at": (town.now - timedelta(days=400)).isoformat(), "skew_s": 1e8}
    other = town.ask(who, "PUT", f"/commands/{new_id()}", command)
    assert other.status_code == 422
