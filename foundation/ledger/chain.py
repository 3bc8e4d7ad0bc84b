"""The hash chain of one subject: pure, so that a verifier outside the system can repeat it.

hash = SHA-256 over the previous hash and the canonical JSON of the entry (keys sorted, no spaces, UTF-8,
instants as ISO 8601 UTC with microseconds). The first entry follows thirty-two zero bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from uuid import UUID

#: What the first entry of a chain follows.
GENESIS = bytes(32)

#: From here on Python prints a float with an exponent, and PostgreSQL gives an integer back.
EXPONENT_FROM = 1e16

#: Facts are JSON: what an entry says, keyed by names of the domain.
Facts = Mapping[str, object]


#: Values of exactly these types stand for themselves; words (string enumerations) are of other types.
_AS_IT_IS = frozenset({type(None), bool, int, str})


def plain(value: object) -> object:  # noqa: PLR0911 -- one line per kind of value reads best
    """The JSON value of a fact; TypeError for anything that has none."""
    if type(value) in _AS_IT_IS:  # Most values of every entry; matching them class by class costs ten times as much.
        return value
    match value:
        case float():
            return _plain_number(value)
        case Enum():
            return value.value
        case str():
            return value
        case datetime():
            return instant_text(value)
        case UUID():
            return str(value)
        case bytes():
            return value.hex()
        case Mapping():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
            return [plain(inner) for inner in items]
    message = f"not a fact: {type(value).__name__}"
    raise TypeError(message)


def _plain_number(value: float) -> float:
    """The number as JSONB gives it back: no negative zero, and integers where a float prints with an exponent."""
    return int(value) if value.is_integer() and abs(value) >= EXPONENT_FROM else value + 0.0


def instant_text(at: datetime) -> str:
    """An instant as the chain writes it: UTC, always with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def canonical(content: Facts) -> bytes:
    """The one byte string that stands for the content."""
    text = json.dumps(plain(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def entry_hash(previous: bytes, content: Facts) -> bytes:
    """The hash of an entry that follows `previous`: 32 bytes."""
    return hashlib.sha256(previous + canonical(content)).digest()


def digest_of(salt: bytes, value: str) -> str:
    """Stands in the chain for a personal value, so that erasing the value leaves the chain whole."""
    return hashlib.sha256(salt + value.encode()).hexdigest()
