"""The numbers of dispatch: shipped, saved as versions, in force by date, stamped on a search, never changed."""

from datetime import datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from dispatch import actions, explaining, policies, policy
from dispatch.errors import DispatchPolicyChanged, DispatchPolicyUnfit
from dispatch.models import Decision, Offer
from dispatch.policy import SHIPPED, Numbers, Policy
from foundation.database.session import WriteSession
from foundation.ledger.models import LedgerEntry
from foundation.problems import FieldWrong
from tests.integration.dispatch.field import AT, DESK, add_complaint, add_technician

NUMBERS = policy.numbers_of(SHIPPED)
#: An offer of a general complaint waits for twenty minutes instead of thirty.
QUICKER = msgspec.structs.replace(NUMBERS, general=msgspec.structs.replace(NUMBERS.general, offer_life_min=20))


def saved(db: WriteSession, numbers: Numbers = QUICKER, *, based_on: int = 1, at: datetime = AT) -> Policy:
    found = actions.save_policy(db, numbers, based_on=based_on, valid_from=at, actor=DESK, now=AT)
    db.flush()
    return found


def life_of(db: WriteSession, decision: Decision) -> timedelta:
    offer = db.scalars(select(Offer).where(Offer.decision_id == decision.id)).one()
    return offer.lapses_at - offer.offered_at


def test_the_shipped_policy_is_version_1(db: WriteSession) -> None:
    assert policies.in_force(db, now=AT) == SHIPPED
    assert policies.of_version(db, 1) == SHIPPED


def test_a_version_counts_from_its_date_and_is_witnessed(db: WriteSession) -> None:
    saved(db, at=AT + timedelta(hours=5))
    assert policies.in_force(db, now=AT + timedelta(hours=4)).version == 1
    assert policies.in_force(db, now=AT + timedelta(hours=5)) == policy.numbered(QUICKER, 2)
    entry = db.scalars(select(LedgerEntry).where(LedgerEntry.step == "policy.saved")).one()
    assert (entry.facts["policy"], entry.facts["version"]) == ("dispatch", 2)


def test_a_search_keeps_the_policy_with_which_it_began(db: WriteSession) -> None:
    before, after = add_complaint(db), add_complaint(db)
    add_technician(db, 1, km=5)
    actions.decide(db, before.id, actor=DESK, now=AT)
    saved(db)
    actions.lapse_due(db, now=AT + timedelta(minutes=30))
    add_technician(db, 2, km=6)
    actions.decide(db, before.id, actor=DESK, now=AT + timedelta(minutes=31))
    actions.decide(db, after.id, actor=DESK, now=AT + timedelta(minutes=31))
    first, second = db.scalars(select(Decision).where(Decision.complaint_id == before.id).order_by(Decision.id))
    (third,) = db.scalars(select(Decision).where(Decision.complaint_id == after.id))
    assert [each.policy_version for each in (first, second, third)] == [1, 1, 2]
    assert life_of(db, second) == timedelta(minutes=30)
    assert life_of(db, third) == timedelta(minutes=20)
    assert all(explaining.replay(each).identical for each in (first, second, third))


def test_a_preview_follows_the_policy_in_force(db: WriteSession) -> None:
    complaint = add_complaint(db)
    add_technician(db, 1)
    saved(db)
    _, chosen = explaining.preview(db, complaint, now=AT)
    assert chosen.lapses_at == AT + timedelta(minutes=20)


def test_of_two_who_save_the_second_is_told(db: WriteSession) -> None:
    saved(db)
    with pytest.raises(DispatchPolicyChanged):
        saved(db, based_on=1)
    assert saved(db, based_on=2).version == 3


def test_numbers_that_serve_graver_complaints_worse_are_refused(db: WriteSession) -> None:
    slower = msgspec.structs.replace(NUMBERS, major=msgspec.structs.replace(NUMBERS.major, rings=1, ask_again_min=90))
    with pytest.raises(DispatchPolicyUnfit):
        saved(db, slower)
    with pytest.raises(FieldWrong):
        saved(db, at=AT - timedelta(minutes=1))


@pytest.mark.parametrize(
    "change",
    ["UPDATE dispatch_policies SET version = 7", "DELETE FROM dispatch_policies", "TRUNCATE dispatch_policies CASCADE"],
)
def test_a_saved_version_is_never_changed(db: WriteSession, change: str) -> None:
    with pytest.raises(DBAPIError):
        db.execute(text(change))


def test_no_search_follows_a_policy_that_isnt_there(db: WriteSession) -> None:
    complaint = add_complaint(db)
    add_technician(db, 1)
    actions.decide(db, complaint.id, actor=DESK, now=AT)
    with pytest.raises(IntegrityError):
        db.execute(text("UPDATE rounds SET policy_id = gen_random_uuid()"))
