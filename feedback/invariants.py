"""What must always be true of feedback: queries that return a row for each violation. All take `:now`.

A document that is missing is not late while the errand that makes it waits for less than five minutes of the machine: a
demo's customers signed hours before there was a machine at all.
"""

from typing import Final

from foundation.ledger.recent import changed

INVARIANTS: Final[dict[str, str]] = {
    "feedback: a closed complaint has a report, a signature or an answered refusal, and a follow-up": f"""
        SELECT c.id FROM complaints c
        WHERE c.id IN {changed("complaints")} AND c.stage = 'closed' AND NOT (
            EXISTS (SELECT 1 FROM service_reports r WHERE r.complaint_id = c.id AND r.round = c.reopened_count)
            AND EXISTS (
                SELECT 1 FROM feedbacks f LEFT JOIN refusal_answers a ON a.feedback_id = f.id
                WHERE f.complaint_id = c.id AND f.round = c.reopened_count
                  AND (f.state = 'signed' OR a.feedback_id IS NOT NULL)
            )
            AND EXISTS (
                SELECT 1 FROM follow_ups u WHERE u.complaint_id = c.id AND u.round = c.reopened_count
                  AND (u.state = 'answered' OR (u.state = 'given_up' AND jsonb_array_length(u.attempts) >= 3))
            )
        )
    """,  # noqa: S608 -- our own constants
    "feedback: a confirmed complaint has a signature or an answered refusal": """
        SELECT c.id FROM complaints c
        WHERE c.next_due_at IS NOT NULL AND c.stage = 'confirmed' AND NOT EXISTS (
            SELECT 1 FROM feedbacks f LEFT JOIN refusal_answers a ON a.feedback_id = f.id
            WHERE f.complaint_id = c.id AND f.round = c.reopened_count
              AND (f.state = 'signed' OR a.feedback_id IS NOT NULL)
        )
    """,
    "feedback: a confirmed complaint has its follow-up call open, and no other complaint has one": """
        SELECT c.id FROM complaints c
        WHERE c.next_due_at IS NOT NULL AND c.stage = 'confirmed' AND NOT EXISTS (
            SELECT 1 FROM follow_ups u WHERE u.complaint_id = c.id AND u.round = c.reopened_count AND u.state = 'open'
        )
        UNION ALL
        SELECT c.id FROM follow_ups u JOIN complaints c ON c.id = u.complaint_id
        WHERE u.state = 'open' AND (c.stage <> 'confirmed' OR u.round <> c.reopened_count)
    """,
    "feedback: a record has the hash it was signed under": f"""
        SELECT id FROM feedbacks WHERE complaint_id IN {changed("complaints")}
          AND encode(sha256(convert_to(record, 'UTF8')), 'hex') <> record_sha256
    """,  # noqa: S608 -- our own constants
    "feedback: what came too late has the hash of its record and its entry in the ledger": f"""
        SELECT f.id FROM late_feedbacks f
        WHERE f.complaint_id IN {changed("complaints")} AND (
            encode(sha256(convert_to(f.record, 'UTF8')), 'hex') <> f.record_sha256
            OR NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.subject_id = f.complaint_id
                           AND e.step = 'feedback.late' AND e.facts ->> 'feedback_id' = f.id::text))
    """,  # noqa: S608 -- our own constants
    "feedback: a feedback older than five minutes has its document": f"""
        SELECT f.id FROM feedbacks f
        WHERE f.complaint_id IN {changed("complaints")} AND f.received_at < CAST(:now AS timestamptz) - interval '300 seconds'
          AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.feedback_id = f.id)
          AND NOT EXISTS (
            SELECT 1 FROM announcements a JOIN errands e ON e.announcement_id = a.id
            WHERE a.subject_id = f.complaint_id AND a.kind IN ('feedback.signed', 'feedback.refused')
              AND e.state = 'waiting' AND a.relayed_at > CAST(:machine_now AS timestamptz) - interval '300 seconds')
    """,  # noqa: S608 -- our own constants
    "feedback: a stored document has the content of its hash": """
        SELECT id FROM documents WHERE damaged_at IS NOT NULL
    """,
    "feedback: poor and refused feedback is remembered on the complaint": f"""
        SELECT c.id FROM complaints c JOIN feedbacks f ON f.complaint_id = c.id AND f.round = c.reopened_count
        WHERE c.id IN {changed("complaints")} AND f.state = 'signed' AND c.feedback_poor IS DISTINCT FROM (
            f.satisfaction < 5 OR 1 IN (f.quality, f.speed, f.attitude, f.information, f.safety)
        )
    """,  # noqa: S608 -- our own constants
}
