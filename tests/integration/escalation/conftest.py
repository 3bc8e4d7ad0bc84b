"""A region with its people, and complaints in it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from escalation.models import EscalationCase, Rung
from foundation.accounts.roles import Actor, ActorKind, Role
from foundation.database.identity import new_id
from foundation.database.session import WriteSession
from foundation.ledger import recording
from foundation.ledger.models import LedgerEntry
from foundation.notifications.models import Message
from intake.models import Complaint

MINUTES = {
    "acknowledge": 5,
    "accept": 15,
    "on_site_target": 360,
    "on_site_promise": 1440,
    "resolve": 2880,
    "feedback": 30,
    "follow_up": 1440,
}


@dataclass
class Town:
    """People by name, and what a test may do and see; all in one session."""

    db: WriteSession
    now: datetime
    people: dict[str, Actor] = field(default_factory=dict)
    count: int = 0

    def person(
        self, name: str, role: Role, *, region: str = "NYC-BX", deputy: str | None = None, away_for_h: float = 0
    ) -> Actor:
        user_id = new_id()
        self.db.execute(
            text(
                "INSERT INTO users (id, login, name, role, password_hash, language, active, channels, deputy_id, "
                "away_until, created_at) VALUES (:id, :login, :login, :role, 'x', 'en', true, "
                """'["in_app", "email"]', :deputy, :away, :now)"""
            ),
            {
                "id": user_id,
                "login": name,
                "role": role,
                "now": self.now,
                "deputy": self.people[deputy].id if deputy else None,
                "away": self.now + timedelta(hours=away_for_h) if away_for_h else None,
            },
        )
        if role not in {Role.HEAD, Role.ADMIN}:
            self.region(region)
            self.db.execute(text("INSERT INTO user_regions VALUES (:id, :code)"), {"id": user_id, "code": region})
        actor = Actor(kind=ActorKind.USER, id=user_id, label=name, role=role, regions=frozenset({region}))
        self.people[name] = actor
        return actor

    def region(self, code: str) -> None:
        self.db.execute(
            text("INSERT INTO regions VALUES (:code, :code, :code, 'America/New_York') ON CONFLICT DO NOTHING"),
            {"code": code},
        )

    def unit(self, model: str = "ZJ5510") -> UUID:
        unit_id = new_id()
        self.db.execute(
            text(
                "INSERT INTO equipment (id, serial_number, family, model, facts, search, created_at) "
                "VALUES (:id, :serial, 'tower_crane', :model, '{}', '', :now)"
            ),
            {"id": unit_id, "serial": str(unit_id), "model": model, "now": self.now},
        )
        return unit_id

    def complaint(
        self,
        *,
        grade: str = "serious",
        stage: str = "dispatching",
        region: str = "NYC-BX",
        rules: tuple[str, ...] = ("S1",),
        structure: bool | None = None,
        unit: UUID | None = None,
        component: str | None = None,
        symptom: str | None = None,
        called_at: datetime | None = None,
    ) -> Complaint:
        self.region(region)
        self.count += 1
        at = called_at or self.now
        made = Complaint(
            number=f"{at.year}-{self.count:06}",
            year=at.year,
            region_code=region,
            stage=stage,
            grade=grade,
            grade_facts={"structure_or_load": structure},
            grade_rules=list(rules),
            grade_policy_version=1,
            commitments={"policy_version": 1, "minutes": MINUTES},
            called_at=at,
            received_at=at,
            promise_started_at=at,
            source="phone",
            to_be_identified=unit is None,
            to_be_placed=True,
            language="en",
            sentence="It stopped.",
            injury_or_danger=False,
            version=1,
            reopened_count=0,
            pauses=[],
            equipment_id=unit,
            component=component,
            symptom=symptom,
            caller_phone="+12125550100",
            family="tower_crane",
        )
        self.db.add(made)
        self.db.flush()
        recording.record(self.db, made.id, "LOG", actor=self.people["agent"], facts={}, now=at)
        return made

    def open_cases(self, complaint: Complaint) -> list[EscalationCase]:
        self.db.flush()
        return list(
            self.db.scalars(
                select(EscalationCase)
                .where(EscalationCase.complaint_id == complaint.id, EscalationCase.ended_at.is_(None))
                .order_by(EscalationCase.opened_at, EscalationCase.id)
            )
        )

    def rung(self, case: EscalationCase) -> Rung:
        self.db.flush()
        return self.db.scalars(select(Rung).where(Rung.case_id == case.id, Rung.level == case.level)).one()

    def owner(self, case: EscalationCase) -> str | None:
        owner_id = self.rung(case).owner_user_id
        return next((name for name, actor in self.people.items() if actor.id == owner_id), None)

    def told(self, name: str) -> list[str]:
        """Templates of what the person was told, in order."""
        self.db.flush()
        return list(
            self.db.scalars(
                select(Message.template).where(Message.recipient_user_id == self.people[name].id).order_by(Message.id)
            )
        )

    def ledger(self, complaint: Complaint) -> list[str]:
        self.db.flush()
        return list(
            self.db.scalars(
                select(LedgerEntry.step).where(LedgerEntry.subject_id == complaint.id).order_by(LedgerEntry.seq)
            )
        )

    def push(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def people_of() -> Callable[[Town], Town]:
    """The usual people of a region: two dispatchers' deputies, a manager with a deputy, an appraiser, the head."""

    def populate(town: Town) -> Town:
        town.person("agent", Role.AGENT)
        town.person("dispatcher", Role.DISPATCHER)
        town.person("second manager", Role.MANAGER, region="NYC-QN")
        town.person("manager", Role.MANAGER, deputy="second manager")
        town.person("appraiser", Role.APPRAISER)
        town.person("head", Role.HEAD)
        return town

    return populate


@pytest.fixture
def town(db: WriteSession, now: datetime, people_of: Callable[[Town], Town]) -> Town:
    return people_of(Town(db, now))
