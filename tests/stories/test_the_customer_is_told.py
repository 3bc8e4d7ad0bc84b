"""The customer hears at once that the call is taken, who comes, that they are there, and gets the signed paper."""

import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from pypdf import PdfReader

from foundation.language.tongues import Language
from foundation.notifications.channels import Fate, Letter, Outcome
from foundation.notifications.models import ChannelName
from foundation.notifications.wording import words_of
from tests.town import Town, each
from tests.town_works import KeptChannel

MAIL = "wang.gong@site.example"
PHONE = "13800138000"
#: A unit whose customer reads English, and one whose customer reads Chinese.
UNITS = {Language.ENGLISH: "ZJ5510-51", Language.CHINESE: "ZJ5510-50"}
NEWS = ("customer-logged", "customer-accepted", "customer-arrived", "customer-finished", "customer-signed")


@dataclass
class Doubtful(KeptChannel):
    """A gateway whose answer to the first letter is lost."""

    doubts: list[Outcome] = field(default_factory=lambda: [Outcome(Fate.UNKNOWN, "the answer was lost")])

    def send(self, letter: Letter) -> Outcome:
        self.letters.append(letter)
        return self.doubts.pop() if self.doubts else Outcome(Fate.SENT)


def gateways(town: Town) -> tuple[KeptChannel, KeptChannel]:
    """A mail server and a gateway for text messages, as an installation may have them."""
    mail, text = KeptChannel(), KeptChannel()
    town.works.use_channels({ChannelName.EMAIL: mail, ChannelName.SMS: text})
    return mail, text


def to_the_customer(letters: Sequence[Letter]) -> list[Letter]:
    return [letter for letter in letters if letter.address in {MAIL, f"+86{PHONE}"}]


def secret_in(letter: Letter) -> str:
    found = re.search(r"https://callout\.test/c/([A-Za-z0-9_\-]+)", letter.body)
    assert found is not None, letter.body
    return found[1]


def states(town: Town) -> list[tuple[str, str, str]]:
    rows = town.rows(
        "SELECT m.template, d.channel, d.state FROM messages m JOIN deliveries d ON d.message_id = m.id "
        "WHERE m.address IS NOT NULL ORDER BY m.id, d.id"
    )
    return [(row.template, row.channel, row.state) for row in rows]


@pytest.mark.parametrize("language", Language)
def test_the_customer_hears_of_every_step_in_their_language_once_per_address(town: Town, language: Language) -> None:
    mail, text = gateways(town)
    number = town.report(serial=UNITS[language], call_back_email=MAIL)
    who = town.accept(number)
    town.visit(number, who)
    town.sign(number, who)
    town.push(hours=2)

    for kept in (mail, text):
        letters = to_the_customer(kept.letters)
        assert len(letters) == len(NEWS)
        assert all(number in letter.subject and number in letter.body for letter in letters)
        assert all("{" not in letter.subject + letter.body for letter in letters)
        is_chinese = [bool(re.search(r"[一-鿿]", letter.subject)) for letter in letters]
        assert is_chinese == [language is Language.CHINESE] * len(NEWS)
        assert who.title() in letters[1].subject
    assert [state for _, _, state in states(town)] == ["sent"] * 2 * len(NEWS)


def test_the_link_in_a_message_opens_the_case_and_its_secret_is_kept_nowhere(town: Town) -> None:
    _, text = gateways(town)
    number = town.report()
    town.bring(number, "confirmed")
    secrets = [secret_in(letter) for letter in to_the_customer(text.letters)]
    assert len(set(secrets)) == len(secrets) >= len(NEWS) - 2
    for secret in secrets:
        assert town.post(None, "/customer/case", {"token": secret})["number"] == number
        assert town.rows("SELECT 1 FROM messages WHERE facts::text LIKE :secret", secret=f"%{secret}%") == []
        assert town.rows("SELECT 1 FROM announcements WHERE payload::text LIKE :secret", secret=f"%{secret}%") == []


def test_the_signed_paper_comes_by_e_mail_and_behind_the_link(town: Town) -> None:
    mail, text = gateways(town)
    number = town.report(call_back_email=MAIL)
    town.bring(number, "confirmed")
    letter = to_the_customer(mail.letters)[-1]
    (paper,) = letter.attachments
    assert paper.name == f"{number}-feedback-1.pdf"
    assert number in PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()

    by_text = to_the_customer(text.letters)[-1]
    assert by_text.attachments == ()
    copy = town.ask(None, "POST", "/customer/document", {"token": secret_in(by_text)})
    assert copy.content == paper.content


