"""The first page of those whose work isn't the board: their cases, or what an administrator looks after."""

from datetime import datetime
from typing import Final

from litestar import get
from litestar.response import Template

from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession
from intake import boards
from intake import permissions as intake_permissions
from web.pages.doings import doings_of
from web.pages.places import START
from web.pages.rendering import page
from web.reader import PageRequest

#: Cases shown; whoever has more searches.
MOST_CASES: Final = 50


@get(START.path, opt={"permission": START.permission}, include_in_schema=False, sync_to_thread=True)
def start(request: PageRequest, look: ReadSession, actor: Actor, now: datetime) -> Template:
    """The cases this person may read, and what they administer."""
    reads = may(actor, intake_permissions.READ)
    cases = boards.search(look, now=now, limit=MOST_CASES) if reads else None
    return page(request, "start.html", cases=cases, doings=doings_of(actor), here=START.name)


ROUTES: Final = [start]
