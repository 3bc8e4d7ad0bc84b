import hashlib
import json

import pytest

from feedback.errors import RecordChanged
from feedback.record import agreed, digest, sealed, text_of
from foundation.problems import FieldWrong

CASE = {"number": "2026-000387", "customer": "宏远建设", "report": {"version": 2}}


def test_what_was_shown_and_has_not_changed_is_bound_by_its_hash() -> None:
    shown = agreed(CASE, shown_sha256=digest(text_of(CASE)), shown_text=None)
    assert (shown.content, shown.differs) == (CASE, ())


def test_a_form_that_changed_meanwhile_must_be_shown_again() -> None:
    before = text_of({**CASE, "report": {"version": 1}})
    with pytest.raises(RecordChanged):
        agreed(CASE, shown_sha256=digest(before), shown_text=None)


def test_what_a_phone_showed_without_signal_is_kept_as_shown_and_the_difference_named() -> None:
    before = text_of({**CASE, "report": None})
    shown = agreed(CASE, shown_sha256=digest(before), shown_text=before)
    assert (shown.text, shown.differs) == (before, ("report",))


@pytest.mark.parametrize(
    ("text", "reason"),
    [('{"number":"2026-000001"}', "another-case"), ("[1]", "not-json"), ("{", "not-json")],
)
def test_a_text_of_something_else_is_refused(text: str, reason: str) -> None:
    with pytest.raises(FieldWrong) as refused:
        agreed(CASE, shown_sha256=digest(text), shown_text=text)
    assert refused.value.facts["reason"] == reason


def test_a_text_that_has_another_hash_is_refused() -> None:
    with pytest.raises(FieldWrong):
        agreed(CASE, shown_sha256="0" * 64, shown_text=text_of(CASE))


def test_the_record_holds_what_was_shown_and_what_was_signed_and_one_changed_byte_shows() -> None:
    shown = agreed(CASE, shown_sha256=digest(text_of(CASE)), shown_text=None)
    text, sha256 = sealed(shown, {"answers": {"satisfaction": 7}})
    content = json.loads(text)
    assert content["shown"] == CASE
    assert content["answers"] == {"satisfaction": 7}
    assert hashlib.sha256(text.encode()).hexdigest() == sha256
    assert digest(text.replace("7", "1", 1)) != sha256