def test_a_phone_that_was_without_signal_announces_nobody_who_has_been_there(town: Town) -> None:
    _, text = gateways(town)
    number = town.report()
    who = town.accept(number)
    commands = [
        town.a_command(number, who, "set_off", online=False),
        town.a_command(number, who, "arrived", online=False, position=town.here(number)),
        town.a_command(
            number, who, "finished", online=False,
            report={"cause": {"component": "a", "symptom": "b", "category": "use"}, "work_done": "c", "works_again": "yes"},
        ),
    ]  # fmt: skip
    town.works.clock.push(hours=3)
    town.post(who, "/commands", {"commands": commands})
    assert town.stage(number) == "repaired"
    told = ["customer-logged", "customer-accepted", "customer-finished"]
    assert [template for template, _, _ in states(town)] == told
    assert len(to_the_customer(text.letters)) == len(told)


def test_without_a_gateway_nothing_is_called_sent(town: Town) -> None:
    number = town.report(call_back_email=MAIL)
    town.works.use_channels({})
    town.bring(number, "confirmed")
    told = [state for template, _, state in states(town) if template != "customer-logged"]
    assert told
    assert set(told) == {"not_configured"}
    assert [
        state for template, channel, state in states(town) if (template, channel) == ("customer-logged", "sms")
    ] == ["not_configured"]


def test_a_doubtful_message_is_a_task_for_the_desk_and_never_said_again(town: Town) -> None:
    doubtful = Doubtful()
    town.works.use_channels({ChannelName.SMS: doubtful})
    number = town.report()
    town.push(hours=1)
    assert len(to_the_customer(doubtful.letters)) == 1
    (task,) = town.ask("dispatcher", "GET", "/message-tasks").json()
    assert (task["number"], task["template"], task["reason"]) == (number, "customer-logged", "unknown")
    assert town.ask("west dispatcher", "GET", "/message-tasks").json() == []
    assert (
        town.ask("west dispatcher", "POST", f"/message-tasks/{task['id']}/outcome", {"outcome": "?"}).status_code == 403
    )

    town.post("dispatcher", f"/message-tasks/{task['id']}/outcome", {"outcome": "Rang them: they had it."})
    assert town.ask("dispatcher", "GET", "/message-tasks").json() == []
    town.push(hours=1)
    assert len(to_the_customer(doubtful.letters)) == 1


def test_a_letter_that_is_tried_again_brings_the_customer_one_link_and_the_one_that_arrives_works(town: Town) -> None:
    busy = KeptChannel(outcome=Outcome(Fate.NOT_NOW, "451 later"))
    town.works.use_channels({ChannelName.EMAIL: busy})
    town.works.is_strict = False
    number = town.report(call_back_email=MAIL)
    town.push(minutes=5)
    busy.outcome = Outcome(Fate.SENT)
    town.push(minutes=10)
    *lost, arrived = map(secret_in, to_the_customer(busy.letters))
    assert len(lost) >= 3
    links = "SELECT 1 FROM customer_links l JOIN deliveries d ON d.id = l.id WHERE l.revoked_at IS NULL"
    assert len(town.rows(links)) == 1
    assert town.ask(None, "POST", "/customer/case", {"token": arrived}).json()["number"] == number
    for secret in lost:
        assert town.ask(None, "POST", "/customer/case", {"token": secret}).is_client_error


def test_the_link_in_a_message_that_may_have_arrived_works(town: Town) -> None:
    doubtful = Doubtful()
    town.works.use_channels({ChannelName.SMS: doubtful})
    number = town.report()
    town.push(hours=1)
    (letter,) = to_the_customer(doubtful.letters)
    assert town.ask(None, "POST", "/customer/case", {"token": secret_in(letter)}).json()["number"] == number


def test_a_customer_nobody_can_write_to_is_noted_as_not_told(town: Town) -> None:
    gateways(town)
    number = town.report(caller_phone="123")
    assert "customer.not_told" in town.history(number)
    assert states(town) == []


def test_no_telephone_number_or_e_mail_address_reaches_a_log(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refusing = KeptChannel(outcome=Outcome(Fate.REFUSED, f"550 5.1.1 <{MAIL.upper()}>: no such mailbox"))
    town.works.use_channels(
        {ChannelName.EMAIL: refusing, ChannelName.SMS: KeptChannel(outcome=Outcome(Fate.NOT_NOW, PHONE))}
    )
    town.works.is_strict = False
    town.report(call_back_email=MAIL)
    logged = caplog.text.lower()
    assert "delivery failed" in logged
    assert "errand failed" in logged
    assert MAIL not in logged
    assert PHONE not in logged
    tasks = each({"tasks": town.ask("dispatcher", "GET", "/message-tasks").json()}, "tasks")
    assert [task["reason"] for task in tasks] == ["failed"]


def test_every_news_has_its_words_in_both_languages() -> None:
    for template in NEWS:
        for language in Language:
            words = words_of(template, {}, language=language)
            assert f"message.{template}" not in words.subject + words.body
