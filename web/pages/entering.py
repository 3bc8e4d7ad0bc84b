"""The one-time link in a letter: a page with one button, so that whoever only looks at letters uses nothing up."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Final
from urllib.parse import urlencode

from litestar import get, post
from litestar.response import Redirect, Template

from foundation.accounts import entering, rates
from foundation.accounts.cookies import session_cookie
from foundation.database.session import ReadSession, WriteSession
from web import errors
from web.forms import Form
from web.pages.rendering import page
from web.reader import Answer, PageRequest, actor_of

#: One address's allowance of links: one in six seconds, thirty at once, for many share an address.
EVERY: Final = timedelta(seconds=6)
BURST: Final = 30
#: What the page asks for names the house and not the link: logs keep referrers. The form still says where it comes from.
DISCREET: Final[Mapping[str, str]] = {"Referrer-Policy": "strict-origin"}


@get("/e/{token:str}", opt={"public": "the link in a letter is the key; looking at it uses nothing up"},
     include_in_schema=False, sync_to_thread=True)  # fmt: skip
def look_at_link(request: PageRequest, token: str, look: ReadSession) -> Answer:
    """One button. Whoever is signed in with a password goes on to the matter at once, and the link stays."""
    if _has_password(request) and (path := entering.leads_to(look, token)):
        return Redirect(path, status_code=303)
    return _page(request, token)


@post("/e/{token:str}", opt={"public": "the link in a letter is the key, once"}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def use_link(*, request: PageRequest, token: str, form: Form, db: WriteSession, now: datetime) -> Answer:
    """Begin the limited session; a link that opens nothing more leads to the sign-in page and on to its matter."""
    del form  # Its token was compared, where there is a session.
    address = request.client.host if request.client else None
    _spend(request, db, address)
    path = entering.leads_to(db, token)
    if path is not None and _has_password(request):
        return Redirect(path, status_code=303)
    agent = request.headers.get("user-agent")
    entered = entering.enter(db, token, user_agent=agent, address=address, now=now)
    if entered is None:
        return Redirect("/sign-in?" + urlencode({"back": path or "/", "link": "over"}), status_code=303)
    cookie = session_cookie(entered.session.token, secure=bool(request.app.state.secure_cookies))
    return Redirect(entered.path, status_code=303, cookies=[cookie])


def _page(request: PageRequest, token: str) -> Template:
    return page(request, "entering.html", headers=DISCREET, action=entering.path_of(token))


def _has_password(request: PageRequest) -> bool:
    actor = actor_of(request)
    return actor is not None and actor.limited_to is None


def _spend(request: PageRequest, db: WriteSession, address: str | None) -> None:
    """Raises TooOften."""
    machine_now = request.app.state.clock.machine_now()
    wait = rates.spend(db, f"entry-link:{address}", every=EVERY, burst=BURST, now=machine_now)
    if wait is not None:
        raise errors.TooOften(retry_after_s=ceil(wait.total_seconds()))


ROUTES: Final = [look_at_link, use_link]
