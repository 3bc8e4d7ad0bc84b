"""What a customer signed is never refused because the case went on: it is kept, shown, and heard when it complains."""

from tests.integration.promises.asking import a_link
from tests.town import SATISFIED, Town, each

POOR = {**SATISFIED, "satisfaction": 2}


def signed_by_link(town: Town, token: str, form: dict[str, object]) -> tuple[int, dict[str, object]]:
    answer = town.ask(None, "POST", "/customer/feedback", {"token": token, "form": form})
    town.works.rest()
    return answer.status_code, answer.json()


def test_a_poor_word_by_link_after_the_closing_is_kept_and_brought_before_the_manager(town: Town) -> None:
    number = town.report()
    who = town.bring(number, "repaired")
    token = a_link(town, number, purpose="feedback")
    form = town.a_signed_form(town.post(None, "/customer/feedback-form", {"token": token}), POOR)
    town.sign(number, who)
    town.push(hours=1)
    town.call_back(number, solved=True)
    sealed = town.rows("SELECT id, record_sha256, satisfaction FROM feedbacks")
    papers = town.rows("SELECT sha256 FROM documents")

    status, answer = signed_by_link(town, token, form)
    assert (status, answer["late"], answer["satisfaction"]) == (202, "already_signed", 2)
    assert town.stage(number) == "closed"
    assert town.rows("SELECT id, record_sha256, satisfaction FROM feedbacks") == sealed
    assert town.rows("SELECT sha256 FROM documents") == papers
    assert town.history(number)[-2:] == ["feedback.late", "escalation.opened"]
    assert town.cases(number)["feedback_poor"].owner == "manager"

    shown = town.get("agent", f"/complaints/{number}/feedback")
    (late,) = each(shown, "late")
    assert (late["late"], late["signer_name"], late["satisfaction"]) == ("already_signed", "王大海", 2)
    (kept,) = town.rows("SELECT form FROM late_feedbacks")
    assert kept.form["signature"]["strokes"] == form["signature"]["strokes"]  # type: ignore[index]


def test_a_word_for_the_work_before_the_reopening_does_not_confirm_the_work_after_it(town: Town) -> None:
    number = town.report()
    who = town.bring(number, "repaired")
    token = a_link(town, number, purpose="feedback")
    form = town.a_signed_form(town.post(None, "/customer/feedback-form", {"token": token}))
    town.post("agent", f"/complaints/{number}/reopening", {"reason": "It slips again."})
    town.push(minutes=1)
    again = town.accept(number)
    town.visit(number, again)
    assert town.stage(number) == "repaired"
    status, answer = signed_by_link(town, token, form)
    assert (status, answer["late"]) == (202, "earlier_round")
    assert town.stage(number) == "repaired"
    assert "feedback_poor" not in town.cases(number)
    town.sign(number, again)
    assert town.stage(number) == "confirmed"
    assert who


def test_what_a_technician_collected_before_losing_the_job_is_kept(town: Town) -> None:
    number = town.report()
    who = town.bring(number, "on_site")
    form = town.a_signed_form(town.get(who, f"/complaints/{number}/feedback-form"), POOR)
    too_early = town.ask(who, "POST", f"/complaints/{number}/feedback", form)
    assert (too_early.status_code, too_early.json()["type"]) == (409, "/problems/step-not-allowed")
    town.command(number, who, "handed_back", reason="other", note="The site is closed.")
    assert town.ask(who, "GET", f"/complaints/{number}").status_code == 404

    for _ in range(2):
        kept = town.ask(who, "POST", f"/complaints/{number}/feedback", form)
        town.works.rest()
        assert (kept.status_code, kept.json()["late"]) == (202, "job_lost")
    assert town.history(number).count("feedback.late") == 1
    assert town.cases(number)["feedback_poor"].owner == "manager"
    stranger = next(name for name in ("zhou", "hu") if name != who)
    assert town.ask(stranger, "POST", f"/complaints/{number}/feedback", form).status_code == 403


def test_a_refusal_that_comes_after_the_signature_is_kept_and_brought_before_the_manager(town: Town) -> None:
    number = town.report()
    who = town.bring(number, "confirmed")
    body = {
        "id": "0193a000-0000-7000-8000-00000000000b", "reason": "It was his brother who signed.", "witness": "李工",
        "refused_at": town.now.isoformat(), "skew_s": 0.0,
    }  # fmt: skip
    answer = town.ask(who, "POST", f"/complaints/{number}/feedback-refusal", body)
    town.works.rest()
    assert (answer.status_code, answer.json()["late"], answer.json()["witness"]) == (202, "already_signed", "李工")
    assert town.stage(number) == "confirmed"
    assert town.cases(number)["feedback_poor"].owner == "manager"
