"""Routes of grades, rule books and the reasons of deadlines."""

from datetime import datetime
from typing import Annotated, Final

from litestar import get, post
from litestar.types import ControllerRouterHandler
from msgspec import Meta

import intake.queries
from foundation.accounts.roles import Actor
from foundation.database.session import ReadSession, WriteSession
from severity import actions, explaining, grading, permissions, queries, schemas
from severity.grading import History
from severity.models import PolicyKind

Version = Annotated[int, Meta(ge=1, le=1_000_000)]


@post(
    "/grading/preview", operation_id="previewGrade", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.PREVIEW},
)  # fmt: skip
def preview_grade(data: schemas.Preview, look: ReadSession, now: datetime) -> schemas.GradeView:
    """What these answers would be graded, with every rule that matches; nothing is kept."""
    history = History(same_fault_recently=data.same_fault_recently, last_feedback_poor=data.last_feedback_poor)
    return schemas.grade_view(grading.grade(data.facts, history, queries.in_force(look, now=now)))


@post(
    "/complaints/{number:str}/regrading", operation_id="regradeComplaint", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.REGRADE},
)  # fmt: skip
def regrade_complaint(
    number: str, data: schemas.Regrading, db: WriteSession, actor: Actor, now: datetime
) -> schemas.GradeView:
    """Grade anew by more answers, or to the grade wanted; deadlines follow."""
    complaint_id = intake.queries.id_for_change(db, number)
    graded = actions.regrade(db, complaint_id, data.facts, actor=actor, reason=data.reason, now=now, wanted=data.wanted)
    return schemas.grade_view(graded)


@get(
    "/complaints/{number:str}/deadlines", operation_id="whyDeadlines", sync_to_thread=True,
    opt={"permission": permissions.WHY},
)  # fmt: skip
def why_deadlines(number: str, look: ReadSession) -> list[schemas.DeadlineView]:
    """Every deadline of the complaint in order of opening, with the steps of its arithmetic."""
    complaint = intake.queries.by_number(look, number)
    return [
        schemas.DeadlineView(
            id=row.id,
            kind=row.kind,
            due_at=row.due_at,
            closed_at=row.closed_at,
            closed_how=row.closed_how,
            fired_at=row.fired_at,
            why=explaining.why_deadline(row),
        )
        for row in queries.deadlines_of(look, complaint.id)
    ]


@get("/policies", operation_id="policiesInForce", sync_to_thread=True, opt={"permission": permissions.SEE_POLICIES})
def policies_in_force(look: ReadSession, now: datetime) -> schemas.RuleBook:
    """The rule book by which calls are graded now."""
    return schemas.rule_book(queries.in_force(look, now=now))


@get(
    "/policies/versions", operation_id="listPolicyVersions", sync_to_thread=True,
    opt={"permission": permissions.SEE_POLICIES},
)  # fmt: skip
def list_policy_versions(look: ReadSession) -> list[schemas.VersionView]:
    """Every version ever saved, the latest first."""
    return [schemas.version_view(row) for row in queries.versions(look, PolicyKind.GRADING)]


@get(
    "/policies/versions/{version:int}", operation_id="policyVersion", sync_to_thread=True,
    opt={"permission": permissions.SEE_POLICIES},
)  # fmt: skip
def policy_version(version: Version, look: ReadSession) -> schemas.RuleBook:
    """The rule book of one version, as stamped on a case."""
    return schemas.rule_book(queries.of_version(look, version))


@post("/policies", operation_id="savePolicy", sync_to_thread=True, opt={"permission": permissions.SAVE_POLICIES})
def save_policy(data: schemas.SavePolicy, db: WriteSession, actor: Actor, now: datetime) -> schemas.RuleBook:
    """Save the next version of the rule book; running cases keep theirs."""
    saved = actions.save_policy(
        db,
        grading=data.grading,
        levels=data.service_levels,
        based_on=data.based_on,
        valid_from=data.valid_from,
        actor=actor,
        now=now,
    )
    return schemas.rule_book(saved)


ROUTES: Final[list[ControllerRouterHandler]] = [
    preview_grade, regrade_complaint, why_deadlines, policies_in_force, list_policy_versions, policy_version,
    save_policy,
]  # fmt: skip
