from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from intake.lifecycle import FINAL, MOVES, Stage, Step
from visits.reconciling import ENTRIES, LEAD_ONLY, STEPS, Kind, Outcome, Situation, judged

ON_SITE = Situation(stage=Stage.ON_SITE, crew_role="lead", ended_at=None, ended_how=None, held_by_other=False)
YESTERDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stage", "kind", "step"),
    [
        (Stage.ASSIGNED, Kind.SET_OFF, Step.SET_OFF),
        (Stage.ASSIGNED, Kind.ARRIVED, Step.ARRIVE),
        (Stage.EN_ROUTE, Kind.ARRIVED, Step.ARRIVE),
        (Stage.ON_SITE, Kind.SUSPENDED, Step.SUSPEND),
        (Stage.SUSPENDED, Kind.RESUMED, Step.RESUME),
        (Stage.ON_SITE, Kind.FINISHED, Step.FINISH),
        (Stage.SUSPENDED, Kind.HANDED_BACK, Step.HAND_BACK),
    ],
)
def test_what_fits_the_stage_is_applied(stage: Stage, kind: Kind, step: Step) -> None:
    verdict = judged(kind, replace(ON_SITE, stage=stage))
    assert (verdict.outcome, verdict.step) == (Outcome.APPLIED, step)


def test_a_job_given_to_somebody_else_meanwhile_is_refused_with_the_reason() -> None:
    lost = replace(ON_SITE, ended_at=YESTERDAY, ended_how="released", held_by_other=True)
    assert judged(Kind.ARRIVED, lost) == judged(Kind.FINISHED, lost)
    assert judged(Kind.ARRIVED, lost).reason == "reassigned"


def test_setting_off_is_only_noted_once_somebody_is_on_site() -> None:
    verdict = judged(Kind.SET_OFF, ON_SITE)
    assert (verdict.outcome, verdict.reason, verdict.step) == (Outcome.NOTED, "overtaken", None)


def test_finishing_from_the_road_is_refused() -> None:
    assert judged(Kind.FINISHED, replace(ON_SITE, stage=Stage.EN_ROUTE)).reason == "step-not-allowed"


def test_a_report_may_be_amended_after_ones_own_finish() -> None:
    done = replace(ON_SITE, stage=Stage.REPAIRED, ended_at=YESTERDAY, ended_how="finished")
    assert judged(Kind.REPORTED, done).outcome is Outcome.APPLIED
    assert judged(Kind.REPORTED, replace(done, ended_how="handed_back")).outcome is Outcome.REFUSED


@pytest.mark.parametrize("kind", Kind)
def test_a_case_that_is_over_refuses_everything(kind: Kind) -> None:
    assert {judged(kind, replace(ON_SITE, stage=stage)).reason for stage in FINAL} == {"case-over"}


@pytest.mark.parametrize("kind", Kind)
def test_the_second_of_a_crew_never_moves_the_complaint(kind: Kind) -> None:
    verdicts = [judged(kind, replace(ON_SITE, stage=stage, crew_role="second")) for stage in Stage]
    assert {verdict.step for verdict in verdicts} == {None}


def test_whatever_is_applied_is_a_move_of_the_table_and_every_command_gets_a_verdict() -> None:
    for kind, stage in product(Kind, Stage):
        verdict = judged(kind, replace(ON_SITE, stage=stage))
        assert verdict.outcome in {Outcome.APPLIED, Outcome.NOTED, Outcome.REFUSED}
        assert verdict.step is None or (stage, verdict.step) in MOVES


def test_every_kind_that_moves_a_visit_alone_has_its_word_in_the_ledger() -> None:
    assert set(ENTRIES) == set(STEPS) - LEAD_ONLY
