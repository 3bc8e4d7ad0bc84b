"""What an agent looks up while the caller speaks: who it could be, and which units are theirs. One statement each."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from foundation.database.session import ReadSession
from intake import searching

#: Matches of each kind that are offered; whoever isn't among them is found by one more letter.
EACH: Final = 4
#: Units that are offered, one per digit.
MOST_UNITS: Final = 9
#: The latest calls among which callers are looked for.
_CALLS: Final = 30
#: In which order kinds of matches are offered: to a dialled number its callers first, to words the names.
_TO_WORDS: Final = ("customer", "site", "unit", "caller")
_TO_DIGITS: Final = ("caller", "customer", "unit", "site")

_SEEN: Final = "((SELECT sees_everything()) OR region_code IS NULL OR sees_region(region_code))"
_ASKED: Final = "search @@ CAST(CAST(:question AS text) AS tsquery)"
_MATCHES: Final = text(
    f"""
    WITH units AS (
        SELECT * FROM equipment WHERE {_SEEN} AND {_ASKED} ORDER BY serial_number LIMIT :each
    ), places AS (
        SELECT * FROM sites WHERE {_SEEN} AND {_ASKED} ORDER BY name, id LIMIT :each
    ), companies AS (
        SELECT * FROM customers WHERE {_SEEN} AND {_ASKED} ORDER BY name, id LIMIT :each
    ), calls AS (
        SELECT * FROM complaints WHERE caller_phone IS NOT NULL
          AND id IN (SELECT complaint_id FROM complaint_words WHERE {_ASKED}) ORDER BY called_at DESC LIMIT :calls
    ), callers AS (
        SELECT * FROM (SELECT DISTINCT ON (caller_phone) * FROM calls ORDER BY caller_phone, called_at DESC) latest
        ORDER BY called_at DESC LIMIT :each
    )
    SELECT 'unit' AS kind, u.serial_number, u.model, c.id AS customer_id, c.name AS customer_name, c.phone,
           s.id AS site_id, s.name AS site_name, COALESCE(s.address, s.district) AS address,
           NULL AS caller_name, NULL::timestamptz AS called_at
    FROM units u LEFT JOIN sites s ON s.id = u.site_id LEFT JOIN customers c ON c.id = u.customer_id
    UNION ALL
    SELECT 'site', NULL, NULL, c.id, c.name, c.phone, s.id, s.name, COALESCE(s.address, s.district), NULL, NULL
    FROM places s LEFT JOIN customers c ON c.id = s.customer_id
    UNION ALL
    SELECT 'customer', NULL, NULL, c.id, c.name, c.phone, NULL, NULL, NULL, NULL, NULL FROM companies c
    UNION ALL
    SELECT 'caller', COALESCE(u.serial_number, l.serial_number_given), u.model, c.id, c.name, l.caller_phone,
           s.id, s.name, COALESCE(l.address, s.address, s.district), l.caller_name, l.called_at
    FROM callers l LEFT JOIN equipment u ON u.id = l.equipment_id LEFT JOIN sites s ON s.id = l.site_id
    LEFT JOIN customers c ON c.id = l.customer_id
    """  # noqa: S608 -- constants of this file
)


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody or something that was meant: a `unit`, `site`, `customer`, or a `caller` of an earlier complaint.

    `phone` is where they are rung: an earlier caller's own number, else the customer's.
    """

    kind: str
    serial_number: str | None
    model: str | None
    customer_id: UUID | None
    customer_name: str | None
    phone: str | None
    site_id: UUID | None
    site_name: str | None
    address: str | None
    caller_name: str | None
    called_at: datetime | None


def matches(look: ReadSession, asked: str) -> list[Match]:
    """Whom these words, sounds, initials or digits mean, at most a few of each kind; the likeliest kind first."""
    question = searching.question(asked)
    if question is None:
        return []
    rows = look.execute(_MATCHES, {"question": question, "each": EACH, "calls": _CALLS})
    order = _TO_DIGITS if is_dialled(asked) else _TO_WORDS
    return sorted((Match(**row._asdict()) for row in rows), key=lambda match: order.index(match.kind))


def without_person(match: Match) -> Match:
    """The match for readers to whom people's names and numbers are no business."""
    return replace(match, phone=None, caller_name=None)


def is_dialled(asked: str) -> bool:
    """Whether this is a telephone number or its last digits rather than a name or serial number."""
    return bool(asked.strip()) and not set(asked) - set("0123456789+-() ")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit to choose from, with what helps to recognise it: warranty, site, what was last complained of."""

    serial_number: str
    model: str | None
    warranty_until: date | None
    site_name: str | None
    address: str | None
    last_number: str | None
    last_called_at: datetime | None
    last_sentence: str | None


_UNITS: Final = text(
    f"""
    WITH units AS (
        SELECT * FROM equipment
        WHERE (serial_number = CAST(:serial_number AS text) AND (:everywhere OR {_SEEN}))
           OR ({_SEEN} AND (site_id = CAST(:site_id AS uuid) OR customer_id = CAST(:customer_id AS uuid)))
        ORDER BY serial_number = CAST(:serial_number AS text) DESC NULLS LAST,
                 site_id = CAST(:site_id AS uuid) DESC NULLS LAST, serial_number
        LIMIT :most
    )
    SELECT u.serial_number, u.model, u.warranty_until, s.name AS site_name,
           COALESCE(s.address, s.district) AS address, last.number AS last_number, last.called_at AS last_called_at,
           last.sentence AS last_sentence
    FROM units u LEFT JOIN sites s ON s.id = u.site_id
    LEFT JOIN LATERAL (
        SELECT c.number, c.called_at, left(c.sentence, 80) AS sentence FROM complaints c
        WHERE c.equipment_id = u.id ORDER BY c.called_at DESC LIMIT 1
    ) last ON true
    ORDER BY u.site_id = CAST(:site_id AS uuid) DESC NULLS LAST, u.serial_number
    """  # noqa: S608 -- constants of this file
)


def units(
    look: ReadSession, *, serial_number: str | None, site_id: UUID | None, customer_id: UUID | None, everywhere: bool
) -> list[Unit]:
    """The unit with this serial number, those of the site, those of the customer; at most one per digit.

    People answer calls about every region's units, so a whole serial number finds any unit where `everywhere`; the rest
    is of the reader's regions. The order doesn't change with the one that is chosen: digits stay where they are.
    """
    asking = {
        "serial_number": serial_number, "site_id": site_id, "customer_id": customer_id, "everywhere": everywhere,
        "most": MOST_UNITS,
    }  # fmt: skip
    return [Unit(**row._asdict()) for row in look.execute(_UNITS, asking)]
