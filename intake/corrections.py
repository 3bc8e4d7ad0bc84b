"""Which facts of a complaint may be corrected, and what a correction does to them. The caller's sentence never is."""

from typing import Final

import msgspec

from foundation.problems import FieldWrong
from foundation.wire import Email, Latitude, Line, Longitude, Phone, Text
from intake import datum, geocoding, phones
from intake.calls import PLACED_WITHIN_M
from intake.serials import serial

#: Facts about a person: the ledger keeps digests of them, their values can be erased. How one gets in names gatekeepers.
PERSONAL: Final = frozenset(
    {
        "caller_name", "caller_phone", "call_back_phone", "call_back_email", "signer_name", "access_notes", "address",
        "position",
    }
)  # fmt: skip

#: Metres that a position may be off which an address gave that nobody believes any more.
DOUBTED_M: Final = 50_000.0


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A position somebody put on the map; metres of radius."""

    latitude: Latitude
    longitude: Longitude
    datum: str = datum.WGS84
    radius_m: float = 50.0


class Correction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """New values for facts that were heard or typed wrong, or not known at the call; what is left out stays."""

    caller_name: Line | msgspec.UnsetType = msgspec.UNSET
    caller_phone: Phone | msgspec.UnsetType = msgspec.UNSET
    call_back_phone: Phone | msgspec.UnsetType = msgspec.UNSET
    call_back_email: Email | msgspec.UnsetType = msgspec.UNSET
    signer_name: Line | msgspec.UnsetType = msgspec.UNSET
    access_notes: Text | msgspec.UnsetType = msgspec.UNSET
    address: Line | msgspec.UnsetType = msgspec.UNSET
    serial_number: Line | msgspec.UnsetType = msgspec.UNSET
    family: Line | msgspec.UnsetType = msgspec.UNSET
    component: Line | msgspec.UnsetType = msgspec.UNSET
    symptom: Line | msgspec.UnsetType = msgspec.UNSET
    conditions: Text | msgspec.UnsetType = msgspec.UNSET
    asked_for: Text | msgspec.UnsetType = msgspec.UNSET
    position: Place | msgspec.UnsetType = msgspec.UNSET


def changes(correction: Correction) -> dict[str, object]:
    """Column → new value; phones and serial numbers in order, the position on WGS 84. Raises FieldWrong."""
    given = {
        name: value
        for name in correction.__struct_fields__
        if (value := getattr(correction, name)) is not msgspec.UNSET and name not in {"position", "serial_number"}
    }
    for name in ("caller_phone", "call_back_phone"):
        if name in given:
            given[name] = phones.normal(given[name])
            if given[name] is None:
                raise FieldWrong(field=name, reason="not-a-phone")
    if isinstance(correction.serial_number, str):
        given["serial_number_given"] = serial(correction.serial_number)
    if isinstance(correction.position, Place):
        given |= _placed(correction.position)
    if not given:
        raise FieldWrong(field="correction", reason="nothing-corrected")
    return given


def _placed(place: Place) -> dict[str, object]:
    if datum.is_nowhere(place.latitude, place.longitude):
        raise FieldWrong(field="position", reason="nowhere")
    if not 0 < place.radius_m <= 1_000_000:  # noqa: PLR2004 -- a thousand kilometres is not a position
        raise FieldWrong(field="position.radius_m", reason="out-of-range")
    spot = datum.to_wgs84(place.latitude, place.longitude, datum=place.datum)
    return {
        "latitude": spot.latitude,
        "longitude": spot.longitude,
        "datum": place.datum,
        "given_latitude": place.latitude,
        "given_longitude": place.longitude,
        "position_radius_m": place.radius_m,
        "position_source": "person",
        "to_be_placed": place.radius_m > PLACED_WITHIN_M,
    }


def placed_by(address: str, *, source: str | None, radius_m: float | None) -> dict[str, object]:
    """What a corrected address does to a position from `source`: columns → new values.

    A position that somebody gave or surveyed stays. One that the address before gave is looked up anew; if the new
    address names no place we know, the old one is all there is, and somebody is asked to place the case.
    """
    if source is not None and source not in geocoding.SOURCES:
        return {}
    found = geocoding.gazetteer(address)
    if found is None:
        return {} if radius_m is None else {"position_radius_m": max(radius_m, DOUBTED_M), "to_be_placed": True}
    return {
        "latitude": found.latitude,
        "longitude": found.longitude,
        "datum": datum.WGS84,
        "given_latitude": None,
        "given_longitude": None,
        "position_radius_m": found.radius_m,
        "position_source": found.source,
        "to_be_placed": found.radius_m > PLACED_WITHIN_M,
    }


def told(values: dict[str, object]) -> tuple[dict[str, object], dict[str, str | None]]:
    """The values as the ledger tells them: open facts, and personal ones to be kept beside the chain."""
    facts: dict[str, object] = {}
    private: dict[str, str | None] = {}
    for name, value in values.items():
        if name in {"latitude", "longitude", "given_latitude", "given_longitude"}:
            continue
        if name in PERSONAL:
            private[name] = None if value is None else str(value)
        else:
            facts[name] = value
    if "latitude" in values and values["latitude"] is not None:
        private["position"] = f"{values['latitude']},{values['longitude']}"
    return facts, private
