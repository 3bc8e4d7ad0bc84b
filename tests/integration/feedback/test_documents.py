"""From the signature to the paper in the customer's hand."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from feedback import customers, documents, queries
from feedback.documents import RecordBroken
from feedback.models import CustomerFeedback, Document
from feedback.paper import House
from foundation.accounts.roles import system
from foundation.database.session import EVERYTHING, WriteSession
from foundation.documents.files import FolderStore
from foundation.problems import NotFound
from intake.errors import LinkDead
from tests.integration.feedback.forms import SIGNED_AT, repaired, signs
from tests.integration.visits.site import Job, a_job, enter, steps

HOUSE = House("华岳起重", "Huayue Lifting", "400-000-0000", "https://callout.example")
LATER = SIGNED_AT + timedelta(seconds=2)


@pytest.fixture
def files(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


@pytest.fixture
def job(db: WriteSession) -> Job:
    return repaired(db)


def paper_of(db: WriteSession, row: CustomerFeedback, files: FolderStore) -> Document | None:
    made = documents.rendered(row, files=files, house=HOUSE)
    document = documents.write_down(db, made, actor=system("test"), now=LATER)
    db.flush()
    return document


def test_a_signature_becomes_a_paper_kept_by_its_hash_and_told_in_the_ledger(
    db: WriteSession, job: Job, files: FolderStore
) -> None:
    document = paper_of(db, signs(db, job), files)
    assert document is not None
    assert files.read(document.sha256).startswith(b"%PDF")
    assert steps(db, job.complaint.id)[-1] == "document.made"
    assert queries.document(db, job.complaint.id, document.id) is document


def test_making_the_paper_twice_gives_one_document(db: WriteSession, job: Job, files: FolderStore) -> None:
    row = signs(db, job)
    first = documents.rendered(row, files=files, house=HOUSE)
    second = documents.rendered(row, files=files, house=HOUSE)
    assert first.file == second.file
    assert paper_of(db, row, files) is not None
    assert paper_of(db, row, files) is None
    assert len(queries.documents_of(db, job.complaint.id)) == 1


def test_no_paper_is_made_from_a_record_that_was_tampered_with(db: WriteSession, job: Job, files: FolderStore) -> None:
    row = signs(db, job)
    db.expunge(row)
    row.record = row.record.replace('"satisfaction":6', '"satisfaction":7')
    with pytest.raises(RecordBroken):
        documents.rendered(row, files=files, house=HOUSE)


def test_a_file_that_rotted_is_found_by_sampling(db: WriteSession, job: Job, files: FolderStore) -> None:
    document = paper_of(db, signs(db, job), files)
    assert document is not None
    ((document_id, sha256),) = documents.to_sample(db, limit=5)
    documents.note_sample(db, {document_id: files.verify(sha256)}, now=LATER)
    assert document.damaged_at is None
    path = next(path for path in files.root.rglob(sha256))
    path.chmod(0o600)
    path.write_bytes(b"%PDF-1.7 something else")
    documents.note_sample(db, {document_id: files.verify(sha256)}, now=LATER)
    assert document.damaged_at == LATER


def test_the_customer_signs_on_their_own_phone_by_a_link_made_for_it(db: WriteSession, job: Job) -> None:
    token, expires_at = customers.invite(db, job.complaint.id, actor=job.actor, now=SIGNED_AT)
    db.flush()
    actor = customers.actor_of(db, token, purposes=customers.TO_SIGN, now=LATER)
    assert actor.case_id == job.complaint.id
    row = signs(db, job, actor=actor)
    assert (row.via, job.complaint.stage) == ("link", "confirmed")
    assert expires_at > LATER


def test_a_link_for_following_a_case_does_not_sign(db: WriteSession, job: Job) -> None:
    token, expires_at = customers.invite(db, job.complaint.id, actor=job.actor, now=SIGNED_AT)
    db.flush()
    with pytest.raises(LinkDead):
        customers.actor_of(db, token, purposes=frozenset({customers.FOLLOW}), now=LATER)
    with pytest.raises(LinkDead):
        customers.actor_of(db, token, purposes=customers.TO_SIGN, now=expires_at)


def test_a_new_link_closes_the_one_before(db: WriteSession, job: Job) -> None:
    first, _ = customers.invite(db, job.complaint.id, actor=job.actor, now=SIGNED_AT)
    db.flush()
    customers.invite(db, job.complaint.id, actor=job.actor, now=LATER)
    with pytest.raises(LinkDead):
        customers.actor_of(db, first, purposes=customers.TO_SIGN, now=LATER)


def test_the_hash_on_the_paper_proves_the_record_and_an_unknown_one_proves_nothing(db: WriteSession, job: Job) -> None:
    row = signs(db, job)
    found, complaint, _ = queries.by_record(db, row.record_sha256)
    assert (found.id, complaint.number) == (row.id, job.complaint.number)
    with pytest.raises(NotFound):
        queries.by_record(db, "0" * 64)


def test_nobody_reads_the_feedback_of_a_case_they_may_not_see(db: WriteSession) -> None:
    jobs = [a_job(db, 1), a_job(db, 2)]
    for each in jobs:
        each.repairs(db)
        signs(db, each)
    other = jobs[1]
    enter(db, other.actor.scope)
    seen = set(db.scalars(select(CustomerFeedback.complaint_id)))
    enter(db, EVERYTHING)
    assert seen == {other.complaint.id}
