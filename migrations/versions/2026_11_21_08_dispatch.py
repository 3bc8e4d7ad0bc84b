"""Policies, needs, exclusions; rounds, offers, assignments, decisions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_21_08_dispatch"
down_revision: str | None = "2026_11_21_07_technicians"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = """
CREATE TABLE dispatch_policies (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    document JSONB NOT NULL,
    author_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_dispatch_policies PRIMARY KEY (id),
    CONSTRAINT uq_dispatch_policies_version UNIQUE (version),
    CONSTRAINT ck_dispatch_policies_version_counts CHECK (version >= 1),
    CONSTRAINT fk_dispatch_policies_author_id FOREIGN KEY(author_id) REFERENCES users (id)
);

CREATE INDEX ix_dispatch_policies_valid_from ON dispatch_policies (valid_from);

CREATE TABLE heavy_parts (
    complaint_id UUID NOT NULL,
    needed BOOLEAN NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_heavy_parts PRIMARY KEY (complaint_id),
    CONSTRAINT fk_heavy_parts_complaint_id FOREIGN KEY(complaint_id) REFERENCES complaints (id)
);

CREATE TABLE exclusions (
    id UUID NOT NULL,
    customer_id UUID NOT NULL,
    technician_id UUID NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    reason VARCHAR NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_exclusions PRIMARY KEY (id),
    CONSTRAINT fk_exclusions_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
    CONSTRAINT fk_exclusions_technician_id FOREIGN KEY(technician_id) REFERENCES technicians (id)
);

CREATE UNIQUE INDEX uq_exclusions_live ON exclusions (customer_id, technician_id) WHERE ended_at IS NULL;

CREATE TABLE rounds (
    id UUID NOT NULL,
    complaint_id UUID NOT NULL,
    crew_role VARCHAR NOT NULL,
    policy_id UUID NOT NULL,
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
    CONSTRAINT fk_rounds_complaint_id FOREIGN KEY(complaint_id) REFERENCES complaints (id),
    CONSTRAINT fk_rounds_policy_id FOREIGN KEY(policy_id) REFERENCES dispatch_policies (id)
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

# The numbers as shipped, frozen here: what a running search was stamped with must not follow later code.
SHIPPED = """
INSERT INTO dispatch_policies (id, version, valid_from, document, author_id, created_at)
VALUES ('019aa2f0-0000-7000-8000-000000000003', 1, '2020-01-01T00:00:00Z', CAST(:document AS jsonb), NULL,
    '2020-01-01T00:00:00Z')
"""
NUMBERS = """
{
  "major": {"offer_life_min": 3, "rings": 3, "work_min": 240, "overtime_min": 720, "on_call": true,
    "against_target": true, "ask_again_min": 10, "look_every_s": 15},
  "serious": {"offer_life_min": 10, "rings": 1, "work_min": 180, "overtime_min": 180, "on_call": true,
    "against_target": false, "ask_again_min": 30, "look_every_s": 30},
  "general": {"offer_life_min": 30, "rings": 1, "work_min": 132, "overtime_min": 60, "on_call": false,
    "against_target": false, "ask_again_min": 60, "look_every_s": 60},
  "nearest": 24, "further": [48, 192], "horizon_h": 72,
  "emergency": {"max_daily_h": 16, "max_weekly_h": 72, "min_rest_h": 6},
  "overrun_min": 30, "askable_within_h": 24
}
"""

# What belongs to a complaint is seen by whoever sees it. Writing is checked by the complaint that the writer had to lock
# first; jobs and sweeps act for the system. Policies and what customers refuse are no region's matter.
SCOPED = ("rounds", "decisions", "offers", "assignments", "heavy_parts")
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
    op.execute(sa.text(SHIPPED).bindparams(document=NUMBERS))
    for name, when in (("stay", "UPDATE OR DELETE"), ("stay_whole", "TRUNCATE")):
        each = "STATEMENT" if when == "TRUNCATE" else "ROW"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON dispatch_policies FOR EACH {each} EXECUTE FUNCTION policies_stay()"
        )
    for table in SCOPED:
        op.execute(POLICY.format(table=table))


def downgrade() -> None:
    """Take them away again."""
    op.execute("DROP TABLE assignments, offers, decisions, rounds, exclusions, heavy_parts, dispatch_policies")
