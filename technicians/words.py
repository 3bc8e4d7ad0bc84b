"""Words of this package, as stored and as sent."""

from enum import StrEnum


class OutletKind(StrEnum):
    """Whether an outlet belongs to the company or works for it by contract (特约)."""

    OWN = "own"
    CONTRACTED = "contracted"


class ShiftKind(StrEnum):
    """What a rostered period asks of a technician."""

    DUTY = "duty"
    ON_CALL = "on_call"


class Register(StrEnum):
    """A register that can be filled from a file."""

    EQUIPMENT = "equipment"
    CUSTOMERS = "customers"
    TECHNICIANS = "technicians"


class ImportState(StrEnum):
    """How far an import has come; `checked` is a preview, of which nothing is written yet."""

    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    IMPORTED = "imported"


class DutyState(StrEnum):
    """What a technician has signed on for right now."""

    ON = "on"
    OFF = "off"
    ON_CALL = "on_call"


class PositionSource(StrEnum):
    """Where a position comes from; only the first two were measured."""

    PHONE = "phone"
    VEHICLE = "vehicle"
    HOME = "home"
    OUTLET = "outlet"
