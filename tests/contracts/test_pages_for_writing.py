"""Whatever can be written through the API can be written on a page, or it is said here why not: people don't type JSON.

A case in good hands climbed as unfinished because its owner had no page to say so. A new route without a page fails here
until it has one, or a sentence.
"""

from collections.abc import Iterable
from typing import Final

from app import routes
from tests.contracts.test_permissions import declared
from tests.integration.promises.examples import EXAMPLES
from tests.integration.promises.permitted import PERMITTED
from tests.integration.promises.twins import PAGES, TWINS

#: Routes of the API whose page's route does something else, too, by another button or field, and has its twin in that.
SHARED: Final[dict[str, str]] = {
    "DELETE /sessions/{session_id}": "POST /me/sessions",
    "DELETE /users/{user_id}/sessions": "POST /admin/people/{user_id}",
    "DELETE /users/{user_id}/sessions/{session_id}": "POST /admin/people/{user_id}",
    "PUT /users/{user_id}/password": "POST /admin/people/{user_id}",
    "DELETE /users/{user_id}/absence": "POST /admin/people/{user_id}",
    "POST /grading/preview": "POST /intake/aside",
    "POST /equipment/{serial_number}/relocations": "POST /admin/equipment/{serial_number}",
    "POST /technicians/{technician_id}/activity": "POST /admin/technicians/{technician_id}",
    "POST /technicians/{technician_id}/certificates": "POST /admin/technicians/{technician_id}",
    "POST /technicians/{technician_id}/certificates/{certificate_id}/withdrawal": "POST /admin/technicians/{technician_id}",
    "DELETE /shifts/{shift_id}": "POST /admin/shifts",
    "POST /vehicles": "POST /admin/outlets",
    "POST /customers/{customer_id}/exclusions/{technician_id}/end": "POST /admin/customers/{customer_id}/exclusions",
    "PUT /complaints/{number}/major-report/draft": "POST /complaints/{number}/major-report",
    "POST /escalation-ladder/rehearsal": "POST /admin/policies/ladder",
    "POST /customer/reopening": "POST /c/{token}/contest",
    # What takes the customer's secret in a body, so that it stands in no address, and only looks.
    "POST /customer/case": "GET /c/{token}",
    "POST /customer/feedback-form": "GET /c/{token}",
    "POST /customer/arrival": "GET /c/{token}",
    "POST /customer/contests": "GET /c/{token}",
    "POST /customer/document": "GET /c/{token}/paper",
}

#: Routes of the API for which no page has a form, and why.
WITHOUT: Final[dict[str, str]] = {
    "POST /commands": "Phones only: what was done without signal comes as one batch; a page sends each step by itself.",
    "POST /technicians/me/position": "Phones only: an app on duty says now and then where it is; a page does with a step.",
    "PUT /shifts/{shift_id}": "Other systems only: on the page a shift is taken off the roster and another is put on it.",
    "POST /technicians/{technician_id}/duty": "No page yet: technicians sign on themselves; for others through the API.",
    "POST /technicians/{technician_id}/absences": "No page yet: absences are told through the API.",
    "DELETE /absences/{absence_id}": "No page yet: absences are told through the API.",
}


#: Routes of the API that a page's own route for writing names as its twin.
TWINNED: Final = {api for page, api in TWINS.items() if not page.startswith("GET ")}


def writes(names: Iterable[str]) -> set[str]:
    """Those that aren't safe by their method."""
    return {name for name in names if not name.startswith("GET ")}


def test_whatever_can_be_written_is_written_on_a_page_or_it_is_said_why_not() -> None:
    assert writes(declared(routes.API)) - TWINNED - SHARED.keys() - WITHOUT.keys() == set()


def test_nothing_is_said_to_have_no_page_that_has_one_and_nothing_twice() -> None:
    assert TWINNED & (SHARED.keys() | WITHOUT.keys()) == set()
    assert SHARED.keys() & WITHOUT.keys() == set()
    assert (SHARED.keys() | WITHOUT.keys()) <= writes(PERMITTED)
    assert [route for route, why in WITHOUT.items() if not why.endswith(".")] == []


def test_a_shared_page_is_there_for_nobody_whom_the_api_refuses() -> None:
    for api, page in SHARED.items():
        assert set(PAGES[page][0].split()) <= set(PERMITTED[api][0].split()), api


def test_only_what_looks_at_something_is_answered_by_a_page_that_only_shows() -> None:
    showing = [api for api, page in SHARED.items() if page.startswith("GET ")]
    assert [api for api in showing if EXAMPLES[api].writes] == []
