"""Whoever sees a case only by its escalation can do everything with it, handing it on included, and sees it no longer then."""

import pytest

from tests.integration.promises.desk_examples import a_person
from tests.town import MAJOR, Refused, Town

pytestmark = pytest.mark.committed


def test_an_appraiser_gives_a_case_to_a_colleague_and_no_longer_sees_it(town: Town) -> None:
    number = town.report(facts=MAJOR)
    case = town.cases(number)["structural"]
    assert case.owner == "appraiser"
    assert town.get("appraiser", f"/complaints/{number}")["number"] == number
    other = town.post("admin", "/users", {**a_person(), "role": "appraiser"})["id"]
    town.post("appraiser", f"/escalations/{case.id}/owner", {"owner_id": other, "reason": "She knows the model."})
    with pytest.raises(Refused) as refused:
        town.get("appraiser", f"/complaints/{number}")
    assert refused.value.status == 404
    assert town.rows("SELECT 1 FROM case_access WHERE user_id = :who AND ended_at IS NULL", who=other)
