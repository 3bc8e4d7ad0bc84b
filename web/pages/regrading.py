"""Grading a case anew from its page: its questions with the present answers, and what a form changes of them. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from severity.schemas import Regrading
from web.forms import Form, shaped
from web.pages import calling
from web.pages.calling import ANSWER, ASKED, UNKNOWN, Question

#: How the field begins that says which answer the form showed as the present one.
SHOWN_AS: Final = "shown."


def questions(answers: Mapping[str, object]) -> list[Question]:
    """The grading questions of a case with its present answers chosen.

    "Don't know" is offered for what nobody knows yet only: a question that was answered doesn't become unanswered again.
    """
    given = {name: value for name, value in answers.items() if value is not None}
    form = {ANSWER + name: str(given.get(name, UNKNOWN)).lower() for name in ASKED}
    return [_without_unknown(each) if each.name in given else each for each in calling.questions(form)]


def regraded(form: Form) -> Regrading:
    """What the form changes, shaped as the API's. Answers that stand as they were shown are left out: what somebody
    else has learned meanwhile isn't undone by a form that was opened before. Raises FieldWrong.
    """
    given = {name: form.get(ANSWER + name, "") for name in ASKED}
    facts = {
        name: answer
        for name, answer in given.items()
        if answer not in {"", UNKNOWN} and answer != form.get(SHOWN_AS + name)
    }
    rest = {name: form.get(name, "") for name in ("wanted", "reason")}
    return shaped({"facts": facts, **rest}, Regrading)


def _without_unknown(question: Question) -> Question:
    return replace(question, choices=tuple(each for each in question.choices if each.value != UNKNOWN))
