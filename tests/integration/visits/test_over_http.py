"""A technician's phone and a customer's phone over the wire."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest
from PIL import Image
from sqlalchemy import select, text

import dispatch.actions
import feedback.jobs
from dispatch.models import Offer
from feedback.events import FeedbackSigned
from feedback.paper import House
from foundation.accounts import actions
from foundation.accounts.roles import Role, system
from foundation.clock import HandClock
from foundation.database.identity import new_id
from foundation.database.server import Server
from foundation.database.session import unit_of_work
from foundation.jobs.job import JobContext
from foundation.language import Language
from intake.grades import Grade
from tests.integration.dispatch.field import AT, DESK, add_complaint, add_technician
from tests.integration.feedback.forms import a_signature
from tests.integration.visits.site import ACCEPTED, Job, a_report
from tests.serving import Served, hash_of, serving, system_for

pytestmark = pytest.mark.committed

HOUSE = House("华岳起重", "Huayue Lifting", "400-000-0000", "https://callout.example")
PASSWORD = "a long enough password"
LATER = AT + timedelta(hours=3)


@pytest.fixture
def served(database: Server, tmp_path: Path) -> Iterator[Served]:
    with serving(system_for(database.app_url, tmp_path, clock=HandClock(LATER))) as found:
        yield found


@pytest.fixture
def job(served: Served) -> Job:
    sessions = served.system.sessions
    with unit_of_work(sessions) as db:
        complaint = add_complaint(db, Grade.SERIOUS)
        hand = add_technician(db, 1)
        actions.add_user(
            db, "model", name="model", role=Role.AGENT, regions=["east"], password_hash=hash_of(PASSWORD),
            language=Language.ENGLISH, actor=system("test"), now=AT,
        )  # fmt: skip
        db.execute(
            text(
                "UPDATE users SET password_hash = m.password_hash FROM users m WHERE m.login = 'model' AND users.id = :id"
            ),
            {"id": hand.actor.id},
        )
        dispatch.actions.decide(db, complaint.id, actor=DESK, now=ACCEPTED)
    with unit_of_work(sessions) as db:
        assignment = dispatch.actions.accept(db, db.scalars(select(Offer.id)).one(), actor=hand.actor, now=ACCEPTED)
    return Job(complaint, assignment, hand)


@pytest.fixture
def phone(served: Served, job: Job) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, headers={"Accept-Language": "en"}) as client:
        client.post("/sign-in", data={"login": job.actor.label, "password": PASSWORD, "back": "/"})
        client.headers["x-csrf-token"] = client.get("/api/v1/session").json()["csrf"]
        yield client


def send(client: httpx.Client, path: str, body: object) -> httpx.Response:
    headers = {"Idempotency-Key": str(new_id()), "Content-Type": "application/json"}
    return client.post(f"/api/v1{path}", content=json.dumps(body), headers=headers)


def queue_of(job: Job) -> list[object]:
    said = [
        job.says("set_off", minutes=5),
        job.says("arrived", minutes=40),
        job.says("finished", minutes=120, report=a_report()),
    ]
    return [msgspec.to_builtins(command) for command in said]


def a_photo(side: int = 64) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(written, "PNG")
    return written.getvalue()


def add_photo(client: httpx.Client, job: Job, content: bytes) -> httpx.Response:
    return client.post(
        f"/api/v1/complaints/{job.complaint.number}/photos",
        data={
            "id": str(new_id()),
            "role": "before",
            "taken_at": AT.isoformat(),
            "latitude": "31.23",
            "longitude": "121.47",
        },
        files={"image": ("a.png", content, "image/png")},
        headers={"Idempotency-Key": str(new_id())},
    )


def test_a_queue_sent_twice_gets_the_same_receipts(phone: httpx.Client, job: Job) -> None:
    body = {"commands": queue_of(job)}
    first, second = send(phone, "/commands", body), send(phone, "/commands", body)
    assert first.status_code == 200, first.text
    assert [answer["outcome"] for answer in first.json()["answers"]] == ["applied"] * 3
    assert [answer["stage"] for answer in second.json()["answers"]] == [
        answer["stage"] for answer in first.json()["answers"]
    ]
    assert all(answer["replayed"] for answer in second.json()["answers"])


def test_one_command_goes_under_its_own_id(phone: httpx.Client, job: Job) -> None:
    command = msgspec.to_builtins(job.says("set_off", minutes=5))
    headers = {"Idempotency-Key": str(new_id())}
    answer = phone.put(f"/api/v1/commands/{command['id']}", json=command, headers=headers)
    assert (answer.status_code, answer.json()["stage"]) == (200, "en_route"), answer.text
    other = phone.put(f"/api/v1/commands/{new_id()}", json=command, headers={"Idempotency-Key": str(new_id())})
    assert other.status_code == 422


def test_a_photo_is_taken_and_given_back_redrawn(phone: httpx.Client, job: Job) -> None:
    answer = add_photo(phone, job, a_photo())
    assert answer.status_code == 201, answer.text
    given = phone.get(f"/api/v1/complaints/{job.complaint.number}/photos/{answer.json()['id']}")
    assert (given.status_code, given.headers["content-type"], given.content[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")


@pytest.mark.parametrize(
    ("content", "code"), [(b"%PDF-1.7", "photo-not-an-image"), (b"\xff\xd8\xff" + bytes(8_100_000), "photo-too-large")]
)
def test_a_photo_that_is_none_is_refused_with_the_reason(
    phone: httpx.Client, job: Job, content: bytes, code: str
) -> None:
    answer = add_photo(phone, job, content)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith(code)


def test_the_customer_signs_on_their_own_phone_and_the_paper_can_be_verified(
    phone: httpx.Client, served: Served, job: Job
) -> None:
    send(phone, "/commands", {"commands": queue_of(job)})
    number = job.complaint.number
    token = send(phone, f"/complaints/{number}/feedback-invitation", None).json()["token"]
    with httpx.Client(base_url=served.url) as customer:
        shown = send(customer, "/customer/feedback-form", {"token": token}).json()
        form = {
            "id": str(new_id()), "signer_name": "赵龑", "shown_sha256": shown["shown_sha256"],
            "signed_at": LATER.isoformat(), "signature": msgspec.to_builtins(a_signature()),
            "answers": {"satisfaction": 7, "quality": 7, "speed": 7, "attitude": 7, "information": 7, "safety": 7},
        }  # fmt: skip
        signed = send(customer, "/customer/feedback", {"token": token, "form": form})
        assert signed.status_code == 201, signed.text
        record = customer.get(f"/api/v1/records/{signed.json()['record_sha256']}")
        assert (record.status_code, record.json()["number"]) == (200, number)
        none_yet = send(customer, "/customer/document", {"token": token})
        assert none_yet.status_code == 404
        event = FeedbackSigned(subject_id=job.complaint.id, feedback_id=UUID(form["id"]), satisfaction=7)
        context = JobContext(served.system.sessions, served.system.clock)
        feedback.jobs.render(context, event, files=served.system.files, house=HOUSE)
        paper = send(customer, "/customer/document", {"token": token})
        assert (paper.status_code, paper.content[:4]) == (200, b"%PDF")
        dead = send(customer, "/customer/feedback-form", {"token": "x" * 43})
        assert dead.status_code == 404
    seen = phone.get(f"/api/v1/complaints/{number}/feedback").json()
    assert (seen["feedback"][0]["via"], seen["follow_ups"][0]["state"]) == ("link", "open")
