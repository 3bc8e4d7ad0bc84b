"""Who may use which route, and whose things it is about: the table against which the whole application is walked.

Written down from domain §1 by hand, apart from the permissions in the code, so that a slip there shows here.
"""

from typing import Final

#: Words of the table. A role that isn't named hears 403.
DESK: Final = "agent dispatcher manager head"
LEADS: Final = "dispatcher manager head"
STAFF: Final = f"{DESK} technician appraiser"
ALL: Final = f"{STAFF} admin"

#: What a route is about. `case`: a complaint (region, or shared with the person); `person`: somebody of the field;
#: `list`: rows filtered by what one may see; `own`: only one's own things; `all`: the same for everybody.
CASE, PERSON, LIST, OWN, EVERYBODY, PUBLIC = "case", "person", "list", "own", "all", "public"

PERMITTED: Final[dict[str, tuple[str, str]]] = {
    # accounts
    "POST /session": ("", PUBLIC),
    "GET /session": (ALL, OWN),
    "DELETE /session": (ALL, OWN),
    "GET /regions": (f"{ALL} token", EVERYBODY),
    "POST /regions": ("admin", EVERYBODY),
    "GET /users": ("admin", EVERYBODY),
    "POST /users": ("admin", EVERYBODY),
    "PATCH /users/{user_id}": ("admin", EVERYBODY),
    "GET /tokens": ("admin", EVERYBODY),
    "POST /tokens": ("admin", EVERYBODY),
    "DELETE /tokens/{token_id}": ("admin", EVERYBODY),
    "GET /security-events": ("admin", EVERYBODY),
    "GET /openapi.json": (f"{ALL} token", EVERYBODY),
    "GET /live": (ALL, EVERYBODY),
    # messages
    "GET /messages": (ALL, OWN),
    "POST /messages/{message_id}/acknowledgement": (ALL, OWN),
    "GET /message-tasks": (f"{DESK} admin", LIST),
    "POST /message-tasks/{task_id}/outcome": (f"{DESK} admin", CASE),
    # intake
    "POST /complaints": (f"{DESK} token", EVERYBODY),
    "GET /calls/context": (f"{DESK} token", EVERYBODY),
    "GET /complaints": (f"{STAFF} token", LIST),
    "GET /board": (DESK, LIST),
    "GET /complaints/{number}": (f"{STAFF} token", CASE),
    "GET /complaints/{number}/ledger": (f"{DESK} appraiser", CASE),
    "POST /complaints/{number}/acknowledgement": (DESK, CASE),
    "POST /complaints/{number}/notes": (f"{STAFF} token", CASE),
    "POST /complaints/{number}/corrections": (DESK, CASE),
    "POST /complaints/{number}/withdrawal": (DESK, CASE),
    "POST /complaints/{number}/rerouting": (DESK, CASE),
    "POST /complaints/{number}/merging": (LEADS, CASE),
    "POST /complaints/{number}/region": (LEADS, CASE),
    "POST /complaints/{number}/links": (DESK, CASE),
    "GET /customers": (f"{DESK} token", EVERYBODY),
    "POST /customers": (f"{DESK} token", EVERYBODY),
    "GET /sites": (f"{DESK} token", EVERYBODY),
    "POST /sites": (f"{DESK} token", EVERYBODY),
    "GET /equipment": (f"{DESK} token", EVERYBODY),
    "POST /equipment": (f"{DESK} token", EVERYBODY),
    "GET /equipment/{serial_number}/history": (f"{DESK} token", CASE),
    "POST /equipment/{serial_number}/relocations": (f"{DESK} token", EVERYBODY),
    "POST /customer/case": ("", PUBLIC),
    # severity
    "POST /grading/preview": (f"{ALL} token", EVERYBODY),
    "POST /complaints/{number}/regrading": (f"{DESK} technician", CASE),
    "GET /complaints/{number}/deadlines": (ALL, CASE),
    "GET /policies": (f"{DESK} appraiser admin", EVERYBODY),
    "GET /policies/versions": (f"{DESK} appraiser admin", EVERYBODY),
    "GET /policies/versions/{version}": (f"{DESK} appraiser admin", EVERYBODY),
    "POST /policies": ("head admin", EVERYBODY),
    # technicians
    "GET /technicians/me": ("technician", OWN),
    "POST /technicians/me/duty": ("technician", OWN),
    "POST /technicians/me/position": ("technician", OWN),
    "GET /technicians": (f"{DESK} admin", LIST),
    "GET /technicians/{technician_id}": (f"{DESK} admin", PERSON),
    "POST /technicians": ("manager head admin", PERSON),
    "PUT /technicians/{technician_id}": ("manager head admin", PERSON),
    "POST /technicians/{technician_id}/activity": ("manager head admin", PERSON),
    "POST /technicians/{technician_id}/duty": (f"{LEADS} admin", PERSON),
    "GET /technicians/{technician_id}/shifts": (f"{DESK} admin", PERSON),
    "POST /technicians/{technician_id}/shifts": (f"{LEADS} admin", PERSON),
    "PUT /shifts/{shift_id}": (f"{LEADS} admin", PERSON),
    "DELETE /shifts/{shift_id}": (f"{LEADS} admin", PERSON),
    "POST /technicians/{technician_id}/absences": (f"{LEADS} admin", PERSON),
    "DELETE /absences/{absence_id}": (f"{LEADS} admin", PERSON),
    "POST /technicians/{technician_id}/certificates": ("manager head admin", PERSON),
    "POST /technicians/{technician_id}/certificates/{certificate_id}/withdrawal": ("manager head admin", PERSON),
    "GET /certificates/expiring": (f"{DESK} admin", LIST),
    "GET /outlets": (f"{ALL} token", EVERYBODY),
    "POST /outlets": ("manager head admin", PERSON),
    "POST /vehicles": ("manager head admin", PERSON),
    # dispatch
    "GET /offers": (f"{DESK} technician", LIST),
    "POST /offers/{offer_id}/acceptance": (f"{LEADS} technician", CASE),
    "POST /offers/{offer_id}/decline": (f"{LEADS} technician", CASE),
    "GET /complaints/{number}/candidates": (DESK, CASE),
    "GET /complaints/{number}/decisions": (f"{DESK} appraiser admin", CASE),
    "GET /decisions/{decision_id}/replay": (f"{DESK} appraiser admin", CASE),
    "POST /complaints/{number}/assignment": (LEADS, CASE),
    "POST /complaints/{number}/release": (LEADS, CASE),
    # visits
    "POST /commands": ("technician", OWN),
    "PUT /commands/{command_id}": ("technician", OWN),
    "GET /complaints/{number}/visits": (STAFF, CASE),
    "POST /complaints/{number}/photos": (f"{DESK} technician", CASE),
    "GET /complaints/{number}/photos/{photo_id}": (STAFF, CASE),
    "POST /complaints/{number}/resumption": (DESK, CASE),
    "POST /complaints/{number}/guidance": (f"{DESK} technician", CASE),
    "POST /complaints/{number}/guidance/report": (f"{DESK} technician", CASE),
    "POST /complaints/{number}/guidance/end": (f"{DESK} technician", CASE),
    "POST /visits/{visit_id}/approval": ("manager head", CASE),
    # feedback
    "GET /complaints/{number}/feedback-form": (STAFF, CASE),
    "POST /complaints/{number}/feedback": (f"{DESK} technician", CASE),
    "POST /complaints/{number}/feedback-refusal": (f"{DESK} technician", CASE),
    "POST /complaints/{number}/feedback-invitation": (f"{DESK} technician", CASE),
    "GET /complaints/{number}/feedback": (STAFF, CASE),
    "GET /complaints/{number}/documents/{document_id}": (STAFF, CASE),
    "GET /follow-ups": ("agent dispatcher", LIST),
    "POST /complaints/{number}/follow-up/attempts": ("agent dispatcher", CASE),
    "POST /complaints/{number}/follow-up/answer": ("agent dispatcher", CASE),
    "POST /complaints/{number}/closure": (DESK, CASE),
    "POST /complaints/{number}/reopening": (DESK, CASE),
    "POST /customer/feedback-form": ("", PUBLIC),
    "POST /customer/feedback": ("", PUBLIC),
    "POST /customer/reopening": ("", PUBLIC),
    "POST /customer/document": ("", PUBLIC),
    "GET /records/{sha256}": ("", PUBLIC),
    # escalation
    "GET /escalations": (f"{DESK} appraiser admin", LIST),
    "GET /escalations/{case_id}": (f"{DESK} appraiser admin", CASE),
    "POST /escalations/{case_id}/acknowledgement": (f"{LEADS} appraiser", CASE),
    "POST /escalations/{case_id}/take-over": ("manager head", CASE),
    "POST /escalations/{case_id}/assignment": (LEADS, CASE),
    "POST /escalations/{case_id}/appraisal": ("manager head", CASE),
    "POST /escalations/{case_id}/return": ("manager head appraiser", CASE),
    "POST /escalations/{case_id}/raising": (f"{LEADS} appraiser", CASE),
    "POST /escalations/{case_id}/outcome": (LEADS, CASE),
    "POST /escalations/{case_id}/annulment": ("manager head", CASE),
    "GET /escalation-ladder": (f"{LEADS} appraiser admin", EVERYBODY),
    "POST /escalation-ladder": ("head admin", EVERYBODY),
}
