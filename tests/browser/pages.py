"""Every page once, with who opens it and in which state: the table that all tests of every page walk along.

Addresses name things of the gallery (`gallery.py`). A page's route that stands neither here nor among the parts fails.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Shown:
    """A page in one state. `plain`: it reads without scripts. `field`: it is read outdoors, in the theme made for that."""

    name: str
    route: str
    who: str | None
    path: str
    plain: bool = False
    field: bool = False
    status: int = 200


PAGES: Final = (
    Shown("sign-in", "/sign-in", None, "/sign-in", plain=True),
    Shown("start", "/start", "appraiser", "/start"),
    Shown("board", "/", "dispatcher", "/?c={major}"),
    Shown("board, nothing open", "/", "west dispatcher", "/"),
    Shown("board, found nothing", "/", "dispatcher", "/?q=nothing-like-that"),
    Shown("board on the wall", "/", "manager", "/?wall=1"),
    Shown("board of a case at work", "/", "head", "/?c={on_site}"),
    Shown("case, major", "/complaints/{number}", "dispatcher", "/complaints/{major}"),
    Shown("case at work", "/complaints/{number}", "manager", "/complaints/{on_site}"),
    Shown("case, closed", "/complaints/{number}", "agent", "/complaints/{closed}"),
    Shown("case of the technician", "/complaints/{number}", "working", "/complaints/{on_site}"),
    Shown("intake", "/intake", "agent", "/intake", plain=True),
    Shown("intake, known caller", "/intake", "agent", "/intake?caller=13800138000", plain=True),
    Shown("intake, logged", "/intake/logged/{number}", "agent", "/intake/logged/{major}", plain=True),
    Shown("intake, to complete", "/intake/to-complete", "agent", "/intake/to-complete", plain=True),
    Shown("intake, nothing to complete", "/intake/to-complete", "west agent", "/intake/to-complete", plain=True),
    Shown("technician, offer", "/t", "ringing", "/t", plain=True, field=True),
    Shown("technician at work", "/t", "working", "/t", plain=True, field=True),
    Shown("technician, finished", "/t", "finished", "/t", plain=True, field=True),
    Shown("technician, nothing to do", "/t", "ma", "/t", plain=True, field=True),
    Shown(
        "technician's report",
        "/t/jobs/{assignment_id}/report",
        "working",
        "/t/jobs/{job}/report",
        plain=True,
        field=True,
    ),
    Shown("signing", "/t/feedback/{number}", "finished", "/t/feedback/{repaired}", plain=True, field=True),
    Shown("inbox", "/escalations", "manager", "/escalations", plain=True),
    Shown("inbox, all", "/escalations", "head", "/escalations?show=all", plain=True),
    Shown("inbox, empty", "/escalations", "west manager", "/escalations", plain=True),
    Shown("escalation", "/escalations/{case_id}", "manager", "/escalations/{case}", plain=True),
    Shown("my own", "/me", "agent", "/me"),
    Shown("for me, calls and letters", "/messages", "agent", "/messages", plain=True),
    Shown("for me, messages", "/messages", "manager", "/messages", plain=True),
    Shown("for me, read before", "/messages", "manager", "/messages?show=read", plain=True),
    Shown("for me, of the technician", "/messages", "ringing", "/messages", plain=True, field=True),
    Shown("for me, nothing", "/messages", "west agent", "/messages", plain=True),
    Shown("for me, nothing of the technician", "/messages", "hu", "/messages", plain=True, field=True),
    Shown(
        "major complaint's report", "/complaints/{number}/major-report", "manager", "/complaints/{major}/major-report"
    ),
    Shown("administration", "/admin", "admin", "/admin"),
    Shown("administration of a manager", "/admin", "manager", "/admin"),
    Shown("people", "/admin/people", "admin", "/admin/people"),
    Shown("person", "/admin/people/{user_id}", "admin", "/admin/people/{user}"),
    Shown("technicians", "/admin/technicians", "admin", "/admin/technicians"),
    Shown("a technician's record", "/admin/technicians/{technician_id}", "admin", "/admin/technicians/{technician}"),
    Shown("technicians, only read", "/admin/technicians", "agent", "/admin/technicians"),
    Shown("outlets", "/admin/outlets", "admin", "/admin/outlets"),
    Shown("regions", "/admin/regions", "admin", "/admin/regions"),
    Shown("equipment", "/admin/equipment", "manager", "/admin/equipment"),
    Shown("a unit", "/admin/equipment/{serial_number}", "manager", "/admin/equipment/ZJ5510-50"),
    Shown("customers", "/admin/customers", "manager", "/admin/customers"),
    Shown("a customer", "/admin/customers/{customer_id}", "manager", "/admin/customers/{customer}"),
    Shown("imports", "/admin/imports", "admin", "/admin/imports"),
    Shown("an import", "/admin/imports/{import_id}", "admin", "/admin/imports/{import}"),
    Shown("tokens", "/admin/tokens", "admin", "/admin/tokens"),
    Shown("policies", "/admin/policies", "admin", "/admin/policies"),
    Shown("service levels", "/admin/policies/service-levels", "admin", "/admin/policies/service-levels"),
    Shown("grading", "/admin/policies/grading", "admin", "/admin/policies/grading"),
    Shown("ladder", "/admin/policies/ladder", "admin", "/admin/policies/ladder"),
    Shown("dispatch policy", "/admin/policies/dispatch", "admin", "/admin/policies/dispatch"),
    Shown("policy, only read", "/admin/policies/grading", "manager", "/admin/policies/grading"),
    Shown("shifts", "/admin/shifts", "manager", "/admin/shifts"),
    Shown("security events", "/admin/security", "admin", "/admin/security"),
    Shown("settings", "/admin/settings", "admin", "/admin/settings"),
    Shown("link of a letter", "/e/{token}", None, "/e/{letter}", plain=True),
    Shown("customer, work under way", "/c/{token}", None, "/c/{follow}", plain=True, field=True),
    Shown("customer, signing", "/c/{token}", None, "/c/{rate}", plain=True, field=True),
    Shown("customer, closed", "/c/{token}", None, "/c/{after}", plain=True, field=True),
    Shown("customer, link cut off", "/c", None, "/c", plain=True, field=True, status=404),
    Shown("record", "/v/{code}", None, "/v/{code}", plain=True),
    Shown("record, unknown", "/v/{code}", None, "/v/0000", plain=True, status=404),
    Shown("refusal explained", "/problems/{code}", None, "/problems/not-found", plain=True),
    Shown("not allowed", "/admin/settings", "ringing", "/admin/settings", plain=True, status=403),
)

#: Routes that answer with a part of a page, a paper or a word for machines, and the page of which they are a part.
PARTS: Final = {
    "/board/rows": "board",
    "/board/shown": "board",
    "/intake/callers": "intake",
    "/escalations/rows": "inbox",
    "/t/work": "technician at work",
    "/messages/waiting": "every page",
    "/c/{token}/paper": "a PDF",
    "/admin/imports/{import_id}/report": "a table of wrong lines, for a spreadsheet",
    "/health/live": "for machines",
    "/health/ready": "for machines",
}
