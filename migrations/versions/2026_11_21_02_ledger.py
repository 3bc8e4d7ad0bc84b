"""Ledger, announcements, errands, checkpoints, loops; rights of the application's role; the queue."""

from collections.abc import Sequence

from alembic import op

revision: str = "2026_11_21_02_ledger"
down_revision: str | None = "2026_11_21_01_scope"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = """
CREATE TABLE ledger_entries (
    id UUID NOT NULL,
    subject_id UUID NOT NULL,
    subject_kind VARCHAR NOT NULL,
    seq INTEGER NOT NULL,
    step VARCHAR NOT NULL,
    actor_kind VARCHAR NOT NULL,
    actor_id UUID,
    actor_label VARCHAR NOT NULL,
    facts JSONB NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    previous_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_ledger_entries PRIMARY KEY (id),
    CONSTRAINT uq_ledger_entries_subject_id_seq UNIQUE (subject_id, seq)
);

CREATE INDEX ix_ledger_entries_recorded_at ON ledger_entries (recorded_at);

CREATE TABLE ledger_heads (
    subject_id UUID NOT NULL,
    subject_kind VARCHAR NOT NULL,
    seq INTEGER NOT NULL,
    hash BYTEA NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    checkpointed_seq INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_ledger_heads PRIMARY KEY (subject_id)
);

CREATE INDEX ix_ledger_heads_fresh ON ledger_heads (subject_id) WHERE seq > checkpointed_seq;

CREATE TABLE ledger_private_facts (
    entry_id UUID NOT NULL,
    name VARCHAR NOT NULL,
    salt BYTEA NOT NULL,
    value VARCHAR,
    erased_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_ledger_private_facts PRIMARY KEY (entry_id, name),
    CONSTRAINT fk_ledger_private_facts_entry_id FOREIGN KEY(entry_id) REFERENCES ledger_entries (id)
);

CREATE INDEX ix_ledger_private_facts_position ON ledger_private_facts (entry_id) WHERE name = 'position' AND value IS NOT NULL;

CREATE TABLE announcements (
    id UUID NOT NULL,
    kind VARCHAR NOT NULL,
    subject_id UUID NOT NULL,
    payload JSONB NOT NULL,
    announced_at TIMESTAMP WITH TIME ZONE NOT NULL,
    relayed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_announcements PRIMARY KEY (id)
);

CREATE INDEX ix_announcements_subject_id ON announcements (subject_id);

CREATE INDEX ix_announcements_waiting ON announcements (announced_at, id) WHERE relayed_at IS NULL;

CREATE TABLE errands (
    announcement_id UUID NOT NULL,
    job VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    next_ring_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    trouble VARCHAR,
    seen_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_errands PRIMARY KEY (announcement_id, job),
    CONSTRAINT ck_errands_state_word CHECK (state IN ('waiting', 'done', 'parked')),
    CONSTRAINT fk_errands_announcement_id FOREIGN KEY(announcement_id) REFERENCES announcements (id)
);

CREATE INDEX ix_errands_parked ON errands (announcement_id) WHERE state = 'parked';

CREATE INDEX ix_errands_waiting ON errands (next_ring_at) WHERE state = 'waiting';

CREATE TABLE ledger_checkpoints (
    number INTEGER NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    document JSONB NOT NULL,
    digest BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    CONSTRAINT pk_ledger_checkpoints PRIMARY KEY (number)
);

CREATE TABLE loops (
    name VARCHAR NOT NULL,
    ticked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    every_s DOUBLE PRECISION NOT NULL,
    moved BIGINT NOT NULL,
    trouble VARCHAR,
    troubled_since TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_loops PRIMARY KEY (name)
);
"""

# Also for the owner, and also in a session that switches ordinary triggers off (ENABLE ALWAYS): whoever alters history
# has to alter the schema first, and the checkpoints still tell.
REFUSALS = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the ledger is append-only', TG_OP, TG_TABLE_NAME;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER append_only;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
ALTER TABLE ledger_checkpoints ENABLE ALWAYS TRIGGER append_only;

CREATE TRIGGER no_removal BEFORE DELETE OR TRUNCATE ON ledger_heads
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
ALTER TABLE ledger_heads ENABLE ALWAYS TRIGGER no_removal;

