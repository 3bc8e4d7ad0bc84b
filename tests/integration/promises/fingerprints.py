"""What a database holds, table by table: to see that nothing changed, or exactly as much as once."""

from collections.abc import Mapping

from tests.town import Town

#: Written beside what was asked for, whatever becomes of it: refusals, sign-in delays, loops, rates, last use.
BESIDE = frozenset({"security_events", "sign_in_delays", "rates", "loops", "commit_switch"})


def tables(town: Town) -> list[str]:
    """Every table of the system."""
    rows = town.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return [row.tablename for row in rows if row.tablename not in BESIDE | {"alembic_version"}]


def fingerprint(town: Town) -> Mapping[str, tuple[int, int]]:
    """Rows and a digest of their content, by table."""
    parts = [
        f"SELECT '{name}' AS name, count(*) AS rows, COALESCE(sum(hashtext(t::text)::bigint), 0)::bigint AS digest FROM {name} t"
        for name in tables(town)
    ]
    return {row.name: (row.rows, row.digest) for row in town.rows(" UNION ALL ".join(parts))}


def counts(town: Town) -> Mapping[str, int]:
    """Rows by table."""
    parts = [f"SELECT '{name}' AS name, count(*) AS rows FROM {name}" for name in tables(town)]
    return {row.name: row.rows for row in town.rows(" UNION ALL ".join(parts))}


def grown(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """How many rows were added, by table."""
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}
