import json

import msgspec
import pytest

from visits.phone import Batch
from visits.reconciling import Kind

ID = "0199a1b2-0000-7000-8000-000000000001"
FRAME = {"id": ID, "assignment_id": ID, "sequence": 1, "done_at": "2026-11-24T08:00:00+08:00"}


def decoded(**command: object) -> object:
    return msgspec.json.decode(json.dumps({"commands": [{**FRAME, **command}]}), type=Batch).commands[0]


@pytest.mark.parametrize(
    "kind", [kind for kind in Kind if kind not in {Kind.SUSPENDED, Kind.REPORTED, Kind.HANDED_BACK}]
)
def test_each_kind_of_command_is_told_by_its_word(kind: Kind) -> None:
    command = decoded(kind=kind.value)
    assert msgspec.to_builtins(command)["kind"] == kind


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "teleported"},
        {"kind": "set_off", "done_at": "2026-11-24T08:00:00"},
        {"kind": "set_off", "done_at": "1999-11-24T08:00:00Z"},
        {"kind": "set_off", "sequence": -1},
        {"kind": "set_off", "surprise": 1},
        {"kind": "suspended", "reason": "tired", "resume_at": "2026-11-25T08:00:00Z"},
        {"kind": "arrived", "position": {"latitude": 91, "longitude": 0, "accuracy_m": 5}},
        {"kind": "arrived", "reason": "a\u0000b"},
    ],
    ids=json.dumps,
)
def test_a_command_that_is_wrong_in_itself_is_refused_by_its_shape(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(**wrong)
