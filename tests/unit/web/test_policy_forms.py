"""A policy's form says what its document says, and nothing more, whatever is edited."""

import msgspec
import pytest

from dispatch.policy import Numbers
from escalation import ladder, policies
from foundation.problems import FieldWrong
from severity.policy import TABLE_2, ServiceLevels
from web.pages import policy_forms
from web.pages.policy_forms import PREFIX, Change

LADDER = {name: value for name, value in policies.document(ladder.SHIPPED).items() if name != "version"}
DOCUMENTS = [msgspec.to_builtins(TABLE_2), msgspec.to_builtins(Numbers()), LADDER]


def sent(document: dict[str, object]) -> dict[str, str]:
    """What a browser sends of the untouched form."""
    grids, single = policy_forms.layout(document)
    cells = [*single, *(cell for grid in grids for row in grid.cells for cell in row)]
    return {PREFIX + cell.path: cell.value for cell in cells}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_form_that_nobody_touched_changes_nothing(document: dict[str, object]) -> None:
    back = policy_forms.document_of(sent(document), like=document)
    assert policy_forms.differences(document, back) == []


def test_an_edited_number_is_the_only_difference() -> None:
    document = msgspec.to_builtins(TABLE_2)
    back = policy_forms.document_of({**sent(document), "p.major.accept": "10"}, like=document)
    assert policy_forms.differences(document, back) == [Change("major.accept", 15, 10)]
    assert msgspec.convert(back, ServiceLevels).major.accept == 10


def test_a_further_step_of_a_path_is_a_number_like_the_others() -> None:
    back = policy_forms.document_of({**sent(LADDER), "p.reasons.major.path.2": "5"}, like=LADDER)
    assert msgspec.convert({**back, "version": 0}, ladder.Ladder).reasons[ladder.Reason.MAJOR].path == (2, 4, 5)


def test_a_limit_can_be_given_to_a_level_that_has_none() -> None:
    edited = {**sent(LADDER), **{f"p.levels.4.answer_min.{grade}": "60" for grade in ("major", "serious", "general")}}
    back = policy_forms.document_of(edited, like=LADDER)
    assert msgspec.convert({**back, "version": 0}, ladder.Ladder).levels[4].answer_min is not None


def test_a_word_where_a_number_belongs_is_named_by_its_field() -> None:
    document = msgspec.to_builtins(TABLE_2)
    with pytest.raises(FieldWrong) as refused:
        policy_forms.document_of({**sent(document), "p.major.accept": "soon"}, like=document)
    assert refused.value.facts["field"] == "major.accept"


def test_an_emptied_field_is_shown_again_but_an_emptied_entry_of_a_list_is_gone() -> None:
    edited = {**sent(LADDER), "p.top_repeat_min": "", "p.reasons.major.path.1": ""}
    shown = policy_forms.merged(LADDER, policy_forms.document_of(edited, like=LADDER))
    assert policy_forms.flat(shown)["top_repeat_min"] == 480
    assert "reasons.major.path.1" not in policy_forms.flat(shown)
