"""Signing in: no session is adopted, revoked is revoked, guessing gets slower, nobody is locked out for ever."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import UNSET
from sqlalchemy import text

from foundation.accounts import actions, authenticating, passwords, secrets, signing_in
from foundation.accounts.errors import LoginTaken, PasswordWeak, RegionUnknown, SignInDelayed, SignInFailed
from foundation.accounts.jobs import prune_sessions
from foundation.accounts.roles import ActorKind, Role, system
from foundation.accounts.signing_in import SignedIn
from foundation.clock import HandClock
from foundation.database.session import Sessions, reading, unit_of_work
from foundation.jobs.job import JobContext

pytestmark = pytest.mark.committed

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PASSWORD = "long enough to be good"
ADMIN = system("tests")


@pytest.fixture
def people(sessions: Sessions) -> Sessions:
    with unit_of_work(sessions) as db:
        actions.add_region(db, "HD", name_zh="华东", name_en="East", timezone="Asia/Shanghai", actor=ADMIN, now=NOW)
        actions.add_user(
            db, "Wang.Fang", name="王芳", role=Role.DISPATCHER, regions=["HD"], password=PASSWORD, actor=ADMIN, now=NOW
        )
        actions.add_user(db, "head", name="李总", role=Role.HEAD, regions=[], password=PASSWORD, actor=ADMIN, now=NOW)
    return sessions


def sign_in(sessions: Sessions, *, login: str = "wang.fang", password: str = PASSWORD, at: datetime = NOW) -> SignedIn:
    return signing_in.sign_in(sessions, login=login, password=password, user_agent="a browser", now=at)


def who(sessions: Sessions, token: str, at: datetime) -> authenticating.Authenticated | None:
    with reading(sessions) as look:
        return authenticating.by_session(look, token, now=at)


def test_a_person_who_signs_in_is_known_by_role_and_regions(people: Sessions) -> None:
    made = sign_in(people, login=" WANG.fang ")
    found = who(people, made.token, NOW)
    assert found is not None
    assert (found.actor.label, found.actor.role, found.actor.regions) == (
        "wang.fang",
        Role.DISPATCHER,
        frozenset({"HD"}),
    )
    assert found.csrf == made.csrf != made.token
    head = who(people, sign_in(people, login="head").token, NOW)
    assert head is not None
    assert head.actor.regions is None


def test_nothing_stored_signs_anybody_in(people: Sessions) -> None:
    made = sign_in(people)
    with reading(people) as look:
        stored = str(look.execute(text("SELECT * FROM sessions")).all()) + str(
            look.execute(text("SELECT * FROM ledger_entries")).all()
        )
    assert made.token not in stored
    assert made.csrf not in stored
    assert PASSWORD not in stored


def test_ended_sessions_and_old_failures_are_forgotten_in_the_end(people: Sessions) -> None:
    made = sign_in(people)
    with pytest.raises(SignInFailed):
        sign_in(people, password="something else entirely")
    ends_at = NOW + signing_in.LONGEST
    assert pruned(people, NOW + timedelta(hours=23)) == 0
    assert pruned(people, NOW + timedelta(hours=25)) == 1, "the failure"
    assert who(people, made.token, NOW) is not None
    assert pruned(people, ends_at + timedelta(days=30)) == 0
    assert pruned(people, ends_at + timedelta(days=30, seconds=1)) == 1


def pruned(sessions: Sessions, at: datetime) -> int:
    return prune_sessions(JobContext(sessions=sessions, clock=HandClock(at)))


def test_every_sign_in_is_a_new_session(people: Sessions) -> None:
    assert sign_in(people).token != sign_in(people).token


def test_a_revoked_session_never_comes_back(people: Sessions) -> None:
    made = sign_in(people)
    with unit_of_work(people) as db:
        signing_in.sign_out(db, made.session_id, now=NOW)
        authenticating.seen(db, made.session_id, now=NOW + timedelta(minutes=1))
    assert who(people, made.token, NOW) is None


def test_a_session_ends_when_idle_and_in_any_case(people: Sessions) -> None:
    made = sign_in(people)
    assert who(people, made.token, NOW + timedelta(hours=11, minutes=59)) is not None
    assert who(people, made.token, NOW + timedelta(hours=12)) is None
    for hours in range(6, 7 * 24, 6):
        with unit_of_work(people) as db:
            authenticating.seen(db, made.session_id, now=NOW + timedelta(hours=hours))
        assert who(people, made.token, NOW + timedelta(hours=hours)) is not None
    assert who(people, made.token, NOW + timedelta(days=7)) is None


@pytest.mark.parametrize("change", ["password", "closed", "role"])
def test_a_changed_account_is_signed_out_everywhere(people: Sessions, change: str) -> None:
    made = sign_in(people)
    with unit_of_work(people) as db:
        if change == "password":
            actions.set_password(db, made.user_id, "another long password", actor=ADMIN, now=NOW)
        else:
            actions.change_user(
                db,
                made.user_id,
                active=False if change == "closed" else UNSET,
                role=Role.AGENT if change == "role" else UNSET,
                actor=ADMIN,
                now=NOW,
            )
    assert who(people, made.token, NOW) is None


def test_wrong_password_unknown_login_and_closed_account_look_the_same(people: Sessions) -> None:
    with unit_of_work(people) as db:
        made = actions.add_user(
            db, "gone", name="x", role=Role.AGENT, regions=[], password=PASSWORD, actor=ADMIN, now=NOW
        )
        actions.change_user(db, made.id, active=False, actor=ADMIN, now=NOW)
    for login, password in (("wang.fang", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)):
        with pytest.raises(SignInFailed) as refused:
            sign_in(people, login=login, password=password)
        assert refused.value.facts == {}


def test_guessing_gets_slower_but_never_ends_in_a_lockout(people: Sessions) -> None:
    at, waits = NOW, []
    for _ in range(28):
        try:
            sign_in(people, password="wrong", at=at)
        except SignInDelayed as delayed:
            waits.append(delayed.facts["retry_after_s"])
            at += timedelta(seconds=int(str(waits[-1])))
        except SignInFailed:
            pass
    assert waits[:5] == [2, 4, 8, 16, 32]
    assert waits[-1] == 300
    assert sign_in(people, at=at + timedelta(seconds=300)).login == "wang.fang"
    with pytest.raises(SignInFailed):  # a success forgives: no delay for the next failure
        sign_in(people, password="wrong", at=at + timedelta(seconds=300))


def test_a_hundred_guesses_at_once_are_not_cheaper_than_one_by_one(people: Sessions) -> None:
    outcomes: list[type[Exception]] = []
    start = threading.Barrier(8)

    def guess() -> None:
        start.wait()
        try:
            sign_in(people, password="wrong")
        except (SignInFailed, SignInDelayed) as refused:
            outcomes.append(type(refused))

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(SignInFailed) == signing_in.FREE_FAILURES + 1


def test_failures_are_kept_for_the_security_officer(people: Sessions) -> None:
    with pytest.raises(SignInFailed):
        sign_in(people, password="wrong")
    with reading(people) as look:
        assert look.execute(text("SELECT kind, facts FROM security_events")).all() == [
            ("sign-in.failed", {"login": "wang.fang"})
        ]


def test_an_api_token_may_do_what_it_was_given_until_it_is_revoked(people: Sessions) -> None:
    with unit_of_work(people) as db:
        made = actions.add_token(
            db,
            "gateway",
            powers={"complaint.log"},
            regions=["HD"],
            actor=ADMIN,
            now=NOW,
            expires_at=NOW + timedelta(days=1),
        )
    with reading(people) as look:
        actor = authenticating.by_token(look, made.secret, now=NOW)
        assert authenticating.by_token(look, made.secret, now=NOW + timedelta(days=1)) is None
        assert authenticating.by_token(look, made.secret + "x", now=NOW) is None
    assert actor is not None
    assert (actor.kind, actor.powers, actor.regions) == (
        ActorKind.TOKEN,
        frozenset({"complaint.log"}),
        frozenset({"HD"}),
    )
    with unit_of_work(people) as db:
        actions.revoke_token(db, made.id, actor=ADMIN, now=NOW)
        actions.revoke_token(db, made.id, actor=ADMIN, now=NOW)
    with reading(people) as look:
        assert authenticating.by_token(look, made.secret, now=NOW) is None


def test_a_login_is_somebodys_alone_and_a_region_must_exist(people: Sessions) -> None:
    with pytest.raises(LoginTaken), unit_of_work(people) as db:
        actions.add_user(db, "HEAD", name="x", role=Role.AGENT, regions=[], password=PASSWORD, actor=ADMIN, now=NOW)
    with pytest.raises(RegionUnknown), unit_of_work(people) as db:
        actions.add_user(db, "x", name="x", role=Role.AGENT, regions=["XX"], password=PASSWORD, actor=ADMIN, now=NOW)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "short"),
        ("x" * 129, "long"),
        ("abababababababababab", "repetitive"),
        ("Wang.Fang is my name", "login"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, reason: str) -> None:
    with pytest.raises(PasswordWeak) as refused:
        passwords.check_rules(password, login="wang.fang")
    assert refused.value.facts["reason"] == reason


def test_a_password_typed_on_another_keyboard_is_the_same() -> None:
    assert passwords.matches(passwords.hashed("pass phrase ｆｕｌｌ width"), "pass phrase full width")
    assert not passwords.matches(None, "nobody signs in with this")
    assert "m=19456,t=2,p=1" in passwords.hashed("x")


def test_secrets_are_random_and_kept_as_hashes() -> None:
    assert len({secrets.fresh() for _ in range(100)}) == 100
    assert len(secrets.fresh()) == 43
    assert secrets.stored("a") != secrets.stored("b")
