"""Problem → answer, once: RFC 9457 `application/problem+json`, or the same as a page, in the reader's language."""

import logging
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import urlencode
from uuid import UUID

import anyio.to_thread
import msgspec
from litestar import Response
from litestar.background_tasks import BackgroundTask
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from escalation.notices import page_of
from foundation.accounts import security
from foundation.accounts.errors import PasswordNeeded, SignInDelayed
from foundation.clock import Clock
from foundation.database.conflicts import problem_from
from foundation.database.identity import new_id
from foundation.database.session import Sessions, unit_of_work
from foundation.language import translate
from foundation.ledger.chain import plain
from foundation.problems import Family, NotFound, Problem
from web import errors
from web.pages.rendering import page
from web.reader import Answer, PageRequest, actor_of, language_of, told_path, wants_page

logger = logging.getLogger("callout.web")

STATUS: Final[Mapping[Family, int]] = {
    Family.MISSING: 404,
    Family.CONFLICT: 409,
    Family.FORBIDDEN: 403,
    Family.INVALID: 422,
    Family.UNAVAILABLE: 503,
}
#: Problems whose standard status is finer than their family's.
STATUS_BY_CODE: Final[Mapping[str, int]] = {
    errors.SignInNeeded.code: 401,
    errors.MediaTypeWrong.code: 415,
    errors.TooLarge.code: 413,
    errors.TooOften.code: 429,
    SignInDelayed.code: 429,
    errors.MethodNotAllowed.code: 405,
    errors.OurFault.code: 500,
}
#: Characters of a path that a security event keeps.
PATH_LENGTH: Final = 200
#: From here on a status blames us.
INTERNAL: Final = 500
#: Seconds after which a caller may try again when a part is away.
RETRY_AFTER_S = 2


def status_of(problem: Problem) -> int:
    """The HTTP status of a Problem."""
    return STATUS_BY_CODE.get(problem.code, STATUS[problem.family])


def answer(request: PageRequest, problem: Problem, *, instance: UUID | None = None) -> Answer:
    """The Problem as its reader wants it: page or JSON, always with the same status; `instance` names this answer."""
    status = status_of(problem)
    language = language_of(request)
    facts = {name: plain(value) for name, value in problem.facts.items()}
    body = {
        "type": f"/problems/{problem.code}",
        "title": translate(language, f"problem.{problem.code}.title", **problem.facts),
        "status": status,
        "detail": translate(language, f"problem.{problem.code}.detail", **problem.facts),
        "instance": str(instance or new_id()),
    }
    headers = {"Content-Language": str(language), "Cache-Control": "no-store"}
    if status in {429, 503}:
        headers["Retry-After"] = str(problem.facts.get("retry_after_s", RETRY_AFTER_S))
    if status == 401:  # noqa: PLR2004 -- RFC 9110 demands the header with exactly this status
        headers["WWW-Authenticate"] = "Bearer"
    if wants_page(request):
        return page(request, "problem.html", status=status, headers=headers, problem=body)
    return Response({**facts, **body}, status_code=status, headers=headers, media_type="application/problem+json")


def on_problem(request: PageRequest, problem: Problem) -> Answer:
    """A refusal of the domain or of the edge. A visitor's page leads to sign-in and back."""
    if isinstance(problem, errors.SignInNeeded) and wants_page(request) and request.method == "GET":
        return Redirect("/sign-in?" + urlencode({"back": _place_of(request)}), status_code=303)
    if isinstance(problem, PasswordNeeded) and wants_page(request):
        return Redirect("/sign-in?" + urlencode({"back": _after_the_password(request)}), status_code=303)
    response = answer(request, problem)
    # Being asked to sign in first is no refusal: anybody can cause any number of those.
    if problem.family is Family.FORBIDDEN and not isinstance(problem, errors.SignInNeeded):
        response.background = BackgroundTask(_note_refusal, request, problem)
    return response


def _after_the_password(request: PageRequest) -> str:
    """The page asked for; after a form, the matter of the link that the person came by."""
    actor = actor_of(request)
    if request.method == "GET" or actor is None or actor.limited_to is None:
        return _place_of(request)
    return page_of(actor.limited_to)


def _place_of(request: PageRequest) -> str:
    """Path and query of the page asked for, so that a caller's number is still there after signing in."""
    query = request.scope["query_string"].decode("latin-1")
    return request.scope["path"] + (f"?{query}" if query else "")


async def _note_refusal(request: PageRequest, problem: Problem) -> None:
    """Keep the refusal for the security officer, in a transaction of its own: the refused one was rolled back."""
    await anyio.to_thread.run_sync(_write_refusal, request, problem)


def _write_refusal(request: PageRequest, problem: Problem) -> None:
    state = request.app.state
    facts = {"method": request.method, "path": told_path(request)[:PATH_LENGTH], **problem.facts}
    with unit_of_work(cast("Sessions", state.sessions)) as db:
        security.note(
            db, f"refused.{problem.code}", actor=actor_of(request), facts=facts, now=cast("Clock", state.clock).now()
        )


def on_http_exception(request: PageRequest, fault: HTTPException) -> Answer:
    """What the framework refuses, as one of our Problems; its own failures are faults of ours, not of the caller."""
    if fault.status_code >= INTERNAL:
        wrong = _wrong_in_body(fault)
        return on_fault(request, fault) if wrong is None else answer(request, errors.RequestWrong(errors=[wrong]))
    return answer(request, _from_http(fault))


def _wrong_in_body(fault: HTTPException) -> dict[str, str] | None:
    """The body's wrong field, if the framework took it for a dependency of the same name and so for a fault of ours."""
    if not isinstance(fault.__cause__, msgspec.ValidationError):
        return None
    said, _, place = str(fault.__cause__).partition(" - at `$.data.")
    return {"field": place.rstrip("`"), "message": said} if place else None


def on_database_fault(request: PageRequest, fault: SQLAlchemyError) -> Answer:
    """A constraint becomes its Problem, a lost connection becomes 503, everything else is our fault."""
    problem = errors.NotNow() if isinstance(fault, PoolTimeout) else problem_from(fault)
    if problem is None:
        return on_fault(request, fault)
    return answer(request, problem)


def on_fault(request: PageRequest, fault: Exception) -> Answer:
    """A fault of ours: logged once, here, under the instance that the reader sees."""
    instance = new_id()
    response = answer(request, errors.OurFault(), instance=instance)
    logger.error("fault %s in %s %s", instance, request.method, told_path(request), exc_info=fault)
    return response


def _from_http(fault: HTTPException) -> Problem:
    match fault.status_code:
        case 404:
            return NotFound()
        case 405:
            return errors.MethodNotAllowed()
        case 413:
            return errors.TooLarge()
        case 415:
            return errors.MediaTypeWrong(expected="application/json")
        case _:
            return errors.RequestWrong(errors=_field_errors(fault))


def _field_errors(fault: HTTPException) -> list[dict[str, str]]:
    """Each wrong field with the decoder's words; the words are English, the Problem around them is translated."""
    if isinstance(fault, ValidationException) and isinstance(fault.extra, list):
        return [{"field": str(item.get("key", "")), "message": str(item.get("message", ""))} for item in fault.extra]
    return [{"field": "", "message": fault.detail}]
