"""Builders of intake: a region, people, a complaint that stands where a test wants it."""

from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID

import pytest
from sqlalchemy import text

from foundation.accounts.roles import Actor, ActorKind, Role
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from intake import calls, deadlines, logging, queries, searching
from intake.calls import Call, Logged
from intake.grades import Grade, Graded
from intake.lifecycle import Stage
from intake.models import Complaint, Customer, Equipment, Site

#: Minutes of a serious complaint under the shipped policy.
SERIOUS = {
    "acknowledge": 15,
    "accept": 60,
    "on_site_target": 720,
    "on_site_promise": 1440,
    "resolve": 4320,
    "feedback": 30,
    "follow_up": 4320,
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
        id=complaint_id,
        number=f"2020-{str(complaint_id)[-12:]}",
        year=2020,
        region_code=region,
        stage=stage,
        grade="serious",
        grade_facts={},
        grade_rules=["S1"],
        grade_policy_version=1,
        commitments={"policy_version": 1, "minutes": SERIOUS},
        called_at=now,
        received_at=now,
        promise_started_at=now,
        source="phone",
        to_be_identified=True,
        to_be_placed=True,
        language="en",
        sentence="The hoist stands still.",
        caller_phone="+8613800000001",
        injury_or_danger=False,
        version=1,
        reopened_count=0,
        pauses=[],
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


class Build(Protocol):
    """Makes a complaint as `add_complaint` does."""

    def __call__(
        self, *, stage: Stage = Stage.GRADED, region: str = "north", owner_id: UUID | None = None
    ) -> Complaint: ...


@pytest.fixture
def a_complaint(db: WriteSession, now: datetime) -> Build:
    return partial(add_complaint, db, now=now)


GRADED = Graded(Grade.SERIOUS, ("S1",), ("injury",), 1, SERIOUS)


def add_unit(db: WriteSession, serial_number: str = "ZJ5510-50", *, now: datetime, region: str = "north") -> Equipment:
    """A tower crane of 华跃建筑 on a site in 长沙 with a position."""
    add_region(db, region)
    customer = Customer(
        name="华跃建筑",
        name_pinyin="huayuejianzhu",
        name_initials="hyjz",
        kind="company",
        phone="+8673155550101",
        language="zh-CN",
        region_code=region,
        search=searching.vector(searching.name_words("华跃建筑") | searching.phone_words("+8673155550101")),
        created_at=now,
    )
    db.add(customer)
    db.flush()
    site = Site(
        customer_id=customer.id,
        name="梅溪湖工地",
        address="长沙市岳麓区",
        region_code=region,
        latitude=28.19,
        longitude=112.89,
        position_radius_m=30.0,
        position_source="survey",
        search=searching.vector(searching.name_words("梅溪湖工地")),
        created_at=now,
    )
    db.add(site)
    db.flush()
    unit = Equipment(
        serial_number=serial_number,
        family="tower crane",
        model="ZJ5510",
        customer_id=customer.id,
        site_id=site.id,
        region_code=region,
        search=searching.vector(searching.serial_words(serial_number)),
        created_at=now,
    )
    db.add(unit)
    db.flush()
    return unit


def take(db: WriteSession, call: Call, *, actor: Actor, now: datetime, graded: Graded = GRADED) -> Logged:
    """Look up and log, as the hotline does, with a grade given by hand."""
    call = calls.ordered(call, now=now)
    context = queries.call_context(
        db,
        serial_number=call.serial_number,
        customer_id=call.customer_id,
        caller_phone=call.caller_phone,
        site_id=call.site_id,
        now=now,
    )
    return logging.log(db, call, context=context, graded=graded, actor=actor, now=now)
