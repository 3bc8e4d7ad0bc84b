"""Every route of the pages with the route of the API that shows or does the same: what one refuses, the other refuses.

Written down by hand. A page's route that stands neither here nor among those of a page's own fails the table's test.
"""

from typing import Final

from tests.integration.promises.permitted import ALL, EVERYBODY, LEADS, LIST, OWN, PERMITTED, PUBLIC

_CASE: Final = "/complaints/{number}"
_ACTS: Final = (
    "acknowledgement", "assignment", "notes", "merging", "regrading", "corrections", "suspension", "resumption", "release",
    "guidance", "heavy-parts", "closure", "reopening", "region", "rerouting", "withdrawal", "links",
    "feedback-invitation",
)  # fmt: skip
_STEPS: Final = (
    "acknowledgement",
    "hold",
    "owner",
    "take-over",
    "assignment",
    "progress",
    "appraisal",
    "return",
    "raising",
    "outcome",
    "annulment",
)

#: A page's route → the API's route.
TWINS: Final[dict[str, str]] = {
    # board and case
    "GET /": "GET /board",
    "GET /board/rows": "GET /board",
    "GET /board/shown": "GET /board",
    f"GET {_CASE}": f"GET {_CASE}",
    **{f"POST {_CASE}/{act}": f"POST {_CASE}/{act}" for act in _ACTS},
    f"POST {_CASE}/raising": "POST /escalations/{case_id}/raising",
    f"POST {_CASE}/arrival-approval": "POST /visits/{visit_id}/approval",
    f"POST {_CASE}/guidance-report": f"POST {_CASE}/guidance/report",
    f"POST {_CASE}/guidance-end": f"POST {_CASE}/guidance/end",
    f"POST {_CASE}/follow-up-answer": f"POST {_CASE}/follow-up/answer",
    f"POST {_CASE}/follow-up-attempts": f"POST {_CASE}/follow-up/attempts",
    # taking calls
    "GET /intake": "POST /complaints",
    "POST /intake": "POST /complaints",
    "POST /intake/aside": "POST /complaints",
    "GET /intake/callers": "GET /customers",
    "POST /intake/notes": f"POST {_CASE}/notes",
    "GET /intake/logged/{number}": f"GET {_CASE}",
    "GET /intake/to-complete": "GET /board",
    # the technician
    "GET /t": "GET /technicians/me",
    "GET /t/work": "GET /technicians/me",
    "POST /t/duty": "POST /technicians/me/duty",
    "POST /t/offers/{offer_id}/acceptance": "POST /offers/{offer_id}/acceptance",
    "POST /t/offers/{offer_id}/decline": "POST /offers/{offer_id}/decline",
    "POST /t/jobs/{assignment_id}/{kind}": "PUT /commands/{command_id}",
    "GET /t/jobs/{assignment_id}/report": "PUT /commands/{command_id}",
    "POST /t/photos/{number}": f"POST {_CASE}/photos",
    "GET /t/feedback/{number}": f"POST {_CASE}/feedback",
    "POST /t/feedback/{number}": f"POST {_CASE}/feedback",
    "POST /t/feedback/{number}/refusal": f"POST {_CASE}/feedback-refusal",
    # for oneself
    "GET /messages": "GET /messages",
    "GET /messages/waiting": "GET /messages",
    "POST /messages/acknowledgement": "POST /messages/{message_id}/acknowledgement",
    "POST /messages/tasks/{task_id}/outcome": "POST /message-tasks/{task_id}/outcome",
    # the manager's inbox
    "GET /escalations": "GET /escalations",
    "GET /escalations/rows": "GET /escalations",
    "POST /escalations/acknowledgement": "POST /escalations/{case_id}/acknowledgement",
    "GET /escalations/{case_id}": "GET /escalations/{case_id}",
    **{f"POST /escalations/{{case_id}}/{step}": f"POST /escalations/{{case_id}}/{step}" for step in _STEPS},
    f"GET {_CASE}/major-report": f"GET {_CASE}/major-report",
    f"POST {_CASE}/major-report": f"POST {_CASE}/major-report",
    "POST /escalations/absence": "PUT /session/absence",
    "POST /escalations/presence": "DELETE /session/absence",
    # administration
    "GET /admin/security": "GET /security-events",
    "GET /admin/settings": "GET /settings",
    "GET /admin/people": "GET /users",
    "POST /admin/people": "POST /users",
    "GET /admin/people/{user_id}": "GET /users/{user_id}",
    "POST /admin/people/{user_id}": "PATCH /users/{user_id}",
    "GET /admin/technicians": "GET /technicians",
    "POST /admin/technicians": "POST /technicians",
    "GET /admin/technicians/{technician_id}": "GET /technicians/{technician_id}",
    "POST /admin/technicians/{technician_id}": "PUT /technicians/{technician_id}",
    "GET /admin/outlets": "GET /outlets",
    "POST /admin/outlets": "POST /outlets",
    "GET /admin/regions": "GET /regions",
    "POST /admin/regions": "POST /regions",
    "GET /admin/equipment": "GET /equipment",
    "POST /admin/equipment": "POST /equipment",
    "GET /admin/equipment/{serial_number}": "GET /equipment/{serial_number}/history",
    "POST /admin/equipment/{serial_number}": "PATCH /equipment/{serial_number}",
    "GET /admin/customers": "GET /customers",
    "POST /admin/customers": "POST /customers",
    "GET /admin/customers/{customer_id}": "GET /customers/{customer_id}",
    "POST /admin/customers/{customer_id}": "POST /sites",
    "POST /admin/customers/{customer_id}/exclusions": "POST /customers/{customer_id}/exclusions",
    "GET /admin/imports": "GET /imports",
    "POST /admin/imports": "POST /imports",
    "GET /admin/imports/{import_id}": "GET /imports/{import_id}",
    "POST /admin/imports/{import_id}": "POST /imports/{import_id}/run",
    "GET /admin/imports/{import_id}/report": "GET /imports/{import_id}/report",
    "GET /me": "GET /sessions",
    "POST /me/sessions": "DELETE /sessions",
    "POST /me/absence": "PUT /session/absence",
    "POST /me/password": "PUT /session/password",
    "GET /admin/tokens": "GET /tokens",
    "POST /admin/tokens": "POST /tokens",
    "POST /admin/tokens/{token_id}/end": "DELETE /tokens/{token_id}",
    "GET /admin/policies": "GET /policies",
    "GET /admin/policies/service-levels": "GET /policies",
    "POST /admin/policies/service-levels": "POST /policies",
    "GET /admin/policies/grading": "GET /policies",
    "POST /admin/policies/grading": "POST /policies",
    "GET /admin/policies/ladder": "GET /escalation-ladder",
    "POST /admin/policies/ladder": "POST /escalation-ladder",
    "GET /admin/policies/dispatch": "GET /dispatch/policy",
    "POST /admin/policies/dispatch": "POST /dispatch/policy",
    "GET /admin/shifts": "GET /coverage",
    "POST /admin/shifts": "POST /technicians/{technician_id}/shifts",
    # the customer
    "GET /c/{token}": "POST /customer/case",
    "POST /c/{token}/contest": "POST /customer/contest",
    "POST /c/{token}/position": "POST /customer/position",
    "GET /c/{token}/paper": "POST /customer/document",
    "POST /c/{token}/feedback": "POST /customer/feedback",
    "POST /c/{token}/refusal": "POST /customer/feedback-refusal",
    "GET /v/{code}": "GET /records/{sha256}",
    "POST /v/{code}": "GET /records/{sha256}",
    # signing in
    "POST /sign-in": "POST /session",
    "POST /sign-in/demo": "POST /session",
    "POST /sign-out": "DELETE /session",
}

