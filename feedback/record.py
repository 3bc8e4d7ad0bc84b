"""The record a signature is bound to: exactly what was shown, what was answered, by whom and when. Pure.

The customer's screen is made from one text; its SHA-256 comes back with the signature. So it can be proven later that
the person signed for this content, also when the phone had no signal and the case moved on meanwhile.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from feedback.errors import RecordChanged
from foundation.ledger.chain import Facts, canonical
from foundation.problems import FieldWrong


@dataclass(frozen=True, slots=True)
class Shown:
    """What the customer saw, as the very text it was made from, with its hash and what differs from the case now."""

    text: str
    sha256: str
    differs: tuple[str, ...]

    @property
    def content(self) -> Facts:
        """The text as JSON."""
        return cast("Facts", json.loads(self.text))


def text_of(content: Facts) -> str:
    """The one text of what is to be shown: canonical JSON, so that the same case gives the same hash."""
    return canonical(content).decode()


def digest(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, as hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def agreed(present: Facts, *, shown_sha256: str, shown_text: str | None) -> Shown:
    """What was shown: the present content if the hash is its own, else the text that came along and has that hash.

    A text of another hash or another case is FieldWrong; a foreign hash without a text is RecordChanged, and the form
    has to be shown again. What differs from the case as we know it is named, never passed over.
    """
    now = text_of(present)
    if shown_sha256 == digest(now):
        return Shown(now, shown_sha256, ())
    if shown_text is None:
        raise RecordChanged(shown_sha256=shown_sha256, sha256=digest(now))
    if digest(shown_text) != shown_sha256:
        raise FieldWrong(field="shown_text", reason="hash-differs")
    content = _object(shown_text)
    if content.get("number") != present.get("number"):
        raise FieldWrong(field="shown_text", reason="another-case")
    return Shown(shown_text, shown_sha256, differences(content, present))


def differences(shown: Facts, present: Facts) -> tuple[str, ...]:
    """The names of top-level facts that are not the same in both, sorted."""
    plain = cast("Facts", json.loads(text_of(present)))
    return tuple(sorted(name for name in {*shown, *plain} if shown.get(name) != plain.get(name)))


def sealed(shown: Shown, signed: Facts) -> tuple[str, str]:
    """The record's text and its SHA-256: what was shown and what was signed, in one document."""
    text = text_of({"shown": shown.content, "shown_sha256": shown.sha256, "differs": shown.differs, **signed})
    return text, digest(text)


def _object(text: str) -> Mapping[str, object]:
    try:
        content = json.loads(text)
    except ValueError:
        raise FieldWrong(field="shown_text", reason="not-json") from None
    if not isinstance(content, dict):
        raise FieldWrong(field="shown_text", reason="not-json")
    return content
