"""Sign-in, sign-out and the choice of language: pages that work before anybody is known."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, cast

import anyio.to_thread
from litestar import get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template

import dispatch.queries
from foundation.accounts import permissions, signing_in
from foundation.accounts.authenticating import Authenticated
from foundation.accounts.cookies import session_cookie, session_cookie_gone
from foundation.accounts.errors import SignInDelayed, SignInFailed
from foundation.accounts.roles import Role
from foundation.clock import Clock
from foundation.database.session import EVERYTHING, Sessions, reading, unit_of_work
from foundation.language import Language, translate
from foundation.problems import NotFound
from web import forms
from web.pages import places
from web.pages.rendering import THEMES, page
from web.reader import LANGUAGE_COOKIE, THEME_COOKIE, Answer, PageRequest, actor_of, language_of


class Guide(Protocol):
    """Somebody invented whom the tour shows."""

    @property
    def login(self) -> str:
        """What they sign in with."""


class Tour(Protocol):
    """What a demo shows on the sign-in page."""

    @property
    def password(self) -> str:
        """Everybody's password."""

    @property
    def people(self) -> Sequence[Guide]:
        """One of each kind."""

    @property
    def field(self) -> Sequence[Guide]:
        """Everybody whose telephone may ring."""


#: Seconds a browser keeps a choice of language or look: a year.
CHOICE_AGE_S: Final = 365 * 24 * 3600


@get("/sign-in", opt={"public": "nobody is known before"}, include_in_schema=False, sync_to_thread=True)
def sign_in_page(request: PageRequest, back: str = "/", link: str = "") -> Answer:
    """The form; whoever is signed in with a password goes on. `link=over`: they came by a link that opens nothing more."""
    actor = actor_of(request)
    if actor is not None and actor.role is not None and actor.limited_to is None:
        return Redirect(_onward(back, actor.role), status_code=303)
    login = actor.label if actor else ""
    return _form(request, login=login, back=back, link_is_over=link == "over", ringing=_ringing(request))


def _ringing(request: PageRequest) -> Mapping[str, str]:
    """Whose telephone rings for which case in a demo, by login; anywhere else a stranger is told nothing."""
    state = request.app.state
    if state.demo is None:
        return {}
    with reading(cast("Sessions", state.sessions), EVERYTHING) as look:
        return dispatch.queries.ringing(look, now=cast("Clock", state.clock).now())


@post("/sign-in", opt={"public": "nobody is known before"}, include_in_schema=False, status_code=303)
async def sign_in(request: PageRequest) -> Answer:
    """Open a session; a wrong password shows the form again with what was typed, except the password."""
    fields = await forms.read(request)
    login, back = fields.get("login", ""), forms.local_path(fields.get("back"))
    try:
        opened = await anyio.to_thread.run_sync(_open, request, login, fields.get("password", ""))
    except (SignInFailed, SignInDelayed) as refused:
        said = translate(language_of(request), f"problem.{refused.code}.detail", **refused.facts)
        status = 429 if isinstance(refused, SignInDelayed) else 401
        return _form(request, login=login, back=back, problem=said, status=status)
    await _leave_limited(request)
    cookie = session_cookie(opened.token, secure=_secure(request))
    return Redirect(_onward(back, Role(opened.role)), status_code=303, cookies=[cookie])


async def _leave_limited(request: PageRequest) -> None:
    """The session that a link began has served when its person gives the password: it ends."""
    auth = cast("Authenticated | None", request.scope.get("auth"))
    if auth is not None and auth.actor.limited_to is not None:
        await anyio.to_thread.run_sync(_close, request, auth)


def _onward(back: str, role: Role) -> str:
    """Where somebody goes on after signing in: back to the page they wanted, else to the first one of their role."""
    path = forms.local_path(back)
    return places.landing(role) if path == "/" else path


@post("/sign-in/demo", opt={"public": "a demo's people and their password are invented and shown to everybody"},
      include_in_schema=False, status_code=303)  # fmt: skip
async def sign_in_demo(request: PageRequest) -> Answer:
    """One press on the tour of a demo: sign in as one of its shown people. Raises NotFound anywhere else."""
    fields = await forms.read(request)
    demo = cast("Tour | None", request.app.state.demo)
    login = fields.get("login", "")
    if demo is None or login not in {person.login for person in (*demo.people, *demo.field)}:
        raise NotFound(login=login[:100])
    opened = await anyio.to_thread.run_sync(_open, request, login, demo.password)
    cookie = session_cookie(opened.token, secure=_secure(request))
    return Redirect(places.landing(Role(opened.role)), status_code=303, cookies=[cookie])


@post("/sign-out", opt={"permission": permissions.LEAVE}, include_in_schema=False, status_code=303)
async def sign_out(request: PageRequest) -> Answer:
    """Revoke the session for good."""
    await forms.read(request)
    auth = cast("Authenticated", request.scope["auth"])
    await anyio.to_thread.run_sync(_close, request, auth)
    return Redirect("/sign-in", status_code=303, cookies=[session_cookie_gone(secure=_secure(request))])


@post("/language", opt={"public": "a choice of the browser"}, include_in_schema=False, status_code=303)
async def choose_language(request: PageRequest) -> Answer:
    """Remember the language in this browser and show the same page again."""
    fields = await forms.read(request)
    wanted = fields.get("language")
    language = Language(wanted) if wanted in set(Language) else language_of(request)
    cookie = Cookie(key=LANGUAGE_COOKIE, value=language, path="/", max_age=CHOICE_AGE_S, samesite="lax")
    return Redirect(forms.local_path(fields.get("back")), status_code=303, cookies=[cookie])


@post("/theme", opt={"public": "a choice of the browser"}, include_in_schema=False, status_code=303)
async def choose_theme(request: PageRequest) -> Answer:
    """Remember the look in this browser and show the same page again."""
    fields = await forms.read(request)
    wanted = fields.get("theme", "")
    theme = wanted if wanted in THEMES else THEMES[0]
    cookie = Cookie(key=THEME_COOKIE, value=theme, path="/", max_age=CHOICE_AGE_S, samesite="lax")
    return Redirect(forms.local_path(fields.get("back")), status_code=303, cookies=[cookie])


def _form(
    request: PageRequest, *, login: str, back: str, problem: str | None = None, status: int = 200,
    link_is_over: bool = False, ringing: Mapping[str, str] | None = None,
) -> Template:  # fmt: skip
    return page(
        request,
        "sign_in.html",
        status=status,
        login=login,
        back=forms.local_path(back),
        problem=problem,
        link_is_over=link_is_over,
        ringing=ringing or {},
        demo=request.app.state.demo,
    )


def _secure(request: PageRequest) -> bool:
    return bool(request.app.state.secure_cookies)


def _open(request: PageRequest, login: str, password: str) -> signing_in.SignedIn:
    state = request.app.state
    return signing_in.sign_in(
        cast("Sessions", state.sessions),
        login=login,
        password=password,
        user_agent=request.headers.get("user-agent"),
        address=request.client.host if request.client else None,
        now=cast("Clock", state.clock).now(),
    )


def _close(request: PageRequest, auth: Authenticated) -> None:
    state = request.app.state
    with unit_of_work(cast("Sessions", state.sessions)) as db:
        signing_in.sign_out(db, auth.session_id, now=cast("Clock", state.clock).now())


ROUTES: Final = [sign_in_page, sign_in, sign_in_demo, sign_out, choose_language, choose_theme]