#: What a page's route is about where its body names the thing and not its path: then an empty form is about nothing.
ABOUT: Final[dict[str, str]] = {
    "POST /escalations/acknowledgement": LIST,
    "POST /admin/shifts": LIST,
}

#: What a form must say to get as far as the question who may; the others get there empty.
FORMS: Final[dict[str, dict[str, str]]] = {
    "POST /intake/notes": {"to": "{number}", "sentence": "It moves again.", "caller_phone": "13800138000"},
    "POST /t/offers/{offer_id}/decline": {"reason": "too_far"},
    "POST /t/photos/{number}": {"role": "before"},
    "POST /messages/tasks/{task_id}/outcome": {"outcome": "She has it."},
}

#: Pages that the API needs no twin for.
ALONE: Final[dict[str, tuple[str, str]]] = {
    "GET /start": (ALL, OWN),
    "GET /admin": (f"{LEADS} admin", EVERYBODY),
    "GET /sign-in": ("", PUBLIC),
    "GET /e/{token}": ("", PUBLIC),
    "POST /e/{token}": ("", PUBLIC),
    "POST /language": ("", PUBLIC),
    "POST /theme": ("", PUBLIC),
    "GET /c": ("", PUBLIC),
    "GET /problems/{code}": ("", PUBLIC),
    "GET /health/live": ("", PUBLIC),
    "GET /health/ready": ("", PUBLIC),
    "GET /static/{file_path}": ("", PUBLIC),
}


def _row(page: str, twin: str) -> tuple[str, str]:
    roles, about = PERMITTED[twin]
    return roles, ABOUT.get(page, about)


#: Who may use which route of the pages, in the words of `PERMITTED`: whoever may use its twin.
PAGES: Final[dict[str, tuple[str, str]]] = ALONE | {page: _row(page, twin) for page, twin in TWINS.items()}
