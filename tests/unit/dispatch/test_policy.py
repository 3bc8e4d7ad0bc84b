"""Numbers of dispatch that may be saved, and what keeps others out."""

import msgspec
import pytest

from dispatch import policy
from dispatch.policy import SHIPPED, GradeRules, Numbers
from technicians.hours import WorkingTime

NUMBERS = policy.numbers_of(SHIPPED)


def rules(grade: str, **changes: int | bool) -> Numbers:
    found: GradeRules = getattr(NUMBERS, grade)
    return msgspec.structs.replace(NUMBERS, **{grade: msgspec.structs.replace(found, **changes)})


def test_the_shipped_numbers_may_be_saved() -> None:
    assert policy.faults(NUMBERS) == []
    assert policy.numbered(NUMBERS, 1) == SHIPPED


@pytest.mark.parametrize(
    ("numbers", "field", "reason"),
    [
        (rules("major", offer_life_min=11), "major.offer_life_min", "graver-waits-longer"),
        (rules("serious", look_every_s=61), "serious.look_every_s", "graver-waits-longer"),
        (rules("serious", rings=4), "major.rings", "graver-rings-fewer"),
        (rules("serious", on_call=False), None, None),
        (rules("major", on_call=False), "major.on_call", "graver-wakes-nobody"),
        (
            msgspec.structs.replace(NUMBERS, emergency=WorkingTime(16, 72, 9)),
            "emergency.min_rest_h",
            "impossible-hours",
        ),
        (
            msgspec.structs.replace(NUMBERS, emergency=WorkingTime(25, 72, 0)),
            "emergency.max_daily_h",
            "impossible-hours",
        ),
    ],
)
def test_a_graver_complaint_is_never_served_worse(numbers: Numbers, field: str | None, reason: str | None) -> None:
    found = [(fault.field, fault.reason) for fault in policy.faults(numbers)]
    assert (field is None and not found) or (field, reason) in found


@pytest.mark.parametrize("change", [{"nearest": 0}, {"further": [1, 2, 3, 4, 5]}, {"surprise": 1}, {"horizon_h": 9999}])
def test_a_document_out_of_range_is_no_policy(change: dict[str, object]) -> None:
    document = {**msgspec.to_builtins(NUMBERS), **change}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(document, Numbers)


def test_a_policy_stored_with_a_decision_reads_back_the_same() -> None:
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(SHIPPED)), policy.Policy) == SHIPPED
