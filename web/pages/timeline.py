"""The ledger of a complaint as lines for people: step, who, when, and what was said with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from foundation.accounts.roles import ActorKind
from foundation.language import Language, has, translate
from intake.schemas import EntryOut

#: Facts of an entry that the page shows as a sentence; all of them are in the ledger's JSON.
SHOWN_FACTS: Final = ("reason", "grade", "technician", "outcome", "cause", "work_done", "satisfaction", "note", "text")

#: Families of words that a fact's codes come from, where they aren't named after the fact.
FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "reason": ("escalation.reason", "decline", "choice", "correction", "suspension"),
    "outcome": ("escalation.outcome", "answer"),
}

#: What the parts of the system write into the ledger about who acts → the code of the words for it.
PARTS: Final[Mapping[str, str]] = {
    "customer news": "part.customer-news",
    "danger to people": "part.danger-to-people",
    "demo": "part.demo",
    "dispatch": "part.dispatch",
    "escalation sweep": "part.escalation-sweep",
    "escalation": "part.escalation",
    "feedback.render": "part.feedback-render",
    "intake.hand_over": "part.intake-hand-over",
    "intake.identify": "part.intake-identify",
    "intake.place_on_map": "part.intake-place-on-map",
    "technicians.import": "part.technicians-import",
    "replay": "part.replay",
    "visits": "part.visits",
}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry of the ledger as a line of the timeline."""

    seq: int
    step: str
    done_at: datetime
    recorded_at: datetime
    actor_label: str
    lines: list[str]
    hash: str


def timeline(entries: Iterable[EntryOut], language: Language) -> list[TimelineEntry]:
    """The entries in their order; personal values as far as they are in them."""
    return [_line(entry, language) for entry in entries]


def _line(entry: EntryOut, language: Language) -> TimelineEntry:
    said: dict[str, object] = {**entry.facts, **{name: value for name, value in entry.private.items() if value}}
    return TimelineEntry(
        seq=entry.seq, step=entry.step, done_at=entry.done_at, recorded_at=entry.recorded_at,
        actor_label=_who(entry, language), hash=entry.hash,
        lines=[_sentence(name, said[name], language) for name in SHOWN_FACTS if _says_something(said.get(name))],
    )  # fmt: skip


def _who(entry: EntryOut, language: Language) -> str:
    """Whose doing it was; a part of the system is named by a word, people and other systems by their own name."""
    if entry.actor_kind != ActorKind.SYSTEM:
        return entry.actor_label
    return translate(language, PARTS.get(entry.actor_label, "part.system"))


def _says_something(value: object) -> bool:
    """A personal value that the reader doesn't see, or that was erased, is a digest in the chain and no sentence."""
    return bool(value) and not (isinstance(value, Mapping) and set(value) == {"digest"})


def _sentence(name: str, value: object, language: Language) -> str:
    """A fact with its name, both as words where the catalogue has them."""
    parts = value.values() if isinstance(value, Mapping) else [value]
    return f"{translate(language, f'fact.{name}')}: {' · '.join(_word(name, str(part), language) for part in parts)}"


def _word(name: str, said: str, language: Language) -> str:
    """The word for a code of one of the families that the fact draws on; anything else as it was said."""
    codes = (f"{family}.{said}" for family in FAMILIES.get(name, (name,)))
    return next((translate(language, code) for code in codes if has(code)), said)
