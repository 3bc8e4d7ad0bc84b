"""Facts this package announces."""

from typing import ClassVar

from foundation.ledger.announcing import Event


class DutyChanged(Event, frozen=True, kw_only=True):
    """A technician (`subject_id`) signed on, off or on call; whoever waits for somebody may ask again."""

    kind: ClassVar[str] = "duty.changed"
    state: str


class AbilityChanged(Event, frozen=True, kw_only=True):
    """Skills, certificates, home or activity of a technician (`subject_id`) changed."""

    kind: ClassVar[str] = "technician.changed"


class ImportWaits(Event, frozen=True, kw_only=True):
    """A file (`subject_id`) with many lines waits to be checked."""

    kind: ClassVar[str] = "import.waits"


class ImportGoesOn(Event, frozen=True, kw_only=True):
    """The lines of an import (`subject_id`) below the first `lines_done` wait to be imported."""

    kind: ClassVar[str] = "import.goes-on"
    lines_done: int
