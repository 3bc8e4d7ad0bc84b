"""Tables of dispatch: policies, needs and exclusions; rounds of offers, offers, assignments, decisions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

import intake.models  # noqa: F401 -- foreign keys name its tables
import technicians.models  # noqa: F401 -- foreign keys name its tables
from dispatch.snapshot import CrewRole
from dispatch.words import DeclineReason, EndedHow, OfferState, RoundOutcome
from foundation.database.base import Base
from foundation.database.columns import Instant, Json, words_check
from foundation.database.identity import new_id
from intake.grades import Grade


class DispatchPolicy(Base):
    """One version of the numbers. A saved version is never changed or deleted; the database refuses it."""

    __tablename__ = "dispatch_policies"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int] = mapped_column(unique=True)
    valid_from: Mapped[datetime] = mapped_column(Instant)
    document: Mapped[dict[str, object]] = mapped_column(Json)
    #: None for what was shipped.
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (CheckConstraint("version >= 1", name="version_counts"), Index(None, "valid_from"))


class HeavyParts(Base):
    """Whether a complaint needs parts that only some vehicles carry; no row while nobody has said."""

    __tablename__ = "heavy_parts"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"), primary_key=True)
    needed: Mapped[bool]
    said_at: Mapped[datetime] = mapped_column(Instant)


class Exclusion(Base):
    """A customer doesn't want to see a technician again before `until`. Live while `ended_at` is NULL."""

    __tablename__ = "exclusions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    until: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str]
    said_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index(
            "uq_exclusions_live",
            "customer_id",
            "technician_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class Round(Base):
    """The search for one place in the crew of one complaint; open until somebody has it or nobody is sought any more.

    `next_look_at` is when it must be looked at again at the latest; `waiting_why` is set while nothing rings.
    """

    __tablename__ = "rounds"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    crew_role: Mapped[str]
    #: The policy in force when the search began: an edit since then doesn't touch it.
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("dispatch_policies.id"))
    grade: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(Instant)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None]
    next_look_at: Mapped[datetime] = mapped_column(Instant)
    waiting_why: Mapped[str | None]
    #: What the last recorded decision said; a look that says the same again isn't recorded again.
    last_said: Mapped[str | None]
    #: When it was announced that nobody is left; once per round.
    nobody_at: Mapped[datetime | None] = mapped_column(Instant)
    forecast_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Last moment for the best candidate to set off so that the promise is kept.
    leave_by_at: Mapped[datetime | None] = mapped_column(Instant)
    #: When a breach of the promise was forecast and announced; NULL again once it clears.
    breach_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        words_check("crew_role", CrewRole),
        words_check("grade", Grade),
        words_check("outcome", RoundOutcome),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed_whole"),
        Index("uq_rounds_open", "complaint_id", "crew_role", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("ix_rounds_to_look_at", "next_look_at", postgresql_where=text("closed_at IS NULL")),
        Index(
            "ix_rounds_at_risk",
            "leave_by_at",
            postgresql_where=text("closed_at IS NULL AND breach_at IS NULL AND crew_role = 'lead'"),
        ),
        Index(None, "complaint_id", "opened_at"),
    )


class Decision(Base):
    """One choice with everything it was made from; replaying the snapshot gives the outcome again."""

    __tablename__ = "decisions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    crew_role: Mapped[str]
    decided_at: Mapped[datetime] = mapped_column(Instant)
    policy_version: Mapped[int]
    #: {"snapshot": …, "policy": …}
    snapshot: Mapped[dict[str, object]] = mapped_column(Json)
    outcome: Mapped[dict[str, object]] = mapped_column(Json)
    digest: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (words_check("crew_role", CrewRole), Index(None, "complaint_id", "decided_at"))


class Offer(Base):
    """A question to one technician; it waits for the answer until `lapses_at`. `by_hand` was never asked, but told."""

    __tablename__ = "offers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    crew_role: Mapped[str]
    #: Of a major complaint: may ring beside one lesser offer.
    urgent: Mapped[bool]
    by_hand: Mapped[bool]
    state: Mapped[str]
    offered_at: Mapped[datetime] = mapped_column(Instant)
    lapses_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    decline_reason: Mapped[str | None]
    decline_note: Mapped[str | None]
    arrive_at: Mapped[datetime] = mapped_column(Instant)
    travel_min: Mapped[float]
    distance_km: Mapped[float]
    #: The terms of the ranking, and why this choice.
    reasons: Mapped[dict[str, object]] = mapped_column(Json)
    # Offers are claimed before their decision is written, in one transaction.
    decision_id: Mapped[UUID | None] = mapped_column(ForeignKey("decisions.id", deferrable=True, initially="DEFERRED"))

    __table_args__ = (
        words_check("crew_role", CrewRole),
        words_check("state", OfferState),
        words_check("decline_reason", DeclineReason),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered_whole"),
        CheckConstraint("state <> 'declined' OR decline_reason IS NOT NULL", name="declined_with_reason"),
        Index(
            "uq_offers_open_here", "technician_id", "complaint_id", unique=True, postgresql_where=text("state = 'open'")
        ),
        # One question at a time: one lesser and one urgent offer at most.
        Index(
            "uq_offers_one_at_a_time", "technician_id", "urgent", unique=True, postgresql_where=text("state = 'open'")
        ),
        Index("uq_offers_accepted", "round_id", unique=True, postgresql_where=text("state = 'accepted'")),
        Index("ix_offers_to_lapse", "lapses_at", postgresql_where=text("state = 'open'")),
        Index(None, "complaint_id", "offered_at"),
        Index(None, "technician_id", "offered_at"),
    )


class Assignment(Base):
    """Accepted work. `during` is the time it is expected to take, and the time it took once it ended.

    `paused_at` is set while the work is suspended: the technician is free for other work meanwhile.
    """

    __tablename__ = "assignments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id"))
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    crew_role: Mapped[str]
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    accepted_at: Mapped[datetime] = mapped_column(Instant)
    arrive_at: Mapped[datetime] = mapped_column(Instant)
    travel_min: Mapped[float]
    due_at: Mapped[datetime] = mapped_column(Instant)
    leave_by_at: Mapped[datetime] = mapped_column(Instant)
    breach_at: Mapped[datetime | None] = mapped_column(Instant)
    set_off_at: Mapped[datetime | None] = mapped_column(Instant)
    arrived_at: Mapped[datetime | None] = mapped_column(Instant)
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_how: Mapped[str | None]

    __table_args__ = (
        words_check("crew_role", CrewRole),
        words_check("ended_how", EndedHow),
        CheckConstraint("NOT isempty(during)", name="has_extent"),
        CheckConstraint("lower(during) IS NOT NULL AND upper(during) IS NOT NULL", name="bounded"),
        CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name="ended_whole"),
        ExcludeConstraint(
            ("technician_id", "="),
            ("during", "&&"),
            name="ex_assignments_overlap",
            using="gist",
            where=text("ended_at IS NULL AND paused_at IS NULL"),
        ),
        Index(
            "uq_assignments_live", "complaint_id", "crew_role", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
        Index("uq_assignments_offer", "offer_id", unique=True),
        Index("ix_assignments_busy", "technician_id", postgresql_where=text("ended_at IS NULL")),
        Index(
            "ix_assignments_at_risk",
            "leave_by_at",
            postgresql_where=text("ended_at IS NULL AND breach_at IS NULL AND set_off_at IS NULL"),
        ),
        Index(None, "complaint_id", "accepted_at"),
    )
