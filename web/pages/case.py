"""The case page: what a complaint is about, its promises and its timeline from the ledger."""

from typing import Final
from uuid import UUID

from litestar import get
from litestar.response import Template

from foundation.accounts.roles import Actor, may
from foundation.database.session import ReadSession
from foundation.language import Language
from intake import boards, permissions, queries, schemas
from web.pages.rendering import page
from web.pages.timeline import TimelineEntry, timeline
from web.reader import PageRequest, language_of


@get("/complaints/{number:str}", opt={"permission": permissions.READ}, include_in_schema=False, sync_to_thread=True)
def case(request: PageRequest, look: ReadSession, actor: Actor, number: str) -> Template:
    """Everything about one complaint so far. Raises NotFound for one this reader may not see."""
    complaint = queries.by_number(look, number)
    line = boards.line_of(look, complaint.id)
    return page(
        request, "case.html", case=line, rules=complaint.grade_rules, deadlines=queries.deadlines_of(look, complaint.id),
        entries=_entries(look, complaint.id, actor, language_of(request)),
    )  # fmt: skip


def _entries(look: ReadSession, complaint_id: UUID, actor: Actor, language: Language) -> list[TimelineEntry] | None:
    """The timeline as far as the API shows this reader the ledger; None if it doesn't."""
    if not may(actor, permissions.READ_LEDGER):
        return None
    personal = schemas.sees_personal(actor)
    found = queries.latest(look, complaint_id)
    return timeline([schemas.entry_out(entry, personal=personal) for entry in found], language)


ROUTES: Final = [case]
