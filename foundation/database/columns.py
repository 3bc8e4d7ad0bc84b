"""Column types and builders that refuse what must not be stored."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """`timestamptz` that takes only aware instants and gives them back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive instant: whose midnight would it be."""
        del dialect
        if value is not None and value.tzinfo is None:
            message = f"an instant needs a time zone: {value!r}"
            raise ValueError(message)
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant in UTC, whatever the connection's zone."""
        del dialect
        return value.astimezone(UTC) if value is not None else None


#: A JSON document; None is SQL NULL, never the JSON word null.
Json = JSONB(none_as_null=True)


def words_check(column: str, words: type[StrEnum] | Iterable[str], *, name: str | None = None) -> CheckConstraint:
    """A CHECK that a text column holds one of the words (text + CHECK instead of an enum type: a word can be dropped)."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=name or f"{column}_word")
