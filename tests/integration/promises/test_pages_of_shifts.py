"""The roster shows one region after the other, and of each everybody, page by page, with how many there are."""

import re
from datetime import timedelta
from html import unescape

import httpx
import pytest

from foundation.database.session import unit_of_work
from technicians import people
from technicians.people import Person
from tests.integration.promises.test_pages_of_cases import send, visit
from tests.town import Town
from tests.townspeople import CRANE, EAST, FOUNDER
from web.pages.admin_shifts import PEOPLE
from web.pages.rendering import COMPANY_ZONE

#: The town's own four, and so many more that they don't go on one page.
NEW = PEOPLE + 10
EVERYBODY = NEW + 4


@pytest.fixture
def crowded(town: Town) -> Town:
    """A town whose east has more technicians than go on one page; their codes come before the others'."""
    with unit_of_work(town.works.system.sessions) as db:
        for number in range(NEW):
            person = Person(
                code=f"A{number:03}", name=f"Hand {number}", region_code=EAST, outlet_id=town.register.outlets[EAST],
                families={CRANE: 2},
            )  # fmt: skip
            people.add_technician(db, person, actor=FOUNDER, now=town.now)
    town.works.rest()
    return town


def codes(page: httpx.Response) -> list[str]:
    """Who is in the table of the week."""
    assert page.status_code == httpx.codes.OK
    table = page.text.split('id="week"')[1].split("</table>")[0]
    return re.findall(r'<th scope="row">(\S+) ', table)


def onward(page: httpx.Response) -> str:
    (link,) = re.findall(r'<a class="button" href="([^"]+)">More</a>', page.text)
    return unescape(link)


def test_everybody_of_a_region_is_shown_page_by_page_with_how_many_there_are(crowded: Town) -> None:
    first = visit(crowded, "manager", "/admin/shifts")
    assert f"Technicians 1 to {PEOPLE} of {EVERYBODY} in this region" in first.text
    second = visit(crowded, "manager", onward(first))
    assert f"Technicians {PEOPLE + 1} to {EVERYBODY} of {EVERYBODY} in this region" in second.text
    assert codes(first) + codes(second) == [*(f"A{number:03}" for number in range(NEW)), "CHEN", "LU", "WANG", "ZHOU"]
    assert ">More</a>" not in second.text


def test_who_sees_all_regions_begins_with_the_first_and_chooses(crowded: Town) -> None:
    assert codes(visit(crowded, "admin", "/admin/shifts"))[0] == "A000"
    west = visit(crowded, "admin", "/admin/shifts?region=west")
    assert codes(west) == ["HU", "MA"]
    assert "Technicians 1 to 2 of 2 in this region" in west.text


def test_everybody_begins_with_their_own_region_and_sees_no_other(town: Town) -> None:
    assert codes(visit(town, "west manager", "/admin/shifts")) == ["HU", "MA"]
    assert visit(town, "west manager", "/admin/shifts?region=east").status_code == httpx.codes.NOT_FOUND
    assert visit(town, "admin", "/admin/shifts?region=nowhere").status_code == httpx.codes.NOT_FOUND


def test_a_shift_given_on_a_later_page_leads_back_to_that_page(crowded: Town) -> None:
    place = onward(visit(crowded, "manager", "/admin/shifts"))
    page = visit(crowded, "manager", place).text
    form = page.split("data-main>")[1].split("</form>")[0]
    given = dict(re.findall(r'<input type="hidden" name="(week|region|cursor)" value="([^"]*)"', form))
    (who,) = re.findall(r'<option value="([^"]+)" >A059', form)
    start = (crowded.now + timedelta(days=1)).astimezone(COMPANY_ZONE)
    times = {"start_at": f"{start:%Y-%m-%dT%H:%M}", "end_at": f"{start + timedelta(hours=8):%Y-%m-%dT%H:%M}"}
    answer = send(crowded, "manager", "/admin/shifts", technician_id=who, kind="duty", **times, **given)
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
    back = visit(crowded, "manager", answer.headers["location"])
    assert "A059" in codes(back)
    assert f"{start:%H:%M}–{start + timedelta(hours=8):%H:%M}" in back.text
    assert len(crowded.rows("SELECT 1 FROM shifts WHERE technician_id = CAST(:who AS uuid)", who=who)) == 1
