"""The only way in which bots change the system: its API, each actor with their own session or token."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeAlias, cast

import httpx

from foundation.clock import stopwatch
from foundation.database.identity import new_id

Json: TypeAlias = Mapping[str, object]

#: Seconds an answer may take before it counts as an error, and seconds until the same request is sent again.
TIMEOUT_S: Final = 20.0
AGAIN_S: Final = 1.0
TRIES: Final = 3
#: Requests under way at once; a busy morning has no more phones.
AT_ONCE: Final = 24
#: The cookie where TLS can't be had, and one that stops the client from sending somebody else's.
COOKIE: Final = "session"
NOBODY: Final = "none=1"


class Refused(Exception):
    """The system said no: status and problem code. Part of life, not an error."""

    def __init__(self, status: int, code: str) -> None:
        """Keep what was answered."""
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Failed(Exception):
    """No answer, or one that must not be: 5xx. Counted as an error."""


@dataclass(slots=True)
class Tally:
    """What was answered: by status, refusals by problem code, errors in words; seconds that answers took."""

    statuses: Counter[int] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    sign_ins: int = 0
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Session:
    cookie: str
    csrf: str


@dataclass(slots=True)
class Api:
    """The API as the bots see it. `password` is everybody's; sessions are opened when somebody first acts."""

    http: httpx.AsyncClient
    password: str
    token: str
    tally: Tally = field(default_factory=Tally)
    _sessions: dict[str, _Session] = field(default_factory=dict)
    _doors: dict[str, asyncio.Lock] = field(default_factory=dict)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def post(self, path: str, body: Json | None = None, *, login: str | None) -> Json:
        """Send a change as `login`, as the other system where None, with an Idempotency-Key; the answer's body.

        A request without an answer is sent again under the same key. Raises Refused, Failed.
        """
        return await self._send("POST", path, body, login=login, key=new_id().hex)

    async def get(self, path: str, *, login: str) -> Json:
        """Read as `login`. Raises Refused, Failed."""
        return await self._send("GET", path, None, login=login, key=None)

    async def post_public(self, path: str, body: Json) -> Json:
        """Send as a customer, whose link's secret is in the body. Raises Refused, Failed."""
        return await self._ask("POST", path, {"json": body}, {"cookie": NOBODY, "idempotency-key": new_id().hex})

    async def upload(self, path: str, image: bytes, fields: Mapping[str, str], *, login: str) -> Json:
        """Send a photo. Raises Refused, Failed."""
        headers = {**await self._headers(login), "idempotency-key": new_id().hex}
        files = {"image": ("photo.jpg", image, "image/jpeg")}
        return await self._ask("POST", path, {"files": files, "data": dict(fields)}, headers)

    async def is_up(self) -> bool:
        """Whether the web process answers."""
        try:
            answer = await self.http.get("/sign-in", headers={"cookie": NOBODY})
        except httpx.HTTPError:
            return False
        return answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR

    async def _send(self, method: str, path: str, body: Json | None, *, login: str | None, key: str | None) -> Json:
        given: dict[str, object] = {} if body is None else {"json": body}
        keyed = {} if key is None else {"idempotency-key": key}
        try:
            return await self._ask(method, path, given, {**await self._headers(login), **keyed})
        except Refused as refused:
            if refused.code != "sign-in-needed" or login is None:
                raise
        self._sessions.pop(login, None)  # The session ended: it was idle for longer than sessions live.
        return await self._ask(method, path, given, {**await self._headers(login), **keyed})

    async def _headers(self, login: str | None) -> dict[str, str]:
        if login is None:
            return {"authorization": f"Bearer {self.token}", "cookie": NOBODY}
        async with self._doors.setdefault(login, asyncio.Lock()):
            if login not in self._sessions:
                self._sessions[login] = await self._sign_in(login)
        session = self._sessions[login]
        return {"cookie": f"{COOKIE}={session.cookie}", "x-csrf-token": session.csrf}

    async def _sign_in(self, login: str) -> _Session:
        body = {"login": login, "password": self.password}
        answer = await self._answer("POST", "/api/v1/session", {"json": body}, {"cookie": NOBODY})
        cookie = answer.cookies.get(COOKIE) or ""
        self.tally.sign_ins += 1
        return _Session(cookie, str(cast("Json", answer.json())["csrf"]))

    async def _ask(self, method: str, path: str, given: Mapping[str, object], headers: Mapping[str, str]) -> Json:
        answer = await self._answer(method, f"/api/v1{path}", given, headers)
        return cast("Json", answer.json()) if answer.content else {}

    async def _answer(
        self, method: str, path: str, given: Mapping[str, object], headers: Mapping[str, str]
    ) -> httpx.Response:
        for turn in range(TRIES):
            try:
                return await self._once(method, path, given, headers)
            except Failed as failed:
                self.tally.errors[str(failed)] += 1
                if turn == TRIES - 1:
                    raise
                await asyncio.sleep(AGAIN_S)
        raise Failed("never tried")

    async def _once(
        self, method: str, path: str, given: Mapping[str, object], headers: Mapping[str, str]
    ) -> httpx.Response:
        async with self._room:
            began = stopwatch()
            try:
                answer = await self.http.request(method, path, headers=dict(headers), **given)  # type: ignore[arg-type]  # One of json, files and data.
            except httpx.HTTPError as error:
                raise Failed(type(error).__name__) from error
            finally:
                self.http.cookies.clear()  # Each actor has a session of their own.
            self.tally.seconds.append(stopwatch() - began)
        self.tally.statuses[answer.status_code] += 1
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Failed(f"{answer.status_code} {method} {_shape(path)}")
        if answer.is_error:
            code = _code_of(answer)
            self.tally.refusals[f"{answer.status_code} {code}"] += 1
            raise Refused(answer.status_code, code)
        return answer


def _code_of(answer: httpx.Response) -> str:
    """The problem's code of an RFC 9457 answer."""
    try:
        body = cast("Json", answer.json())
    except ValueError:
        return "unreadable"
    return str(body.get("type", "unknown")).rsplit("/", 1)[-1]


def _shape(path: str) -> str:
    """The path without numbers and ids, so that errors of one kind are counted together."""
    parts = path.split("/")
    return "/".join("…" if any(letter.isdigit() for letter in part) and part != "v1" else part for part in parts)
