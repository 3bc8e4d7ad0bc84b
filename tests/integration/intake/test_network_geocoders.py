"""Network geocoders are asked as their makers document, and whatever goes wrong there is told as being away.

A small server on this machine stands in their place, by way of a proxy, so that the whole path is the real one.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from geopy.geocoders import options

from intake import datum, geocoding
from intake.geocoding import Found, GeocoderAway

ADDRESS: Final = "北京市东城区长安街 1 号"
#: Tiananmen on WGS 84, and in the datum in which Baidu answers.
GATE: Final = (39.90734, 116.39089)
GATE_BD09: Final = datum.from_wgs84(*GATE, datum="bd09")


def baidu(latitude: float, longitude: float) -> object:
    return {"status": 0, "result": {"location": {"lat": latitude, "lng": longitude}, "level": "旅游景点"}}


def nominatim(latitude: float, longitude: float) -> object:
    return [{"lat": str(latitude), "lon": str(longitude), "display_name": "天安门, 北京市"}]


def photon(latitude: float, longitude: float) -> object:
    place = {"geometry": {"coordinates": [longitude, latitude]}, "properties": {"name": "天安门", "city": "北京市"}}
    return {"features": [place]}


@dataclass(frozen=True)
class Provider:
    """How one is asked, and what it answers: a place, none, nowhere, and refusals of its own."""

    host: str
    path: str
    question: str
    answer: object
    matched: str
    nothing: object
    nowhere: object
    key: str | None = None


PROVIDERS: Final = {
    "nominatim": Provider(
        "nominatim.openstreetmap.org", "/search", "q", nominatim(*GATE), "天安门, 北京市", [], nominatim(0, 0)
    ),
    "photon": Provider(
        "photon.komoot.io", "/api", "q", photon(*GATE), "天安门, 北京市", {"features": []}, photon(0, 0)
    ),
    "baidu": Provider(
        "api.map.baidu.com", "/geocoding/v3/", "address", baidu(*GATE_BD09), "旅游景点", {"status": 0}, baidu(0, 0), "k"
    ),
}
EACH = pytest.mark.parametrize("name", list(PROVIDERS))


@dataclass
class Stand:
    """What stands in a geocoder's place: what it answers next, and what it was asked."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    is_silent: bool = False
    asked: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def answers(self, document: object) -> None:
        self.body = json.dumps(document).encode()


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    stand = Stand()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand.asked.append(self.path)
            if stand.is_silent:
                stand.ended.wait()
                return
            self.send_response(stand.status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.end_headers()
            self.wfile.write(stand.body)

        def log_message(self, *_said: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(options, "default_scheme", "http")
        monkeypatch.setattr(options, "default_proxies", {"http": f"http://127.0.0.1:{server.server_port}"})
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield stand
        stand.ended.set()
        server.shutdown()


def ask(name: str) -> Found | None:
    return geocoding.chosen(name, key=PROVIDERS[name].key)(ADDRESS)


@EACH
def test_an_address_is_asked_for_and_its_place_is_in_wgs84(stand: Stand, name: str) -> None:
    provider = PROVIDERS[name]
    stand.answers(provider.answer)
    found = ask(name)
    assert found is not None
    assert (found.latitude, found.longitude) == pytest.approx(GATE, abs=1e-6)
    assert (found.source, found.radius_m, found.matched) == (name, geocoding.STREET_RADIUS_M, provider.matched)
    (asked,) = (urlsplit(url) for url in stand.asked)
    assert (asked.netloc, asked.path) == (provider.host, provider.path)
    assert parse_qs(asked.query)[provider.question] == [ADDRESS]
    assert parse_qs(asked.query).get("ak") == ([provider.key] if provider.key else None)


@EACH
def test_an_address_nobody_knows_has_no_place(stand: Stand, name: str) -> None:
    for nothing in (PROVIDERS[name].nothing, PROVIDERS[name].nowhere):
        stand.answers(nothing)
        assert ask(name) is None


@EACH
@pytest.mark.parametrize(
    "status", [HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.FORBIDDEN]
)
def test_a_refusal_is_told_as_being_away(stand: Stand, name: str, status: HTTPStatus) -> None:
    stand.answers(PROVIDERS[name].answer)
    stand.status = status
    with pytest.raises(GeocoderAway, match=name):
        ask(name)


@EACH
@pytest.mark.parametrize("body", [b"<html>Sign in to this network</html>", b'{"error": "no"}', b"7", b"", b"\xff\xfe"])
def test_what_is_no_answer_of_a_geocoder_is_told_as_being_away(stand: Stand, name: str, body: bytes) -> None:
    stand.body = body
    with pytest.raises(GeocoderAway, match=name):
        ask(name)


@EACH
def test_silence_is_told_as_being_away(stand: Stand, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geocoding, "TIMEOUT_S", 0.2)
    stand.is_silent = True
    with pytest.raises(GeocoderAway, match=name):
        ask(name)
    assert len(stand.asked) == 1


@EACH
def test_nobody_at_the_other_end_is_told_as_being_away(
    stand: Stand, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "default_proxies", {"http": "http://127.0.0.1:1"})
    with pytest.raises(GeocoderAway, match=name):
        ask(name)


def test_a_key_that_baidu_refuses_is_told_as_being_away(stand: Stand) -> None:
    stand.answers({"status": 240, "message": "APP 服务被禁用"})
    with pytest.raises(GeocoderAway, match="baidu"):
        ask("baidu")
