"""A page says of a refusal what happened, what to do, and that nothing was lost, and calls fields as it shows them."""

import pytest

from foundation.language import Language, translate
from foundation.problems import FieldWrong
from intake import errors
from web.pages import refusals


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("caller_phone", "Caller's phone: "),
        ("correction.caller_phone", "Caller's phone: "),
        ("correction.position.latitude", "Latitude: "),
        ("position.radius_m", "Exact to (metres): "),
        ("datum", "Datum of the map: "),
        ("facts.injury", "Is somebody hurt?: "),
        ("sentence", "What the caller says: "),
        ("reason", "Reason: "),
        ("report.cause.component", "Component: "),
        ("report.work_done", "Work done: "),
        ("parts.0.name", "parts.0.name: "),
    ],
)
def test_a_field_is_called_as_the_page_calls_it(field: str, named: str) -> None:
    said = refusals.said(FieldWrong(field=field, reason="blank"), Language.ENGLISH)
    assert said.startswith(named)
    assert "Nothing was changed" in said


def test_a_field_that_was_left_out_is_missing_and_nothing_is_said_of_latitudes() -> None:
    said = refusals.said(FieldWrong(field="reason", reason="missing"), Language.ENGLISH)
    assert said == "Reason: it is missing. Nothing was changed; correct it and send again."


@pytest.mark.parametrize(
    "problem",
    [
        errors.StepNotAllowed(stage="graded", step="ARRIVE", allowed=["WITHDRAW"]),
        errors.EvidenceMissing(step="SUSPEND", missing=["reason"]),
        errors.MergeRefused(number="2026-000001", into="2026-000002", reason="not-open"),
        errors.HandOverRefused(number="2026-000001", reason="pending"),
        errors.Changed(number="2026-000001", version=3),
        errors.SerialTaken(serial_number="A-1"),
        errors.ReferenceTaken(external_ref="C-7"),
    ],
    ids=lambda problem: problem.code,
)
def test_a_refused_change_says_that_everything_is_as_it_was(problem: errors.StepNotAllowed) -> None:
    english, chinese = (refusals.said(problem, language) for language in (Language.ENGLISH, Language.CHINESE))
    assert any(words in english for words in ("othing was changed", "not made", "as they were"))
    assert "未" in chinese
    assert english == translate(Language.ENGLISH, f"problem.{problem.code}.detail", **problem.facts)
