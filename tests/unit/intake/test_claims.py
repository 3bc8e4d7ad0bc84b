"""What a caller said fits what the register says unless both name something, and something else."""

import pytest

from foundation.database.identity import new_id
from intake.claims import Contradiction, Stand, contradiction

OURS, THEIRS = new_id(), new_id()
HERE, THERE = new_id(), new_id()


@pytest.mark.parametrize(
    ("said", "registered", "found"),
    [
        pytest.param((OURS, HERE), (OURS, HERE), None, id="the same"),
        pytest.param((None, None), (OURS, HERE), None, id="the caller named neither"),
        pytest.param((OURS, HERE), (None, None), None, id="the register names neither"),
        pytest.param((OURS, None), (THEIRS, HERE), Contradiction.CUSTOMER, id="another owner"),
        pytest.param((OURS, HERE), (OURS, THERE), Contradiction.SITE, id="another site of the same owner"),
        pytest.param((None, HERE), (OURS, THERE), Contradiction.SITE, id="another site, nobody knows whose"),
        pytest.param((OURS, HERE), (THEIRS, THERE), Contradiction.CUSTOMER, id="both: the owner weighs more"),
    ],
)
def test_only_what_both_sides_name_can_contradict(
    said: tuple[object, object], registered: tuple[object, object], found: Contradiction | None
) -> None:
    stands = [Stand(customer_id=customer, site_id=site) for customer, site in (said, registered)]  # type: ignore[arg-type]
    assert contradiction(*stands) is found
