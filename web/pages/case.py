"""The case page: what a complaint is about, its promises and its timeline from the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from litestar import get
from litestar.response import Template

from foundation.database.session import ReadSession
from foundation.language import Language, has, translate
from intake import boards, permissions, queries
from intake.queries import Entry
from web.pages.rendering import page
from web.reader import PageRequest, language_of

#: Facts of an entry that the page shows as a sentence; all of them are in the ledger's JSON.
SHOWN_FACTS: Final = ("reason", "grade", "technician", "outcome", "cause", "work_done", "satisfaction", "note", "text")

#: Families of words that a fact's codes come from, where they aren't named after the fact.
FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "reason": ("escalation.reason", "decline", "choice"),
    "outcome": ("escalation.outcome", "answer"),
}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry of the ledger as a line of the timeline."""

    step: str
    done_at: datetime
    actor_label: str
    lines: list[str]
    hash: str


@get("/complaints/{number:str}", opt={"permission": permissions.READ}, include_in_schema=False, sync_to_thread=True)
def case(request: PageRequest, look: ReadSession, number: str) -> Template:
    """Everything about one complaint so far. Raises NotFound for one this reader may not see."""
    complaint = queries.by_number(look, number)
    line = boards.line_of(look, complaint.id)
    language = language_of(request)
    return page(
        request, "case.html", case=line, rules=complaint.grade_rules, deadlines=queries.deadlines_of(look, complaint.id),
        entries=[_timeline(entry, language) for entry in queries.history(look, complaint.id)],
    )  # fmt: skip


def _timeline(entry: Entry, language: Language) -> TimelineEntry:
    return TimelineEntry(
        step=entry.step, done_at=entry.done_at, actor_label=entry.actor_label, hash=entry.hash,
        lines=[_sentence(name, entry.facts[name], language) for name in SHOWN_FACTS if entry.facts.get(name)],
    )  # fmt: skip


def _sentence(name: str, value: object, language: Language) -> str:
    """A fact with its name, both as words where the catalogue has them."""
    parts = value.values() if isinstance(value, Mapping) else [value]
    return f"{translate(language, f'fact.{name}')}: {' · '.join(_word(name, str(part), language) for part in parts)}"


def _word(name: str, said: str, language: Language) -> str:
    """The word for a code of one of the families that the fact draws on; anything else as it was said."""
    codes = (f"{family}.{said}" for family in FAMILIES.get(name, (name,)))
    return next((translate(language, code) for code in codes if has(code)), said)


ROUTES: Final = [case]
