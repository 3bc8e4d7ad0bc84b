"""Table of the loops: who ticked last and what troubled it. The watchdog and the health page read it."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database.base import Base
from foundation.database.columns import Instant


class Loop(Base):
    """One recurring loop of the clockwork, whichever process ran it last. Times are machine time."""

    __tablename__ = "loops"

    name: Mapped[str] = mapped_column(primary_key=True)
    ticked_at: Mapped[datetime] = mapped_column(Instant)
    every_s: Mapped[float]
    #: Rows moved since the loop first ran.
    moved: Mapped[int] = mapped_column(BigInteger, default=0)
    #: What stopped the last tick, or what the watchdog found; NULL when all is well.
    trouble: Mapped[str | None]
    troubled_since: Mapped[datetime | None] = mapped_column(Instant)
