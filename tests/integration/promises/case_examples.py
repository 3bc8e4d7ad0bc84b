"""Examples of what is written about a case: the customer's word, escalation."""

from datetime import timedelta

import msgspec

from escalation import ladder, policies
from escalation.reporting.steps import STEPS
from foundation.database.identity import new_id
from tests.integration.promises.asking import Asking, a_case, a_link, at, example, fresh
from tests.town import MAJOR, NOBODY_HURT, Town


def a_form(town: Town, number: str, who: str) -> dict[str, object]:
    return town.a_signed_form(town.get(who, f"/complaints/{number}/feedback-form"))


@example("POST /complaints/{number}/feedback", who="lu")
def _(town: Town) -> Asking:
    number, who = at("repaired")(town)
    return Asking({"number": number}, a_form(town, number, who), who=who)


@example("POST /complaints/{number}/feedback-refusal", who="lu")
def _(town: Town) -> Asking:
    number, who = at("repaired")(town)
    body = {"id": str(new_id()), "reason": "He wants more.", "witness": "李工", "refused_at": town.now.isoformat()}
    return Asking({"number": number}, body, who=who)


@example("POST /complaints/{number}/feedback-invitation", who="lu")
def _(town: Town) -> Asking:
    number, who = at("repaired")(town)
    return Asking({"number": number}, who=who)


@example("POST /complaints/{number}/follow-up/attempts", who="night agent")
def _(town: Town) -> Asking:
    return Asking({"number": at("confirmed")(town)[0]}, {"reached": "no_answer"})


@example("POST /complaints/{number}/follow-up/answer", who="night agent")
def _(town: Town) -> Asking:
    return Asking({"number": at("confirmed")(town)[0]}, {"solved": True})


@example("POST /complaints/{number}/closure", who="agent")
def _(town: Town) -> Asking:
    number, _ = at("confirmed")(town)
    # The call was answered while the desk's program was away: everything closing needs is there.
    town.execute(
        "UPDATE follow_ups SET state = 'answered', solved = true, outcome = 'solved', ended_at = :now "
        "WHERE complaint_id = :id",
        now=town.now,
        id=town.complaint(number).id,
    )
    return Asking({"number": number})


@example("POST /complaints/{number}/reopening", who="agent")
def _(town: Town) -> Asking:
    return Asking({"number": at("closed")(town)[0]}, {"reason": "It slips again."})


@example("POST /customer/feedback-form", who=None, writes=False)
def _(town: Town) -> Asking:
    return Asking(body={"token": a_link(town, at("repaired")(town)[0], purpose="feedback")})


@example("POST /customer/feedback", who=None)
def _(town: Town) -> Asking:
    number, who = at("repaired")(town)
    return Asking(body={"token": a_link(town, number, purpose="feedback"), "form": a_form(town, number, who)})


@example("POST /customer/reopening", who=None)
def _(town: Town) -> Asking:
    number, _ = at("confirmed")(town)
    return Asking(body={"token": a_link(town, number, purpose="follow"), "reason": "It slips again."})


@example("POST /customer/document", who=None, writes=False)
def _(town: Town) -> Asking:
    number, _ = at("confirmed")(town)
    return Asking(body={"token": a_link(town, number, purpose="follow")})


@example("POST /customer/feedback-refusal", who=None)
def _(town: Town) -> Asking:
    token = a_link(town, at("repaired")(town)[0], purpose="feedback")
    form = {"id": str(new_id()), "reason": "It rattles.", "witness": "王大海", "refused_at": town.now.isoformat()}
    return Asking(body={"token": token, "form": form})


@example("POST /customer/arrival", who=None, writes=False)
def _(town: Town) -> Asking:
    return Asking(body={"token": a_link(town, at("assigned")(town)[0], purpose="follow")})


@example("POST /customer/contest", who=None)
def _(town: Town) -> Asking:
    number, _ = at("on_site")(town)
    token = a_link(town, number, purpose="follow")
    return Asking(body={"token": token, "contest": "nobody_arrived", "words": "Nobody is at the gate."})


@example("POST /customer/contests", who=None, writes=False)
def _(town: Town) -> Asking:
    return Asking(body={"token": a_link(town, fresh(town), purpose="follow")})


@example("POST /escalations/{case_id}/acknowledgement", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {})


@example("POST /escalations/{case_id}/hold", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town, facts=NOBODY_HURT)}, {"reason": "The crew is at the gate."})


@example("POST /escalations/{case_id}/owner", who="manager")
def _(town: Town) -> Asking:
    body = {"owner_id": str(town.person("second manager").id), "reason": "She knows the site."}
    return Asking({"case_id": a_case(town)}, body)


@example("POST /escalations/{case_id}/take-over", who="second manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {"reason": "He is on leave."})


@example("POST /escalations/{case_id}/assignment", who="manager")
def _(town: Town) -> Asking:
    body = {"technician_id": town.register.technicians["wang"], "reason": "He is nearest."}
    return Asking({"case_id": a_case(town)}, body)


@example("POST /escalations/{case_id}/progress", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {"text": "The crew is on its way."})


@example("POST /escalations/{case_id}/appraisal", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {"question": "Why did the rope part?"})


@example("POST /escalations/{case_id}/return", who="head")
def _(town: Town) -> Asking:
    case_id = a_case(town)
    town.post("manager", f"/escalations/{case_id}/raising", {"reason": "Above my limit."})
    return Asking({"case_id": case_id}, {"reason": "Within your limit now."})


@example("POST /escalations/{case_id}/raising", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {"reason": "Above my limit."})


@example("POST /escalations/{case_id}/outcome", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {"outcome": "remedied", "text": "New rope."})


@example("POST /escalations/{case_id}/annulment", who="manager")
def _(town: Town) -> Asking:
    return Asking({"case_id": a_case(town)}, {"note": "A drill."})


def a_report() -> dict[str, str]:
    return {name: f"About {name}." for name in STEPS}


@example("PUT /complaints/{number}/major-report/draft", who="manager")
def _(town: Town) -> Asking:
    return Asking({"number": fresh(town, facts=MAJOR)}, {"happened": "The rope parted."})


@example("POST /complaints/{number}/major-report", who="manager")
def _(town: Town) -> Asking:
    return Asking({"number": fresh(town, facts=MAJOR)}, {"based_on": 0, "answers": a_report()})


@example("POST /escalation-ladder", who="head")
def _(town: Town) -> Asking:
    document = msgspec.json.decode(msgspec.json.encode(policies.document(ladder.SHIPPED)))
    document.pop("version")
    newest = town.rows("SELECT max(version) AS version FROM ladders")[0].version
    return Asking(body={**document, "based_on": newest, "valid_from": (town.now + timedelta(days=400)).isoformat()})
