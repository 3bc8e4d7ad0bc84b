"""Routes of the major complaint report."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from litestar import get, post, put
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from escalation import permissions
from escalation.reporting import facts, writing
from escalation.reporting.facts import Known
from escalation.reporting.steps import Answers, Draft
from escalation.reporting.writing import Written
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from foundation.wire import Wire
from intake import queries


class Submitting(Wire, frozen=True, kw_only=True):
    """The next version; `based_on` is the number of the latest, 0 for the first."""

    based_on: Annotated[int, Meta(ge=0, le=10_000)]
    answers: Answers


class VersionShape(msgspec.Struct, frozen=True, kw_only=True):
    """A submitted version: what was said, the facts as they were then, by whom and to whom."""

    version: int
    submitted_at: datetime
    author: str | None
    to: str | None
    answers: dict[str, object]
    facts: dict[str, object]


class ReportShape(msgspec.Struct, frozen=True, kw_only=True):
    """The facts as they stand, the reader's draft, and every version so far."""

    facts: Known
    draft: Draft
    versions: list[VersionShape]


class Submitted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    version: int
    submitted_at: datetime


@get(
    "/complaints/{number:str}/major-report", operation_id="getMajorReport", sync_to_thread=True,
    opt={"permission": permissions.MAJOR_REPORT_LOOK},
)  # fmt: skip
def get_report(look: ReadSession, actor: Actor, number: str) -> ReportShape:
    """The report of a major complaint."""
    complaint = queries.by_number(look, number)
    return ReportShape(
        facts=facts.known(look, complaint), draft=writing.draft_of(look, complaint, actor=actor),
        versions=[version_shape(each) for each in writing.versions(look, complaint.id)],
    )  # fmt: skip


@put(
    "/complaints/{number:str}/major-report/draft", operation_id="keepMajorReportDraft", sync_to_thread=True,
    opt={"permission": permissions.MAJOR_REPORT_WRITE},
)  # fmt: skip
def keep_draft(db: WriteSession, actor: Actor, now: datetime, number: str, data: Draft) -> Draft:
    """Keep what is written so far."""
    return writing.keep_draft(db, number, data, actor=actor, now=now)


@post(
    "/complaints/{number:str}/major-report", operation_id="submitMajorReport", sync_to_thread=True,
    opt={"permission": permissions.MAJOR_REPORT_WRITE},
)  # fmt: skip
def submit(db: WriteSession, actor: Actor, now: datetime, number: str, data: Submitting) -> Submitted:
    """Send the next version up; whoever gets it is told."""
    made = writing.submit(db, number, data.answers, based_on=data.based_on, actor=actor, now=now)
    return Submitted(version=made.version, submitted_at=made.submitted_at)


def version_shape(written: Written) -> VersionShape:
    """A version as it goes over the wire."""
    row = written.report
    return VersionShape(
        version=row.version, submitted_at=row.submitted_at, author=written.author, to=written.to, answers=row.answers,
        facts=row.facts,
    )  # fmt: skip


ROUTES: Final[list[ControllerRouterHandler]] = [get_report, keep_draft, submit]
