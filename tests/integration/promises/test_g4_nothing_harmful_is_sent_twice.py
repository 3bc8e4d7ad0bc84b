"""G4: a gateway that dies, drops or doubles its answer never makes a customer get a letter twice, nor an alarm get lost."""

from collections import Counter
from dataclasses import dataclass, field

import pytest

from foundation.database.identity import new_id
from foundation.database.session import unit_of_work
from foundation.notifications import sending
from foundation.notifications.channels import Fate, Letter, Outcome
from foundation.notifications.models import Urgency
from tests.town import Town


class Died(BaseException):
    """The process that was sending is gone."""


@dataclass
class Gateway:
    """A far side with a ledger of its own, which misbehaves once."""

    trouble: str
    accepted: list[str] = field(default_factory=list)
    is_spent: bool = False

    def send(self, letter: Letter) -> Outcome:
        trouble, self.is_spent = ("none" if self.is_spent else self.trouble), True
        if trouble == "died before":
            raise Died
        if trouble == "refused for now":
            return Outcome(Fate.NOT_NOW, "450 busy")
        if trouble == "refused for ever":
            return Outcome(Fate.REFUSED, "550 no such mailbox")
        self.accepted.append(letter.subject)
        if trouble == "died after":
            raise Died
        return Outcome(Fate.UNKNOWN, "the answer was lost") if trouble == "answer lost" else Outcome(Fate.SENT)


def tell(town: Town, *, customer: bool) -> None:
    """An alarm to the manager, who wants e-mail only, or a letter to a customer."""
    to: dict[str, object] = (
        {"address": "wang@example.test"} if customer else {"recipient_user_id": town.person("manager").id}
    )
    town.execute("UPDATE users SET channels = '[\"email\"]' WHERE id = :id", id=town.person("manager").id)
    facts = {
        "number": "2026-000001",
        "grade": "major",
        "reason": "major",
        "level": "2",
        "stage": "dispatching",
        "answer_due_at": town.now,
        "opened_at": town.now,
        "case_id": str(new_id()),
        "link": "/escalations",
    }
    with unit_of_work(town.works.system.sessions) as db:
        sending.tell(
            db,
            template="escalation-opened",
            facts=facts,
            case_id=None,
            urgency=Urgency.ALARM,
            dedup_key="once",
            now=town.now,
            **to,  # type: ignore[arg-type]
        )


def settle(town: Town) -> None:
    """Time passes; a process that dies is followed by the next."""
    town.works.is_strict = False
    for _ in range(12):
        town.works.clock.push(minutes=1)
        try:
            town.works.sweep()
        except Died:
            continue


TROUBLES = ("none", "died before", "died after", "answer lost", "refused for now", "refused for ever")


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_letter_to_a_customer_leaves_at_most_once_and_a_person_hears_of_any_doubt(town: Town, trouble: str) -> None:
    gateway = Gateway(trouble)
    town.works.use_mail(gateway)
    tell(town, customer=True)
    settle(town)
    assert len(gateway.accepted) <= 1
    doubtful = trouble in {"died before", "died after", "answer lost", "refused for ever"}
    tasks = town.rows("SELECT reason FROM message_tasks WHERE done_at IS NULL")
    assert len(tasks) == (1 if doubtful else 0)
    if not doubtful:
        assert len(gateway.accepted) == 1


@pytest.mark.parametrize("trouble", TROUBLES[:-1])
def test_an_alarm_to_staff_arrives_and_a_second_one_says_that_it_is_a_repeat(town: Town, trouble: str) -> None:
    gateway = Gateway(trouble)
    town.works.use_mail(gateway)
    tell(town, customer=False)
    settle(town)
    assert gateway.accepted
    again = gateway.accepted[1:] if trouble in {"died after", "answer lost"} else []
    assert len(gateway.accepted) == 1 + len(again)
    assert all("epeat" in subject for subject in again)


def test_the_same_thing_said_twice_is_said_once(town: Town) -> None:
    gateway = Gateway("none")
    town.works.use_mail(gateway)
    for _ in range(3):
        tell(town, customer=True)
        settle(town)
    assert max(Counter(gateway.accepted).values()) == 1
