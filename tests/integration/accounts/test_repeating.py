"""One effect per Idempotency-Key; rates shared by all processes; who answers for a region; access to single cases."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from foundation.accounts import access, actions, idempotency, queries, rates
from foundation.accounts.errors import IdempotencyInFlight, IdempotencyKeyReused
from foundation.accounts.idempotency import Asked, Replay
from foundation.accounts.jobs import prune_answers, prune_rates
from foundation.accounts.roles import Role, system
from foundation.clock import HandClock, MachineClock, ShiftedClock
from foundation.database import conflicts
from foundation.database.identity import new_id
from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from foundation.jobs.job import JobContext
from foundation.problems import NotAllowed

pytestmark = pytest.mark.committed

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ASKED = Asked(key="0123456789", actor_key="user:1", route="POST /x", body_sha256=b"a" * 32)
ADMIN = system("tests")


def first(sessions: Sessions, asked: Asked = ASKED) -> Replay | None:
    with unit_of_work(sessions) as db:
        earlier = idempotency.begin(db, asked)
        if earlier is None:
            idempotency.finish(db, asked, status=201, headers='{"location": "/x/1"}', body=b'{"n": 1}', now=NOW)
    return earlier


def test_a_repeated_request_gets_the_first_answer(sessions: Sessions) -> None:
    assert first(sessions) is None
    assert first(sessions) == Replay(status=201, headers={"location": "/x/1"}, body=b'{"n": 1}')


def test_whoever_reads_the_row_reads_neither_key_nor_answer(sessions: Sessions) -> None:
    first(sessions)
    with reading(sessions) as look:
        row = look.execute(text("SELECT * FROM idempotency")).one()
    assert b'"n"' not in bytes(row.response)
    assert ASKED.body_sha256 != bytes(row.body_mark)
    assert ASKED.key.encode() not in bytes(row.key_sha256)
    guessed = Asked(key="0123456780", actor_key=ASKED.actor_key, route=ASKED.route, body_sha256=ASKED.body_sha256)
    with pytest.raises(InvalidTag):
        guessed.seal.open(bytes(row.response), about=ASKED.about)


def test_an_answer_moved_to_another_request_or_altered_does_not_open() -> None:
    seal, closed = ASKED.seal, ASKED.seal.close(b"secret", about=ASKED.about)
    assert seal.open(closed, about=ASKED.about) == b"secret"
    for content, about in ((closed, b"POST /y"), (closed[:-1] + bytes([closed[-1] ^ 1]), ASKED.about)):
        with pytest.raises(InvalidTag):
            seal.open(content, about=about)


def test_the_same_answer_is_never_closed_the_same_way_twice() -> None:
    assert ASKED.seal.close(b"x", about=b"") != ASKED.seal.close(b"x", about=b"")


def test_another_body_or_route_under_the_same_key_is_refused(sessions: Sessions) -> None:
    first(sessions)
    for other in (
        Asked(key=ASKED.key, actor_key=ASKED.actor_key, route=ASKED.route, body_sha256=b"b" * 32),
        Asked(key=ASKED.key, actor_key=ASKED.actor_key, route="POST /y", body_sha256=ASKED.body_sha256),
    ):
        with pytest.raises(IdempotencyKeyReused):
            first(sessions, other)


def test_the_same_key_of_somebody_else_is_another_key(sessions: Sessions) -> None:
    first(sessions)
    assert first(sessions, Asked(ASKED.key, "user:2", ASKED.route, ASKED.body_sha256)) is None


def test_a_rolled_back_request_leaves_its_key_free(sessions: Sessions) -> None:
    def refused() -> None:
        with unit_of_work(sessions) as db:
            idempotency.begin(db, ASKED)
            idempotency.finish(db, ASKED, status=201, headers="{}", body=b"", now=NOW)
            raise NotAllowed(permission="x")

    with pytest.raises(NotAllowed):
        refused()
    assert first(sessions) is None


def test_a_request_in_flight_is_answered_at_once(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        assert idempotency.begin(db, ASKED) is None
        with pytest.raises(IdempotencyInFlight):
            first(sessions)


def test_twenty_requests_at_once_have_one_effect(sessions: Sessions) -> None:
    start, outcomes = threading.Barrier(10), []

    def ask() -> None:
        start.wait()
        try:
            outcomes.append("made" if first(sessions) is None else "replayed")
        except IdempotencyInFlight:
            outcomes.append("in flight")

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 10
    assert outcomes.count("made") == 1


def test_a_record_that_slips_in_between_refuses_the_second_effect(sessions: Sessions) -> None:
    first(sessions)
    with pytest.raises(IntegrityError) as refused, unit_of_work(sessions) as db:
        idempotency.finish(db, ASKED, status=201, headers="{}", body=b"", now=NOW)
    assert isinstance(conflicts.problem_from(refused.value), IdempotencyInFlight)


def test_answers_are_forgotten_after_thirty_days(sessions: Sessions) -> None:
    first(sessions)
    assert prune_answers(JobContext(sessions=sessions, clock=HandClock(NOW + timedelta(days=30)))) == 0
    assert prune_answers(JobContext(sessions=sessions, clock=HandClock(NOW + timedelta(days=30, seconds=1)))) == 1


def test_more_answers_than_a_batch_are_forgotten_at_once(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        db.execute(
            text(
                "INSERT INTO idempotency SELECT decode(md5(n::text), 'hex'), 'a', 'r', '', 200, '{}', '', NULL, :now "
                "FROM generate_series(1, 5001) n"
            ),
            {"now": NOW},
        )
    assert prune_answers(JobContext(sessions=sessions, clock=HandClock(NOW + timedelta(days=31)))) == 5001


def test_an_allowance_that_is_being_spent_is_kept_whatever_the_clock_of_a_demo_says(sessions: Sessions) -> None:
    clock = ShiftedClock(starts_at=NOW + timedelta(days=400), anchor_at=MachineClock().now(), speed=50.0)
    context = JobContext(sessions=sessions, clock=clock)
    with unit_of_work(sessions) as db:
        rates.spend(db, "key", every=timedelta(minutes=5), burst=3, now=clock.machine_now())
    assert prune_rates(context) == 0
    with unit_of_work(sessions) as db:
        rates.spend(db, "old", every=timedelta(minutes=5), burst=3, now=clock.machine_now() - timedelta(hours=1))
    assert prune_rates(context) == 1


def spend(sessions: Sessions, at: datetime) -> timedelta | None:
    with unit_of_work(sessions) as db:
        return rates.spend(db, "key", every=timedelta(seconds=2), burst=3, now=at)


def test_a_rate_allows_a_burst_and_then_one_at_a_time(sessions: Sessions) -> None:
    assert [spend(sessions, NOW) for _ in range(3)] == [None] * 3
    assert spend(sessions, NOW) == timedelta(seconds=2)
    assert spend(sessions, NOW + timedelta(seconds=2)) is None
    assert spend(sessions, NOW + timedelta(seconds=2)) == timedelta(seconds=2)
    assert [spend(sessions, NOW + timedelta(minutes=5)) for _ in range(4)][:3] == [None] * 3


def test_a_rate_is_exact_when_many_ask_at_once(sessions: Sessions) -> None:
    allowed: list[bool] = []
    threads = [threading.Thread(target=lambda: allowed.append(spend(sessions, NOW) is None)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed.count(True) == 3


def staff(db: WriteSession) -> dict[str, UUID]:
    for code in ("HD", "HN"):
        actions.add_region(db, code, name_zh=code, name_en=code, timezone="Asia/Shanghai", actor=ADMIN, now=NOW)
    made = {}
    for login, role, regions in (
        ("a.hd", Role.MANAGER, ["HD"]),
        ("b.both", Role.MANAGER, ["HD", "HN"]),
        ("deputy", Role.MANAGER, ["HN"]),
        ("chief", Role.HEAD, []),
    ):
        made[login] = actions.add_user(
            db, login, name=login, role=role, regions=regions, password_hash="-", actor=ADMIN, now=NOW
        ).id
    return made


def names(sessions: Sessions, role: Role, region: str | None) -> list[str]:
    with reading(sessions) as look:
        return [person.name for person in queries.on_call_for(look, role, region, now=NOW)]


def test_whoever_has_the_fewest_regions_is_asked_first_and_heads_everywhere(sessions: Sessions) -> None:
    with unit_of_work(sessions) as db:
        staff(db)
    assert names(sessions, Role.MANAGER, "HD") == ["a.hd", "b.both"]
    assert names(sessions, Role.HEAD, "HN") == ["chief"]
    assert names(sessions, Role.MANAGER, "XX") == []
    assert names(sessions, Role.DISPATCHER, "HD") == []


def test_a_present_deputy_answers_for_somebody_away_and_the_matter_never_lacks_an_owner(sessions: Sessions) -> None:
    later = NOW + timedelta(days=3)
    with unit_of_work(sessions) as db:
        ids = staff(db)
        actions.change_user(db, ids["b.both"], active=False, actor=ADMIN, now=NOW)
        actions.change_user(db, ids["a.hd"], away_until=later, deputy_id=ids["deputy"], actor=ADMIN, now=NOW)
    assert names(sessions, Role.MANAGER, "HD") == ["deputy"]
    with unit_of_work(sessions) as db:
        actions.change_user(db, ids["deputy"], away_until=later, actor=ADMIN, now=NOW)
    with reading(sessions) as look:
        [last] = queries.on_call_for(look, Role.MANAGER, "HD", now=NOW)
        assert (last.name, last.away) == ("a.hd", True)
        [back] = queries.on_call_for(look, Role.MANAGER, "HD", now=later)
        assert back.away is False


def test_access_to_a_case_is_given_per_reason_and_ends(sessions: Sessions) -> None:
    case = new_id()
    with unit_of_work(sessions) as db:
        person = staff(db)["a.hd"]
        for reason in ("offer", "offer", "assignment"):
            access.grant(db, case, person, reason=reason, now=NOW)
        access.end(db, case, person, reason="offer", now=NOW)
        live = text("SELECT reason FROM case_access WHERE ended_at IS NULL")
        assert db.scalars(live).all() == ["assignment"]
        access.end(db, case, person, now=NOW)
        assert db.scalars(live).all() == []
        access.grant(db, case, person, reason="offer", now=NOW)
        assert db.scalars(live).all() == ["offer"]
