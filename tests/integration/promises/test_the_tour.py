"""The tour of a demo says whose telephone rings; a system that is no demo tells a stranger nothing."""

import re

import pytest

from app.demo.people import SignIn, SignIns
from foundation.accounts.roles import Role
from foundation.language import Language
from tests.town import SERIOUS, Town

pytestmark = pytest.mark.committed


def options(town: Town) -> list[str]:
    found = town.client.get("/sign-in", headers={"Accept": "text/html", "Cookie": "language=en"})
    return re.findall(r"<option value=\"[^\"]+\">([^<]+)</option>", found.text)


def test_whose_telephone_rings_stands_first_with_the_number(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    field = tuple(SignIn(who, who.title(), Role.TECHNICIAN, Language.ENGLISH) for who in ("zhou", "chen", "wang", "lu"))
    monkeypatch.setattr(town.client.app.state, "demo", SignIns(password="x", people=(), field=field))
    assert options(town) == ["Zhou", "Chen", "Wang", "Lu"]
    number = town.report(facts=SERIOUS)
    (rings,) = town.offers(number)
    assert options(town)[0] == f"{rings.title()} · rings for {number}"
    assert len(options(town)) == len(field)


def test_a_stranger_learns_nothing_where_nobody_is_invented(town: Town) -> None:
    number = town.report(facts=SERIOUS)
    (rings,) = town.offers(number)
    page = town.client.get("/sign-in", headers={"Accept": "text/html"}).text
    assert number not in page
    assert rings.title() not in page