CREATE TRIGGER no_removal BEFORE DELETE OR TRUNCATE ON ledger_private_facts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
ALTER TABLE ledger_private_facts ENABLE ALWAYS TRIGGER no_removal;

-- Erasing takes the value and its salt: with the salt a telephone number could be guessed from its digest.
CREATE FUNCTION ledger_erase_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.entry_id = OLD.entry_id AND NEW.name = OLD.name AND OLD.erased_at IS NULL
       AND NEW.value IS NULL AND NEW.salt = ''::bytea AND NEW.erased_at IS NOT NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a private fact can only be erased';
END $$;

CREATE TRIGGER erase_only BEFORE UPDATE ON ledger_private_facts
    FOR EACH ROW EXECUTE FUNCTION ledger_erase_only();
ALTER TABLE ledger_private_facts ENABLE ALWAYS TRIGGER erase_only;
"""

# The tables of dramatiq-postgres, as its pinned version makes them; a test compares.
QUEUE = """
CREATE SCHEMA IF NOT EXISTS "dramatiq";
CREATE TYPE "dramatiq"."state" AS ENUM (
  'queued',
  'consumed',
  'rejected'
);
CREATE TABLE "dramatiq"."queue"(
  message_id uuid PRIMARY KEY,
  queue_name TEXT NOT NULL DEFAULT 'default',
  "state" "dramatiq"."state",
  mtime TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
  -- message as encoded by dramatiq.
  message JSONB,
  -- Monotonic enqueue counter, tie-breaker for FIFO ordering.
  position BIGINT GENERATED BY DEFAULT AS IDENTITY,
  -- Do not deliver before this timestamp. Implements delay/eta server-side.
  available_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  -- Worker owning the message while consumed. NULL once requeued.
  worker_id uuid,
  consumed_at TIMESTAMP WITH TIME ZONE
) WITHOUT OIDS;
-- Hot claim path: workers poll due messages per queue in FIFO order. The
-- partial predicate keeps the index tiny whatever the table size.
CREATE INDEX ON "dramatiq"."queue"(queue_name, available_at, position)
  WHERE "state" = 'queued';
-- Index state and mtime together to speed up purge and recovery.
CREATE INDEX ON "dramatiq"."queue"("state", mtime);
-- One row per live worker process. Rows with a stale heartbeat mark dead
-- workers whose consumed messages must be requeued.
CREATE TABLE "dramatiq"."worker"(
  worker_id uuid PRIMARY KEY,
  heartbeat_at TIMESTAMP WITH TIME ZONE NOT NULL
) WITHOUT OIDS;
-- Actor results, decoupled from the queue so acknowledged messages can be
-- deleted from the hot table immediately.
CREATE TABLE "dramatiq"."result"(
  message_id uuid PRIMARY KEY,
  "result" JSONB,
  expires_at TIMESTAMP WITH TIME ZONE
) WITHOUT OIDS;
"""

# The application's role owns nothing: it gets the rights on rows, and fewer on the ledger. Where one role does
# everything (a database given from outside) the triggers stand alone.
RIGHTS = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'callout') OR current_user = 'callout' THEN
        RETURN;
    END IF;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO callout;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO callout;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO callout;
    REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON alembic_version FROM callout;
    REVOKE UPDATE, DELETE, TRUNCATE ON ledger_entries, ledger_checkpoints FROM callout;
    REVOKE DELETE, TRUNCATE ON ledger_heads, ledger_private_facts FROM callout;
    GRANT USAGE ON SCHEMA dramatiq TO callout;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dramatiq TO callout;
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA dramatiq TO callout;
END $$
"""


def upgrade() -> None:
    for statements in (TABLES, REFUSALS, QUEUE, RIGHTS):
        op.execute(statements)


def downgrade() -> None:
    op.execute("DROP SCHEMA dramatiq CASCADE")
    op.execute(
        "DROP TABLE loops, ledger_checkpoints, errands, announcements, ledger_private_facts, ledger_heads, "
        "ledger_entries"
    )
    op.execute("DROP FUNCTION ledger_refuse(), ledger_erase_only()")
    op.execute(
        """
        DO $$
        BEGIN
            IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'callout') AND current_user <> 'callout' THEN
                ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM callout;
                ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM callout;
            END IF;
        END $$
        """
    )
