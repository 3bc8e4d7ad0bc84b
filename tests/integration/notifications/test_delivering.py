"""Nothing harmful is sent twice, an alarm is repeated, and nothing is called sent that wasn't."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from foundation.accounts import actions as people
from foundation.accounts.roles import Actor, ActorKind, Role, system
from foundation.clock import HandClock
from foundation.database.session import Sessions, WriteSession, reading, unit_of_work
from foundation.documents.errors import FileMissing
from foundation.jobs import parked
from foundation.jobs.job import JobContext
from foundation.jobs.running import run_errand
from foundation.jobs.subscribing import by_name, subscriptions
from foundation.ledger import relay
from foundation.ledger.invariants import INVARIANTS
from foundation.notifications import actions, delivering, jobs, sending
from foundation.notifications.channels import Attachment, Channels, Smtp, smtp_from
from foundation.notifications.enclosing import NO_ENCLOSURES, Enclosed, Enclosures, Leaving
from foundation.notifications.errors import AddressUnusable, MessageNotFound
from foundation.notifications.models import ChannelName, Message, Urgency
from foundation.notifications.routing import Turn, channels_of, next_turn
from tests.integration.notifications.mail_server import MailServer, mail_server

pytestmark = pytest.mark.committed

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ADMIN = system("tests")


@dataclass
class Post:
    """People, a clock, channels, and the path that messages really take."""

    sessions: Sessions
    clock: HandClock
    channels: Channels
    manager: UUID
    enclosures: Enclosures = field(default_factory=dict)

    @property
    def context(self) -> JobContext:
        return JobContext(sessions=self.sessions, clock=self.clock)

    def run(self) -> list[bool]:
        """Relay what was announced and run what was rung, again and again until nothing is left."""
        listening = by_name(jobs.jobs_over(self.channels, enclosures=self.enclosures))
        rung: list[relay.Errand] = []
        done: list[bool] = []
        while relay.relay_once(
            self.sessions,
            subscriptions=subscriptions(listening),
            ring=rung.extend,
            now=self.clock.machine_now(),
        ):
            done += [run_errand(self.context, listening, *errand) for errand in rung]
            rung.clear()
        return done

    def run_again(self) -> None:
        rung: list[relay.Errand] = []
        relay.ring_again(self.sessions, ring=rung.extend, now=self.clock.machine_now())
        for errand in rung:
            run_errand(self.context, by_name(jobs.jobs_over(self.channels, enclosures=self.enclosures)), *errand)

    def tell(self, **changed: object) -> UUID:
        wish: dict[str, object] = {
            "recipient_user_id": self.manager,
            "template": "repeat",
            "facts": {"subject": "电梯 7"},
            "case_id": None,
            "urgency": Urgency.ALARM,
            "dedup_key": "once",
            "now": self.clock.now(),
        }
        with unit_of_work(self.sessions) as db:
            return sending.tell(db, **{**wish, **changed})  # type: ignore[arg-type]

    def tell_customer(self) -> UUID:
        return self.tell(recipient_user_id=None, address="customer@example.org", urgency=Urgency.NORMAL)

    def repeat(self, message_id: UUID) -> None:
        with unit_of_work(self.sessions) as db:
            sending.repeat(db, message_id, now=self.clock.now())

    def deliveries(self) -> list[tuple[str, int, bool, str]]:
        with reading(self.sessions) as look:
            return [
                tuple(row)
                for row in look.execute(text("SELECT channel, round, is_repeat, state FROM deliveries ORDER BY id"))
            ]

    def tasks(self) -> list[str]:
        with reading(self.sessions) as look:
            return list(look.scalars(text("SELECT reason FROM message_tasks")))

    def violated(self) -> set[str]:
        given = {"machine_now": self.clock.machine_now()}
        with reading(self.sessions) as look:
            return {name for name, sql in INVARIANTS.items() if look.execute(text(sql), given).first() is not None}


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def post(sessions: Sessions, server: MailServer) -> Post:
    with unit_of_work(sessions) as db:
        manager = people.add_user(
            db,
            "manager",
            name="王",
            role=Role.MANAGER,
            regions=[],
            password_hash="-",
            email="wang@example.org",
            actor=ADMIN,
            now=NOW,
        ).id
    smtp = smtp_from(f"smtp://127.0.0.1:{server.port}", sender="callout@example.org")
    return Post(sessions=sessions, clock=HandClock(NOW), channels={ChannelName.EMAIL: smtp}, manager=manager)


def test_a_message_to_staff_is_there_with_the_commit(post: Post) -> None:
    post.tell()
    assert post.deliveries() == [("in_app", 1, False, "sent")]


def test_saying_it_twice_says_it_once(post: Post, server: MailServer) -> None:
    assert post.tell_customer() == post.tell_customer()
    post.run()
    assert len(server.letters) == 1


def test_a_letter_arrives_in_its_readers_language(post: Post, server: MailServer) -> None:
    post.repeat(post.tell())
    assert post.run() == [True]
    [letter] = server.letters
    assert letter.to == "wang@example.org"
    assert letter.subject == "重复提醒：重复提醒：电梯 7"
    assert "电梯 7" in letter.text
    assert post.deliveries()[-1] == ("email", 1, True, "sent")
    assert post.violated() == set()


def test_a_repeat_goes_round_the_channels_in_the_persons_order(post: Post) -> None:
    message = post.tell()
    for _ in range(3):
        post.repeat(message)
    assert [row[:3] for row in post.deliveries()] == [
        ("in_app", 1, False),
        ("email", 1, True),
        ("in_app", 2, True),
        ("email", 2, True),
    ]


def test_a_channel_that_is_not_configured_is_never_called_sent(post: Post, server: MailServer) -> None:
    post.channels = {}
    post.tell_customer()
    assert post.run() == [True]
    assert post.deliveries() == [("email", 1, False, "not_configured")]
    assert server.letters == []


def test_a_busy_server_gets_it_later_and_once(post: Post, server: MailServer) -> None:
    server.mood = "busy"
    post.tell_customer()
    assert post.run() == [False]
    assert post.deliveries()[0][3] == "queued"
    server.mood = "well"
    post.clock.push(seconds=2)
    post.run_again()
    assert post.deliveries()[0][3] == "sent"
    assert len(server.letters) == 1


def test_a_refused_letter_to_a_customer_becomes_a_task(post: Post, server: MailServer) -> None:
    server.mood = "refusing"
    post.tell_customer()
    assert post.run() == [True]
    assert post.deliveries()[0][3] == "failed"
    assert post.tasks() == ["failed"]


def try_for(post: Post, *, hours: int) -> None:
    for _ in range(60 * hours):
        post.clock.push(minutes=1)
        post.run_again()


def test_a_server_that_is_away_for_a_night_costs_no_letter(post: Post, server: MailServer) -> None:
    server.mood = "busy"
    post.tell_customer()
    post.run()
    try_for(post, hours=12)
    assert (post.deliveries()[0][3], post.tasks()) == ("queued", [])
    server.mood = "well"
    try_for(post, hours=1)
    assert (post.deliveries()[0][3], len(server.letters), post.tasks()) == ("sent", 1, [])


def test_an_alarm_doesnt_wait_for_a_busy_server_and_goes_on_to_the_next_channel(post: Post, server: MailServer) -> None:
    server.mood = "busy"
    post.repeat(post.tell())
    post.run()
    for wait in (1, 5, 15, 60):
        post.clock.push(seconds=wait)
        post.run_again()
    assert post.deliveries()[1][3] == "failed"
    assert post.deliveries()[2][:3] == ("in_app", 2, True)


def test_a_server_that_stays_busy_is_given_up_after_a_day(post: Post, server: MailServer) -> None:
    server.mood = "busy"
    post.tell_customer()
    post.run()
    try_for(post, hours=24)
    assert (post.deliveries()[0][3], post.tasks()) == ("queued", [])
    try_for(post, hours=2)
    assert post.deliveries()[0][3] == "failed"
    assert post.tasks() == ["failed"]
    assert post.violated() == set()


def test_a_letter_whose_paper_is_lost_is_a_persons_task_and_never_leaves(post: Post, server: MailServer) -> None:
    def lost(db: WriteSession, message: Message, leaving: Leaving, now: datetime) -> Enclosed:
        raise FileMissing(sha256="0" * 64)

    post.enclosures = {"repeat": lost}
    post.tell_customer()
    post.run()
    for _ in range(jobs.jobs_over({})[0].max_attempts):
        post.clock.push(hours=1)
        post.run_again()
    assert post.deliveries()[0][3] == "queued"
    assert delivering.sweep(post.context) == 1
    assert delivering.sweep(post.context) == 0
    assert post.deliveries()[0][3] == "failed"
    assert post.tasks() == ["failed"]
    post.enclosures = NO_ENCLOSURES
    with unit_of_work(post.sessions) as db:
        (dead,) = parked.all_parked(db)
        parked.revive(db, dead.announcement_id, dead.job, now=post.clock.now())
    post.run_again()
    assert server.letters == []


def test_what_a_letter_encloses_is_in_it_and_nowhere_else(post: Post, server: MailServer) -> None:
    def secret(db: WriteSession, message: Message, leaving: Leaving, now: datetime) -> Enclosed:
        return Enclosed({"subject": "s3cret"}, (Attachment("paper.pdf", b"%PDF-"),))

    post.enclosures = {"repeat": secret}
    post.tell_customer()
    post.run()
    (letter,) = server.letters
    assert "s3cret" in letter.subject
    assert letter.papers == [("paper.pdf", "application/pdf", b"%PDF-")]
    with reading(post.sessions) as look:
        assert look.execute(text("SELECT 1 FROM messages WHERE facts::text LIKE '%s3cret%'")).first() is None


@pytest.mark.parametrize("mood", ["dies-before", "dies-after"])
def test_a_customer_is_told_at_most_once_and_a_person_finds_out(post: Post, server: MailServer, mood: str) -> None:
    server.mood = mood
    post.tell_customer()
    post.run()
    server.mood = "well"
    post.clock.push(minutes=10)
    post.run_again()
    delivering.sweep_unknown(post.context)
    assert len(server.letters) == (1 if mood == "dies-after" else 0)
    assert post.deliveries() == [("email", 1, False, "unknown")]
    assert post.tasks() == ["unknown"]
    assert post.violated() == set()


@pytest.mark.parametrize("mood", ["dies-before", "dies-after"])
def test_an_alarm_with_an_unknown_outcome_is_said_again_as_a_repeat(post: Post, server: MailServer, mood: str) -> None:
    message = post.tell()
    server.mood = mood
    post.repeat(message)
    post.run()
    assert post.deliveries()[1:] == [("email", 1, True, "unknown"), ("in_app", 2, True, "sent")]
    assert post.tasks() == []


def test_a_worker_that_dies_while_it_sends_leaves_an_unknown_outcome(post: Post, server: MailServer) -> None:
    post.tell_customer()
    with reading(post.sessions) as look:
        delivery = look.execute(text("SELECT id FROM deliveries")).scalar_one()
    assert delivering.claim(post.context, delivery) is not None
    post.run()  # the errand comes back after the death: it must not send
    assert server.letters == []
    assert delivering.sweep_unknown(post.context) == 0
    post.clock.push(seconds=91)
    assert delivering.sweep_unknown(post.context) == 1
    assert delivering.sweep_unknown(post.context) == 0
    assert post.tasks() == ["unknown"]


def test_a_task_is_settled_once_by_a_person(post: Post, server: MailServer) -> None:
    server.mood = "refusing"
    post.tell_customer()
    post.run()
    head = Actor(kind=ActorKind.USER, id=post.manager, label="manager", role=Role.HEAD)
    with unit_of_work(post.sessions) as db:
        task = db.execute(text("SELECT id FROM message_tasks")).scalar_one()
        actions.settle_task(db, task, outcome="called her", actor=head, now=NOW)
        assert actions.settle_task(db, task, outcome="nobody knows", actor=head, now=NOW).outcome == "called her"


def test_only_the_recipient_acknowledges(post: Post) -> None:
    message = post.tell()
    stranger = Actor(kind=ActorKind.USER, id=message, label="x", role=Role.MANAGER)
    recipient = Actor(kind=ActorKind.USER, id=post.manager, label="manager", role=Role.MANAGER)
    with pytest.raises(MessageNotFound), unit_of_work(post.sessions) as db:
        actions.acknowledge(db, message, actor=stranger, now=NOW)
    with unit_of_work(post.sessions) as db:
        assert actions.acknowledge(db, message, actor=recipient, now=NOW).acknowledged_at == NOW
    assert post.deliveries() == [("in_app", 1, False, "delivered")]


def test_an_unusable_address_is_refused(post: Post) -> None:
    with pytest.raises(AddressUnusable):
        post.tell(recipient_user_id=None, address="nowhere")
    with pytest.raises(ValueError, match="not nobody"):
        post.tell(recipient_user_id=None)


def test_a_person_without_an_address_is_told_on_the_next_channel(post: Post) -> None:
    def forget(db: WriteSession) -> None:
        db.execute(text("UPDATE users SET email = NULL"))

    message = post.tell()
    with unit_of_work(post.sessions) as db:
        forget(db)
    post.repeat(message)
    post.run()
    assert post.deliveries()[1:] == [("email", 1, True, "failed"), ("in_app", 2, True, "sent")]


def test_channels_of_addresses_and_their_turns() -> None:
    assert channels_of("a@b.c") == (ChannelName.EMAIL,)
    assert channels_of("+86 138 0013 8000") == (ChannelName.SMS, ChannelName.VOICE)
    assert channels_of("?") == ()
    one, two = ChannelName.IN_APP, ChannelName.EMAIL
    assert next_turn([one, two], []) == Turn(one, 1)
    assert next_turn([one, two], [Turn(one, 1)]) == Turn(two, 1)
    assert next_turn([one, two], [Turn(one, 1), Turn(two, 1)]) == Turn(one, 2)


def test_a_mail_server_is_read_from_its_url() -> None:
    assert smtp_from("smtps://us%40er:pa%3Ass@mail.example.org", sender="x@y.z") == Smtp(
        host="mail.example.org", port=465, sender="x@y.z", is_tls=True, user="us@er", password="pa:ss"
    )
    with pytest.raises(ValueError, match="smtp://"):
        smtp_from("http://x", sender="x@y.z")
    assert "pa:ss" not in repr(smtp_from("smtp://u:pa%3Ass@h", sender="x@y.z"))
