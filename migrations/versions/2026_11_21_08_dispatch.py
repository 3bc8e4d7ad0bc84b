"""Rounds, offers, assignments, decisions."""

from collections.abc import Sequence

from alembic import op

revision: str = "2026_11_21_08_dispatch"
down_revision: str | None = "2026_11_21_07_technicians"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = """
CREATE TABLE rounds (
    id UUID NOT NULL,
    complaint_id UUID NOT NULL,
    crew_role VARCHAR NOT NULL,
    grade VARCHAR NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    outcome VARCHAR,
    next_look_at TIMESTAMP WITH TIME ZONE NOT NULL,
    waiting_why VARCHAR,
    last_said VARCHAR,
    nobody_at TIMESTAMP WITH TIME ZONE,
    forecast_at TIMESTAMP WITH TIME ZONE,
    leave_by_at TIMESTAMP WITH TIME ZONE,
    breach_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_rounds PRIMARY KEY (id),
    CONSTRAINT ck_rounds_crew_role_word CHECK (crew_role IN ('lead', 'second')),
    CONSTRAINT ck_rounds_grade_word CHECK (grade IN ('major', 'serious', 'general')),
    CONSTRAINT ck_rounds_outcome_word CHECK (outcome IN ('accepted', 'by_hand', 'stopped')),
    CONSTRAINT ck_rounds_closed_whole CHECK ((closed_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT fk_rounds_complaint_id FOREIGN KEY(complaint_id) REFERENCES complaints (id)
);

CREATE INDEX ix_rounds_at_risk ON rounds (leave_by_at)
    WHERE closed_at IS NULL AND breach_at IS NULL AND crew_role = 'lead';
CREATE INDEX ix_rounds_complaint_id_opened_at ON rounds (complaint_id, opened_at);
CREATE INDEX ix_rounds_to_look_at ON rounds (next_look_at) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX uq_rounds_open ON rounds (complaint_id, crew_role) WHERE closed_at IS NULL;

CREATE TABLE decisions (
    id UUID NOT NULL,
    complaint_id UUID NOT NULL,
    round_id UUID NOT NULL,
    crew_role VARCHAR NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    policy_version INTEGER NOT NULL,
    snapshot JSONB NOT NULL,
    outcome JSONB NOT NULL,
    digest BYTEA NOT NULL,
    CONSTRAINT pk_decisions PRIMARY KEY (id),
    CONSTRAINT ck_decisions_crew_role_word CHECK (crew_role IN ('lead', 'second')),
    CONSTRAINT fk_decisions_complaint_id FOREIGN KEY(complaint_id) REFERENCES complaints (id),
    CONSTRAINT fk_decisions_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
);

CREATE INDEX ix_decisions_complaint_id_decided_at ON decisions (complaint_id, decided_at);

CREATE TABLE offers (
    id UUID NOT NULL,
    round_id UUID NOT NULL,
    complaint_id UUID NOT NULL,
    technician_id UUID NOT NULL,
    crew_role VARCHAR NOT NULL,
    urgent BOOLEAN NOT NULL,
    by_hand BOOLEAN NOT NULL,
    state VARCHAR NOT NULL,
    offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    lapses_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    decline_reason VARCHAR,
    decline_note VARCHAR,
    arrive_at TIMESTAMP WITH TIME ZONE NOT NULL,
    travel_min DOUBLE PRECISION NOT NULL,
    distance_km DOUBLE PRECISION NOT NULL,
    reasons JSONB NOT NULL,
    decision_id UUID,
    CONSTRAINT pk_offers PRIMARY KEY (id),
    CONSTRAINT ck_offers_crew_role_word CHECK (crew_role IN ('lead', 'second')),
    CONSTRAINT ck_offers_state_word CHECK (state IN ('open', 'accepted', 'declined', 'lapsed', 'withdrawn')),
    CONSTRAINT ck_offers_decline_reason_word CHECK (
        decline_reason IN ('too_far', 'ill', 'hours', 'skill', 'parts', 'vehicle', 'road', 'other')
    ),
    CONSTRAINT ck_offers_answered_whole CHECK ((state = 'open') = (answered_at IS NULL)),
    CONSTRAINT ck_offers_declined_with_reason CHECK (state <> 'declined' OR decline_reason IS NOT NULL),
    CONSTRAINT fk_offers_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_offers_complaint_id FOREIGN KEY(complaint_id) REFERENCES complaints (id),
    CONSTRAINT fk_offers_technician_id FOREIGN KEY(technician_id) REFERENCES technicians (id),
    CONSTRAINT fk_offers_decision_id FOREIGN KEY(decision_id) REFERENCES decisions (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_offers_complaint_id_offered_at ON offers (complaint_id, offered_at);
CREATE INDEX ix_offers_round_id ON offers (round_id);
CREATE INDEX ix_offers_technician_id_offered_at ON offers (technician_id, offered_at);
CREATE INDEX ix_offers_to_lapse ON offers (lapses_at) WHERE state = 'open';
CREATE UNIQUE INDEX uq_offers_accepted ON offers (round_id) WHERE state = 'accepted';
CREATE UNIQUE INDEX uq_offers_one_at_a_time ON offers (technician_id, urgent) WHERE state = 'open';
CREATE UNIQUE INDEX uq_offers_open_here ON offers (technician_id, complaint_id) WHERE state = 'open';

CREATE TABLE assignments (
    id UUID NOT NULL,
    complaint_id UUID NOT NULL,
    technician_id UUID NOT NULL,
    crew_role VARCHAR NOT NULL,
    offer_id UUID NOT NULL,
    during TSTZRANGE NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    arrive_at TIMESTAMP WITH TIME ZONE NOT NULL,
    travel_min DOUBLE PRECISION NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    leave_by_at TIMESTAMP WITH TIME ZONE NOT NULL,
    breach_at TIMESTAMP WITH TIME ZONE,
    set_off_at TIMESTAMP WITH TIME ZONE,
    arrived_at TIMESTAMP WITH TIME ZONE,
    paused_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_how VARCHAR,
    CONSTRAINT pk_assignments PRIMARY KEY (id),
    CONSTRAINT ck_assignments_crew_role_word CHECK (crew_role IN ('lead', 'second')),
    CONSTRAINT ck_assignments_ended_how_word CHECK (ended_how IN ('finished', 'handed_back', 'case_ended', 'released')),
    CONSTRAINT ck_assignments_has_extent CHECK (NOT isempty(during)),
    CONSTRAINT ck_assignments_bounded CHECK (lower(during) IS NOT NULL AND upper(during) IS NOT NULL),
    CONSTRAINT ck_assignments_ended_whole CHECK ((ended_at IS NULL) = (ended_how IS NULL)),
    CONSTRAINT ex_assignments_overlap EXCLUDE USING gist (technician_id WITH =, during WITH &&)
    WHERE (ended_at IS NULL AND paused_at IS NULL),
    CONSTRAINT fk_assignments_complaint_id FOREIGN KEY(complaint_id) REFERENCES complaints (id),
    CONSTRAINT fk_assignments_technician_id FOREIGN KEY(technician_id) REFERENCES technicians (id),
    CONSTRAINT fk_assignments_offer_id FOREIGN KEY(offer_id) REFERENCES offers (id)
);

CREATE INDEX ix_assignments_at_risk ON assignments (leave_by_at)
    WHERE ended_at IS NULL AND breach_at IS NULL AND set_off_at IS NULL;
CREATE INDEX ix_assignments_busy ON assignments (technician_id) WHERE ended_at IS NULL;
CREATE INDEX ix_assignments_complaint_id_accepted_at ON assignments (complaint_id, accepted_at);
CREATE UNIQUE INDEX uq_assignments_live ON assignments (complaint_id, crew_role) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX uq_assignments_offer ON assignments (offer_id);
"""

# Everything here belongs to a complaint and is seen by whoever sees it. Writing is checked by the complaint that the
# writer had to lock first; jobs and sweeps act for the system.
SCOPED = ("rounds", "decisions", "offers", "assignments")
POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON {table} USING (
    (SELECT sees_everything()) OR EXISTS (SELECT 1 FROM complaints c WHERE c.id = {table}.complaint_id)
) WITH CHECK (true);
"""


def upgrade() -> None:
    """Make the tables, scoped by their complaint."""
    op.execute(TABLES)
    for table in SCOPED:
        op.execute(POLICY.format(table=table))


def downgrade() -> None:
    """Take them away again."""
    op.execute("DROP TABLE assignments, offers, decisions, rounds")
