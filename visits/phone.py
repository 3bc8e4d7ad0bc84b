"""What a technician's phone sends: one shape per command, each with the phone's id, time, skew and order."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from foundation.wire import AwareTime, Code, Latitude, Line, Longitude, Text, Wire

#: Commands of one call; a queue of a week without signal fits.
BATCH_LIMIT = 200

Skew = Annotated[float, Meta(ge=-1e9, le=1e9)]
Sequence = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Accuracy = Annotated[float, Meta(ge=0, le=1e6)]


class Datum(StrEnum):
    """The datum of a position as the phone declares it."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class SuspensionReason(StrEnum):
    """Why work has to wait; only these stop the resolve clock."""

    PARTS = "parts"
    ACCESS = "access"
    WEATHER = "weather"
    CUSTOMER = "customer"
    SAFETY = "safety"
    AUTHORITY = "authority"


class HandBackReason(StrEnum):
    """Why a technician gives a job back."""

    NOT_SOLVABLE = "not-solvable"
    SKILL = "skill"
    PARTS = "parts"
    ILLNESS = "illness"
    VEHICLE = "vehicle"
    SAFETY = "safety"
    OTHER = "other"


class CauseCategory(StrEnum):
    """Where the cause lies."""

    DESIGN = "design"
    MANUFACTURE = "manufacture"
    INSTALLATION = "installation"
    USE = "use"
    MAINTENANCE = "maintenance"
    OUTSIDE = "outside"


class WorksAgain(StrEnum):
    """Whether the machine works again."""

    YES = "yes"
    NO = "no"
    PARTLY = "partly"


class Position(Wire, frozen=True, kw_only=True):
    """Where the phone was, with its accuracy in metres and datum; taken offline when `online` is false."""

    latitude: Latitude
    longitude: Longitude
    accuracy_m: Accuracy
    datum: Datum = Datum.WGS84
    taken_at: AwareTime | None = None


class Part(Wire, frozen=True, kw_only=True):
    """A part that was fitted, and where the old one went."""

    name: Line
    part_number: Code | None = None
    quantity: Annotated[int, Meta(ge=1, le=10_000)] = 1
    old_part: Line | None = None
    under_warranty: bool | None = None


class Cause(Wire, frozen=True, kw_only=True):
    """The cause found."""

    component: Line
    symptom: Line
    category: CauseCategory


class Report(Wire, frozen=True, kw_only=True):
    """A service report as the technician writes it; each sending is a new version."""

    cause: Cause
    work_done: Text
    works_again: WorksAgain
    parts: Annotated[tuple[Part, ...], Meta(max_length=100)] = ()
    advice: Text | None = None


class Command(Wire, frozen=True, kw_only=True, tag_field="kind"):
    """What every command carries: `id` made at the tap, `done_at` by the phone's clock, `skew_s` phone minus server."""

    id: UUID
    assignment_id: UUID
    sequence: Sequence
    done_at: AwareTime
    skew_s: Skew | None = None
    online: bool = True
    position: Position | None = None
    #: Why there is no position (`denied`, `timeout`, `unavailable`), when there is none.
    position_missing: Code | None = None


class SetOff(Command, frozen=True, kw_only=True, tag="set_off"):
    """On the way."""


class Arrived(Command, frozen=True, kw_only=True, tag="arrived"):
    """On site; without a position in the fence, a code with the name plate's photo or a reason with a photo."""

    reason: Line | None = None
    #: Photos that belong to the arrival; they are sent separately, afterwards.
    photo_ids: Annotated[tuple[UUID, ...], Meta(max_length=12)] = ()
    name_plate_photo_id: UUID | None = None
    #: What the customer told at the gate.
    arrival_code: Code | None = None


class Suspended(Command, frozen=True, kw_only=True, tag="suspended"):
    """Work has to wait: why, and when it goes on."""

    reason: SuspensionReason
    resume_at: AwareTime
    note: Text | None = None


class Resumed(Command, frozen=True, kw_only=True, tag="resumed"):
    """Work goes on."""


class Reported(Command, frozen=True, kw_only=True, tag="reported"):
    """The service report, or a further version of it."""

    report: Report


class Finished(Command, frozen=True, kw_only=True, tag="finished"):
    """Work is done; the report comes with it or came before."""

    report: Report | None = None


class HandedBack(Command, frozen=True, kw_only=True, tag="handed_back"):
    """The job goes back to the desk."""

    reason: HandBackReason
    note: Text | None = None


AnyCommand = SetOff | Arrived | Suspended | Resumed | Reported | Finished | HandedBack


class Batch(Wire, frozen=True, kw_only=True):
    """Commands in any repetition; the server orders them per assignment by their sequence."""

    commands: Annotated[list[AnyCommand], Meta(min_length=1, max_length=BATCH_LIMIT)]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt of one command. `outcome` applied, noted, refused (kept, but the case went on without it), rejected
    (correct it and send it under a new id) or waiting (an earlier one was rejected; send it again afterwards).
    """

    id: UUID
    outcome: str
    reason: str | None = None
    stage: str | None = None
    allowed: list[str] = []
    counted_at: datetime | None = None
    flags: list[str] = []
    facts: dict[str, object] = {}
    replayed: bool = False
