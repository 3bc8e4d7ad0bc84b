"""API tokens: which other systems may do what, a new one seen once, and ending one for good."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy import select

from foundation.accounts import actions, permissions, queries
from foundation.accounts.models import ApiToken
from foundation.accounts.roles import Actor
from foundation.accounts.schemas import TokenWish
from foundation.database.session import ReadSession, WriteSession
from foundation.problems import Problem
from web import forms, responses
from web.forms import Form
from web.pages.rendering import page
from web.reader import Answer, PageRequest

TOKENS: Final = 200

Ticked = Mapping[str, Sequence[str]]


@get("/admin/tokens", opt={"permission": permissions.MANAGE_TOKENS}, include_in_schema=False, sync_to_thread=True)
def tokens(request: PageRequest, look: ReadSession, saved: str = "") -> Template:
    """All API tokens without their secrets, and the form for another."""
    return _tokens(request, look, saved=bool(saved), secret=None, entered={}, problem=None)


@post("/admin/tokens", opt={"permission": permissions.MANAGE_TOKENS}, include_in_schema=False, sync_to_thread=True)
def add_token(
    *, request: PageRequest, form: Form, ticked: Ticked, db: WriteSession, actor: Actor, now: datetime
) -> Template:
    """Make a token. Its secret is in this answer and nowhere else: no redirection, no second look."""
    secret = None
    with forms.attempt(db) as tried:
        regions = list(ticked.get("regions", ())) or None
        wish = forms.shaped(
            {"name": form.get("name"), "powers": list(ticked.get("powers", ())), "regions": regions}, TokenWish
        )
        made = actions.add_token(
            db, wish.name, powers=wish.powers, regions=wish.regions, known_powers=request.app.state.get("powers"),
            actor=actor, now=now,
        )  # fmt: skip
        secret = made.secret
    return _tokens(request, db, saved=False, secret=secret, entered=form, problem=tried.problem)


@post("/admin/tokens/{token_id:uuid}/end", opt={"permission": permissions.MANAGE_TOKENS}, include_in_schema=False,
      status_code=303, sync_to_thread=True)  # fmt: skip
def end_token(
    *, request: PageRequest, token_id: UUID, form: Form, db: WriteSession, actor: Actor, now: datetime
) -> Answer:
    """End a token for good."""
    del form
    with forms.attempt(db) as tried:
        actions.revoke_token(db, token_id, actor=actor, now=now)
    if tried.problem is None:
        return Redirect("/admin/tokens?saved=1", status_code=303)
    return _tokens(request, db, saved=False, secret=None, entered={}, problem=tried.problem)


def _tokens(
    request: PageRequest, look: ReadSession, *, saved: bool, secret: str | None, entered: Form, problem: Problem | None
) -> Template:
    found = look.scalars(select(ApiToken).order_by(ApiToken.created_at.desc()).limit(TOKENS))
    return page(
        request, "admin_tokens.html", status=200 if problem is None else responses.status_of(problem), here="admin",
        tokens=list(found), powers=sorted(request.app.state.get("powers", ())), secret=secret, entered=entered,
        regions=[region.code for region in queries.regions(look)], saved=saved, problem=problem,
    )  # fmt: skip


ROUTES: Final = [tokens, add_token, end_token]
