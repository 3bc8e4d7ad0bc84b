"""Lines of a register's CSV file as rows: what is wrong in itself is refused, what is merely odd is taken and remarked."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy import text

from foundation.database.session import WriteSession
from foundation.problems import FieldWrong
from foundation.wire import tidy_text
from intake import datum, geocoding, phones, registering, searching
from intake.models import CUSTOMER_KINDS, DATUMS
from intake.serials import serial

#: Characters of one field, as on the wire.
LONGEST: Final = 200
_EARLIEST: Final = date(1850, 1, 1)
_LATEST: Final = date(2100, 1, 1)
_SURVEYED_M: Final = 50.0
_LATITUDES: Final = 90.0
_LONGITUDES: Final = 180.0
#: Columns of an equipment file that have a place of their own; the others become facts.
_OWN: Final = frozenset(
    {
        "serial_number", "family", "model", "manufacturer", "commissioned_on", "left_works_on", "warranty_until",
        "customer", "site", "address", "district", "region", "latitude", "longitude", "datum", "position_radius_m",
    }
)  # fmt: skip


@dataclass(slots=True)
class Row:
    """A line that will be written: its key, its columns, and remarks (field, reason, value) on what was left out."""

    key: str
    columns: dict[str, object]
    remarks: list[tuple[str, str, str]] = field(default_factory=list)


class Regions:
    """The regions a file may name; with a zone, new ones are made as they are met."""

    def __init__(self, known: dict[str, str], *, zone: str | None) -> None:
        """Names folded → codes; `zone` is the IANA zone of regions to be made, None to make none."""
        self._known = known
        self._zone = zone
        self._new: dict[str, str] = {}

    def code(self, name: str | None) -> str | None:
        """The code of the region of this name; None if there is none and none may be made."""
        if name is None:
            return None
        found = self._known.get(name.casefold())
        if found is None and self._zone is not None:
            found = self._known[name.casefold()] = "-".join(name.casefold().split())[:LONGEST]
            self._new[found] = name
        return found

    def save(self, db: WriteSession) -> None:
        """Write the regions met since the last time."""
        for code, name in self._new.items():
            db.execute(_NEW_REGION, {"code": code, "name": name, "zone": self._zone})
        self._new.clear()


_NEW_REGION: Final = text(
    "INSERT INTO regions (code, name_zh, name_en, timezone) VALUES (:code, :name, :name, :zone) ON CONFLICT DO NOTHING"
)


def unit(line: Mapping[str, str], *, regions: Regions) -> Row:
    """A unit and its site. Raises FieldWrong for a line without serial number or family, or with an unreadable field."""
    given = {name: _text(line, name) for name in _OWN}
    serial_number = serial(given["serial_number"])
    if serial_number is None:
        raise FieldWrong(field="serial_number", reason="blank")
    if given["family"] is None:
        raise FieldWrong(field="family", reason="blank")
    row = Row(serial_number, {"serial_number": serial_number, "family": given["family"]})
    for name in ("model", "manufacturer"):
        row.columns[name] = given[name]
    for name in ("commissioned_on", "left_works_on", "warranty_until"):
        row.columns[name] = _date(row, name, given[name])
    region = row.columns["region_code"] = regions.code(given["region"])
    if given["region"] is not None and region is None:
        row.remarks.append(("region", "unknown", given["region"]))
    row.columns["customer_ref"] = given["customer"]
    row.columns |= _site(row, given)
    row.columns["facts"] = {
        name: value for name in line if name and name not in _OWN and (value := _text(line, name)) is not None
    }
    row.columns["search"] = registering.unit_search(serial_number, given["model"], given["manufacturer"])
    return row


def customer(line: Mapping[str, str], *, regions: Regions) -> Row:
    """A customer. Raises FieldWrong for a line without name or with an unreadable field."""
    names = ("external_ref", "name", "kind", "phone", "language", "region")
    given = {name: _text(line, name) for name in names}
    name = given["name"]
    if name is None:
        raise FieldWrong(field="name", reason="blank")
    phone = phones.normal(given["phone"])
    kind, language = given["kind"] or "company", given["language"] or "zh-CN"
    if kind not in CUSTOMER_KINDS:
        raise FieldWrong(field="kind", reason="unknown")
    if language not in {"zh-CN", "en"}:
        raise FieldWrong(field="language", reason="unknown")
    ref = given["external_ref"] or "csv-" + hashlib.sha256(f"{name}|{phone}".encode()).hexdigest()[:24]
    pinyin, initials = searching.sounds(name)
    row = Row(
        ref,
        {
            "external_ref": ref, "name": name, "name_pinyin": pinyin, "name_initials": initials, "kind": kind,
            "phone": phone, "language": language, "region_code": regions.code(given["region"]),
            "search": registering.customer_search(name, phone, given["external_ref"]),
        },
    )  # fmt: skip
    if given["phone"] and phone is None:
        row.remarks.append(("phone", "not-a-phone", given["phone"]))
    if given["region"] and row.columns["region_code"] is None:
        row.remarks.append(("region", "unknown", given["region"]))
    return row


def _site(row: Row, given: Mapping[str, str | None]) -> dict[str, object]:
    """The site's columns; a unit that names neither site nor address stands nowhere yet."""
    name, address = given["site"] or given["address"], given["address"]
    if name is None:
        return {}
    key = "|".join((name, address or "", given["region"] or "", given["customer"] or "")).casefold()
    return {
        "site_key": hashlib.sha256(key.encode()).hexdigest(),
        "site_name": name,
        "address": address,
        "district": given["district"],
        "site_search": registering.site_search(name, address, given["district"]),
        **_position(row, given),
    }


