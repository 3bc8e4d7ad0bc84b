"""What must always hold on the ground storey, as SQL that finds the rows where it doesn't.

Ages are judged by the machine's clock against machine times. An announcement's is the time in its UUIDv7 against the
database's own clock, because `announced_at` is domain time, which a demo may run faster.

They are asked every minute, so of the chains only those are looked at that grew since their last checkpoint, and of
deliveries the recent ones (`recent`); the verifier walks the whole history.
"""

from typing import Final

from foundation.ledger.recent import SINCE, SINCE_ID

#: Name → SQL returning the violating rows.
INVARIANTS: Final[dict[str, str]] = {
    "an announcement is relayed within 60 s": """
        SELECT a.id, a.kind, a.announced_at FROM announcements a
        WHERE a.relayed_at IS NULL
          AND to_timestamp(('x' || substr(replace(a.id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)
              < clock_timestamp() - interval '60 s'
    """,
    "an errand that is due is rung again within 60 s": """
        SELECT announcement_id, job, attempts, next_ring_at FROM errands
        WHERE state = 'waiting' AND next_ring_at < CAST(:machine_now AS timestamptz) - interval '60 s'
    """,
    "a dead letter has been seen by a person": """
        SELECT announcement_id, job, attempts, trouble FROM errands WHERE state = 'parked' AND seen_at IS NULL
    """,
    "a chain has no gap and ends at its head": """
        SELECT h.subject_id, h.seq, count(e.id) AS entries FROM ledger_heads h
        LEFT JOIN ledger_entries e ON e.subject_id = h.subject_id
        WHERE h.seq > h.checkpointed_seq
        GROUP BY h.subject_id, h.seq, h.hash
        HAVING count(e.id) <> h.seq OR COALESCE(max(e.seq), 0) <> h.seq
            OR NOT COALESCE(bool_or(e.seq = h.seq AND e.hash = h.hash), false)
    """,
    "every entry belongs to a chain with a head": f"""
        SELECT e.id, e.subject_id FROM ledger_entries e
        WHERE e.recorded_at >= {SINCE}
          AND NOT EXISTS (SELECT 1 FROM ledger_heads h WHERE h.subject_id = e.subject_id)
    """,  # noqa: S608 -- our own constants
    "every entry follows the one before it": """
        SELECT id, subject_id, seq FROM (
            SELECT e.id, e.subject_id, e.seq, e.previous_hash,
                   lag(e.hash) OVER (PARTITION BY e.subject_id ORDER BY e.seq) AS before
            FROM ledger_heads h JOIN ledger_entries e ON e.subject_id = h.subject_id
            WHERE h.seq > h.checkpointed_seq) linked
        WHERE previous_hash <> COALESCE(before, decode(repeat('00', 32), 'hex'))
    """,
    "nothing is delivered twice to somebody outside": f"""
        SELECT d.dedup_key, d.recipient_key, count(*) FROM deliveries d
        WHERE (d.dedup_key, d.recipient_key) IN (
                SELECT dedup_key, recipient_key FROM deliveries
                WHERE id >= {SINCE_ID} AND recipient_key LIKE 'address:%')
          AND d.state IN ('sending', 'sent', 'delivered', 'unknown')
        GROUP BY d.dedup_key, d.recipient_key HAVING count(*) > 1
    """,  # noqa: S608 -- our own constants
    "an unknown delivery to somebody outside has a task for a person": f"""
        SELECT d.id, d.message_id FROM deliveries d
        WHERE d.id >= {SINCE_ID} AND d.recipient_key LIKE 'address:%' AND d.state = 'unknown'
          AND NOT EXISTS (SELECT 1 FROM message_tasks t WHERE t.delivery_id = d.id)
    """,  # noqa: S608 -- our own constants
    "no loop is silent": """
        SELECT name, ticked_at FROM loops
        WHERE ticked_at < CAST(:machine_now AS timestamptz) - make_interval(secs => GREATEST(30, 3 * every_s))
    """,
}
