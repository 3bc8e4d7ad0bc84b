"""The major complaint report: only of major complaints, facts from the ledger, drafts per author, versions that stay."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from escalation import errors
from escalation.ladder import Level
from escalation.models import ReportDraft
from escalation.reporting import facts, steps, writing
from escalation.reporting.steps import STEPS, Answers, Draft
from foundation.accounts.roles import Role
from foundation.ledger.models import LedgerEntry
from intake.models import Complaint
from tests.integration.escalation.conftest import Town

WHOLE = Answers(happened="The rope parted.", harm="Nobody.", done="Fenced off.", cause="Not known.", needed="A rope.")


@dataclass
class Desk:
    """A town with a major complaint."""

    town: Town
    complaint: Complaint

    def submit(self, who: str, *, based_on: int = 0, answers: Answers = WHOLE) -> int:
        actor = self.town.people[who]
        return writing.submit(
            self.town.db, self.complaint.number, answers, based_on=based_on, actor=actor, now=self.town.now
        ).version

    def draft(self, who: str) -> Draft:
        return writing.draft_of(self.town.db, self.complaint, actor=self.town.people[who])


@pytest.fixture
def desk(town: Town) -> Desk:
    return Desk(town, town.complaint(grade="major", rules=("M3",)))


def test_a_report_goes_up_and_whoever_gets_it_is_told(desk: Desk) -> None:
    assert desk.submit("agent") == 1
    assert desk.town.told("manager") == ["major-report"]
    assert desk.submit("manager", based_on=1) == 2
    assert desk.town.told("head") == ["major-report"]
    assert desk.town.ledger(desk.complaint).count("major_report.submitted") == 2


@pytest.mark.parametrize(
    ("role", "level"),
    [
        (Role.AGENT, Level.MANAGER),
        (Role.DISPATCHER, Level.MANAGER),
        (Role.MANAGER, Level.HEAD),
        (Role.HEAD, Level.MANAGER),
    ],
)
def test_it_goes_to_the_level_above_its_author(role: Role, level: Level) -> None:
    assert steps.reports_to(role) is level


def test_only_a_major_complaint_has_one(town: Town) -> None:
    desk = Desk(town, town.complaint(grade="serious"))
    with pytest.raises(errors.NotMajor):
        desk.submit("agent")
    with pytest.raises(errors.NotMajor):
        writing.keep_draft(
            town.db, desk.complaint.number, Draft(happened="x"), actor=town.people["agent"], now=town.now
        )


def test_two_who_amend_the_same_version_dont_overwrite_each_other(desk: Desk) -> None:
    desk.submit("agent")
    with pytest.raises(errors.ReportChanged):
        desk.submit("manager", based_on=0)


def test_a_draft_is_kept_per_author_until_it_is_sent(desk: Desk) -> None:
    town = desk.town
    for words in ("The rope", "The rope parted at the drum."):
        draft = Draft(happened=words)
        writing.keep_draft(town.db, desk.complaint.number, draft, actor=town.people["manager"], now=town.now)
    assert desk.draft("manager").happened == "The rope parted at the drum."
    assert desk.draft("agent").happened == "It stopped.", "the caller's words begin everybody else's"
    desk.submit("manager")
    assert town.db.scalars(select(ReportDraft)).all() == []
    assert desk.draft("agent").happened == WHOLE.happened, "what went up is what is amended"


def test_the_facts_come_from_the_case_and_stay_as_they_were(desk: Desk) -> None:
    known = facts.known(desk.town.db, desk.complaint)
    assert (known.number, known.grade, known.rules) == (desk.complaint.number, "major", ["M3"])
    assert [each.step for each in known.steps] == ["LOG"]
    desk.submit("agent")
    desk.complaint.component = "rope"
    (sent,) = writing.versions(desk.town.db, desk.complaint.id)
    assert sent.report.facts["component"] is None
    assert (sent.author, sent.to) == ("agent", "manager")


def test_nobody_changes_a_version_that_went_up(desk: Desk) -> None:
    desk.submit("agent")
    desk.town.db.flush()
    for change in ("UPDATE major_reports SET version = 9", "DELETE FROM major_reports"):
        with pytest.raises(DBAPIError), desk.town.db.begin_nested():
            desk.town.db.execute(text(change))


def test_the_ledger_has_the_versions_fingerprint_and_not_its_words(desk: Desk) -> None:
    desk.submit("agent")
    entry = desk.town.db.scalars(select(LedgerEntry).where(LedgerEntry.step == "major_report.submitted")).one()
    assert len(str(entry.facts["sha256"])) == 64
    assert WHOLE.happened not in str(entry.facts)


def test_the_first_step_without_an_answer_is_shown() -> None:
    assert steps.first_open(Draft()) == 1
    assert steps.first_open(Draft(happened="a", harm="b")) == 3
    assert steps.first_open(Draft(**dict.fromkeys(STEPS, "a"))) == len(STEPS)