def _position(row: Row, given: Mapping[str, str | None]) -> dict[str, object]:
    latitude, longitude = _degrees(row, "latitude", given, _LATITUDES), _degrees(row, "longitude", given, _LONGITUDES)
    declared = given["datum"] or datum.WGS84
    if declared not in DATUMS:
        raise FieldWrong(field="datum", reason="unknown")
    if latitude is not None and longitude is not None and not datum.is_nowhere(latitude, longitude):
        place = datum.to_wgs84(latitude, longitude, datum=declared)
        return {
            "latitude": place.latitude, "longitude": place.longitude, "datum": declared, "given_latitude": latitude,
            "given_longitude": longitude, "position_source": "register",
            "position_radius_m": _number(row, "position_radius_m", given["position_radius_m"]) or _SURVEYED_M,
        }  # fmt: skip
    if (latitude is None) != (longitude is None) or latitude is not None:
        row.remarks.append(("latitude", "nowhere", given["latitude"] or ""))
    found = geocoding.gazetteer(
        " ".join(part for part in (given["region"], given["district"], given["address"]) if part)
    )
    if found is None:
        return {}
    return {
        "latitude": found.latitude, "longitude": found.longitude, "position_radius_m": found.radius_m,
        "position_source": found.source,
    }  # fmt: skip


def _text(line: Mapping[str, str], name: str) -> str | None:
    """A field tidied; None if it is empty. Raises FieldWrong for control characters or too many of any."""
    value = line.get(name)
    if not value or not isinstance(value, str):
        return None
    if len(value) > LONGEST:
        raise FieldWrong(field=name, reason="too-long")
    if "\ufffd" in value:
        raise FieldWrong(field=name, reason="unreadable-characters")
    try:
        return tidy_text(value) or None
    except ValueError as wrong:
        if str(wrong) == "blank":
            return None
        raise FieldWrong(field=name, reason=str(wrong)) from None


def _date(row: Row, name: str, value: str | None) -> date | None:
    """A date; one that can't be is remarked and left out, because the unit is worth more than its birthday."""
    if value is None:
        return None
    try:
        found = date.fromisoformat(value)
    except ValueError:
        row.remarks.append((name, "not-a-date", value))
        return None
    if _EARLIEST <= found < _LATEST:
        return found
    row.remarks.append((name, "out-of-range", value))
    return None


def _degrees(row: Row, name: str, given: Mapping[str, str | None], limit: float) -> float | None:
    found = _number(row, name, given[name])
    if found is None or -limit <= found <= limit:
        return found
    row.remarks.append((name, "out-of-range", given[name] or ""))
    return None


def _number(row: Row, name: str, value: str | None) -> float | None:
    if value is None:
        return None
    try:
        found = float(value)
    except ValueError:
        found = float("nan")
    if found == found and abs(found) < float("inf"):  # noqa: PLR0124 -- only NaN differs from itself
        return found
    row.remarks.append((name, "not-a-number", value))
    return None
