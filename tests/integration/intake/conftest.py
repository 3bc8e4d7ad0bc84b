"""Builders of intake: a region, people, a complaint that stands where a test wants it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from foundation.accounts.roles import Actor, ActorKind, Role
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from intake import deadlines
from intake.lifecycle import Stage
from intake.models import Complaint

#: Minutes of a serious complaint under the shipped policy.
SERIOUS = {
    "acknowledge": 15, "accept": 60, "on_site_target": 720, "on_site_promise": 1440, "resolve": 4320,
    "feedback": 30, "follow_up": 4320,
}


def add_region(db: WriteSession, code: str = "north") -> None:
    db.execute(
        text(
            "INSERT INTO regions (code, name_zh, name_en, timezone) VALUES (:code, '北区', :code, 'Asia/Shanghai') "
            "ON CONFLICT DO NOTHING"
        ),
        {"code": code},
    )


def add_user(db: WriteSession, role: Role, *, now: datetime, region: str = "north", login: str | None = None) -> Actor:
    """A person in the database and the actor they are."""
    user_id = new_id()
    label = login or f"{role}-{str(user_id)[-8:]}"
    db.execute(
        text(
            "INSERT INTO users (id, login, name, role, password_hash, language, active, channels, created_at) "
            "VALUES (:id, :login, :login, :role, 'x', 'en', true, '[]', :now)"
        ),
        {"id": user_id, "login": label, "role": role, "now": now},
    )
    return Actor(kind=ActorKind.USER, id=user_id, label=label, role=role, regions=frozenset({region}))


def add_complaint(
    db: WriteSession, *, now: datetime, stage: Stage = Stage.GRADED, region: str = "north", owner_id: UUID | None = None
) -> Complaint:
    """A serious complaint called in at `now`, with the deadlines of its stage."""
    add_region(db, region)
    complaint_id = new_id()
    complaint = Complaint(
        id=complaint_id, number=f"2020-{str(complaint_id)[-12:]}", year=2020, region_code=region, stage=stage,
        grade="serious", grade_facts={}, grade_rules=["S1"], grade_policy_version=1,
        commitments={"policy_version": 1, "minutes": SERIOUS}, called_at=now, received_at=now, promise_started_at=now,
        source="phone", to_be_identified=True, to_be_placed=True, language="en", sentence="The hoist stands still.",
        caller_phone="+8613800000001", injury_or_danger=False, version=1, reopened_count=0, pauses=[], search="",
        owner_id=owner_id,
    )
    db.add(complaint)
    db.flush()
    deadlines.settle(db, complaint, at=now, now=now)
    db.flush()
    return complaint


@pytest.fixture
def technician(db: WriteSession, now: datetime) -> Actor:
    return add_user(db, Role.TECHNICIAN, now=now)


@pytest.fixture
def dispatcher(db: WriteSession, now: datetime) -> Actor:
    return add_user(db, Role.DISPATCHER, now=now)


@pytest.fixture
def agent(db: WriteSession, now: datetime) -> Actor:
    return add_user(db, Role.AGENT, now=now)


@pytest.fixture
def a_complaint(db: WriteSession, now: datetime) -> Callable[..., Complaint]:
    def build(**wanted: object) -> Complaint:
        return add_complaint(db, now=now, **wanted)  # type: ignore[arg-type]

    return build
