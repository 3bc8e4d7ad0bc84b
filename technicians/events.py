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
    """An import (`subject_id`) with many lines waits to be checked or carried out."""

    kind: ClassVar[str] = "import.waits"
