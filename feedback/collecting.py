"""Taking the form that a customer filled in on somebody's screen: the one way of the API and of the page."""

from datetime import datetime

import intake.queries
from feedback import actions, late
from feedback.entries import RefusedForm, SignedForm
from feedback.models import CustomerFeedback, LateFeedback
from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from foundation.problems import NotAllowed


def collect(
    db: WriteSession, number: str, form: SignedForm | RefusedForm, *, actor: Actor, now: datetime
) -> CustomerFeedback | LateFeedback:
    """Keep a signature or a refusal; what comes too late, or from former crew, is kept beside the case.

    Raises NotAllowed for strangers and what `actions.sign` and `actions.refuse` raise.
    """
    try:
        complaint_id = intake.queries.id_for_change(db, number)
    except NotAllowed:
        return late.from_former_crew(db, number, form, actor=actor, now=now)
    if isinstance(form, SignedForm):
        return actions.sign(db, complaint_id, form, actor=actor, now=now)
    return actions.refuse(db, complaint_id, form, actor=actor, now=now)
