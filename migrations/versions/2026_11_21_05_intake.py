"""Customers, sites, equipment, complaints, deadlines, numbers."""

from collections.abc import Sequence

from alembic import op

revision: str = "2026_11_21_05_intake"
down_revision: str | None = "2026_11_21_04_notifications"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = """

"""

# Who may see what. Reading and changing are filtered by region, by the owner of the case and by single shared cases;
# adding is not: a call is taken wherever the unit stands, also for a region the agent or token doesn't look after, and
# jobs add deadlines and entries beside complaints that a statement is only just inserting. Which route may add is the
# permissions' matter.
POLICIES = """
ALTER TABLE complaints ENABLE ROW LEVEL SECURITY;
ALTER TABLE complaints FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON complaints USING (
    (SELECT sees_everything()) OR sees_region(region_code) OR owner_id = (SELECT scope_user())
    OR EXISTS (
        SELECT 1 FROM case_access a
        WHERE a.case_id = complaints.id AND a.user_id = (SELECT scope_user()) AND a.ended_at IS NULL
    )
) WITH CHECK (true);

ALTER TABLE deadlines ENABLE ROW LEVEL SECURITY;
ALTER TABLE deadlines FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON deadlines USING (
    (SELECT sees_everything()) OR EXISTS (SELECT 1 FROM complaints c WHERE c.id = deadlines.complaint_id)
) WITH CHECK (true);

ALTER TABLE customer_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer_links FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON customer_links USING (
    (SELECT sees_everything()) OR EXISTS (SELECT 1 FROM complaints c WHERE c.id = customer_links.complaint_id)
) WITH CHECK (true);

ALTER TABLE ledger_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON ledger_entries USING (
    (SELECT sees_everything())
    OR (subject_kind = 'complaint' AND EXISTS (SELECT 1 FROM complaints c WHERE c.id = ledger_entries.subject_id))
) WITH CHECK (true);

ALTER TABLE ledger_private_facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_private_facts FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON ledger_private_facts USING (
    (SELECT sees_everything()) OR EXISTS (SELECT 1 FROM ledger_entries e WHERE e.id = ledger_private_facts.entry_id)
) WITH CHECK (true);
"""

OPEN_UP = """
DROP POLICY scope ON ledger_private_facts;
ALTER TABLE ledger_private_facts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger_private_facts DISABLE ROW LEVEL SECURITY;
DROP POLICY scope ON ledger_entries;
ALTER TABLE ledger_entries NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger_entries DISABLE ROW LEVEL SECURITY;
"""


def upgrade() -> None:
    """Make the tables, then say who may see which row."""
    op.execute(TABLES)
    op.execute(POLICIES)


def downgrade() -> None:
    """Take them away again."""
    op.execute(OPEN_UP)
    op.execute(
        "DROP TABLE customer_links, number_counters, deadlines, complaints, relocations, equipment, sites, customers"
    )
