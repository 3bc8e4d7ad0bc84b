"""People who act: what each sees, and what they then do over HTTP. Tempers say how and when."""

import io
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from PIL import Image

from app.replay import looking, tempers
from app.replay.client import Api, Json
from app.replay.ground import DAY_BEGINS, People, Worker
from app.replay.looking import OpenCall, OpenCase, OpenJob, OpenOffer, Unseen, Unsigned
from app.replay.scenario import PlannedCall
from app.replay.wording import ENGLISH, Wording
from foundation.clock import Clock
from foundation.database.identity import new_id
from foundation.database.session import ReadSession

#: How long before it is asked for an owner says how an escalation goes.
BEFORE_IT_IS_DUE: Final = timedelta(minutes=5)
#: Minutes from the begin of the day to the first call: time to sign on.
FIRST_CALL_MIN: Final = 25.0
#: Minutes after a second call about the same until the desk merges it.
MERGES_MIN: Final = 12.0
#: Minutes until somebody with work in hand tries to go home again.
STAYS_ON_MIN: Final = 12.0
#: Minutes before the date given for resuming at which technicians come back.
RESUMES_EARLY_MIN: Final = 10
#: Degrees beside the middle of the site: inside the fence, and outside of it.
INSIDE: Final = 0.0005
OUTSIDE: Final = 0.009
#: Levels of the ladder from which on the head of service ends cases.
HEAD_LEVEL: Final = 4
#: Reasons that end with the customer's word, and those that end with somebody's arrival.
_OF_FEEDBACK: Final = ("feedback_poor", "feedback_refused", "not_solved")
_OF_ARRIVAL: Final = (
    "accept_missed", "acknowledge_missed", "nobody_left", "promise_at_risk", "promise_broken", "target_missed",
)  # fmt: skip
_WORK_OVER: Final = frozenset({"repaired", "confirmed", "closed", "merged", "withdrawn", "rerouted"})


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do at an instant of the day; `key` names it, so that it is done once."""

    key: str
    due_at: datetime
    do: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Town:
    """All bots together."""

    api: Api
    people: People
    clock: Clock
    seed: int
    #: Number of the complaint by number of the planned call.
    numbers: dict[int, str] = field(default_factory=dict)
    #: Technicians with work in hand, as last seen.
    at_work: set[UUID] = field(default_factory=set)
    photo: bytes = b""
    #: What they say where somebody would type.
    wording: Wording = ENGLISH

    def plans(self, calls: list[PlannedCall]) -> Iterator[Act]:
        """What is known before the day begins: the calls, and who comes and goes when."""
        self.photo = picture()
        for call in calls:
            due_at = DAY_BEGINS + timedelta(minutes=FIRST_CALL_MIN + call.at_min)
            yield Act(f"call/{call.number}", due_at, lambda call=call: self.call(call))  # type: ignore[misc]  # bound now
            if call.repeats is not None:
                merge_at = due_at + timedelta(minutes=MERGES_MIN)
                yield Act(f"merge/{call.number}", merge_at, lambda call=call: self.merge(call))  # type: ignore[misc]
        for worker in self.people.workers.values():
            yield Act(f"on/{worker.login}", worker.on_at, lambda worker=worker: self.sign_on(worker))  # type: ignore[misc]
            yield Act(f"off/{worker.login}", worker.off_at, lambda worker=worker: self.sign_off(worker))  # type: ignore[misc]

    def hurried(self, look: ReadSession) -> Iterator[Act]:
        """What can't wait: offers and work on the way."""
        open_jobs = looking.jobs(look)
        self.at_work = {job.technician_id for job in open_jobs}
        for offer in looking.offers(look):
            yield from self._offer(offer)
        for job in open_jobs:
            yield from self._job(job)

    def unhurried(self, look: ReadSession) -> Iterator[Act]:
        """What people get round to: signatures, acknowledgements, calls, escalations."""
        for unsigned in looking.unsigned(look):
            yield from self._unsigned(unsigned)
        for unseen in looking.unseen(look):
            yield self._unseen(unseen)
        for call in looking.calls(look):
            yield self._follow_up(call)
        for case in looking.cases(look):
            yield from self._case(case)

    async def call(self, call: PlannedCall) -> None:
        """Somebody rings; an agent of the region takes the call, or the telephone system does."""
        region = call.unit.region_code
        agents = self.people.agents[region]
        body: dict[str, object] = {
            "caller_phone": call.phone, "caller_name": call.caller, "signer_name": call.caller,
            "sentence": call.fault.sentence, "component": call.fault.component, "symptom": call.fault.symptom,
            "serial_number": call.serial_given, "region_code": region, "language": self.wording.language,
            "facts": dict(call.facts), "source": "api" if call.by_token else "phone",
        }  # fmt: skip
        if not call.knows_serial:
            body |= {"family": call.unit.family, "latitude": call.unit.latitude, "longitude": call.unit.longitude}
        login = None if call.by_token else agents[call.number % len(agents)]
        answer = await self.api.post("/complaints", body, login=login)
        self.numbers[call.number] = str(answer["number"])

    async def merge(self, call: PlannedCall) -> None:
        """The desk merges a second call into the first; where that is no longer possible, both go on."""
        number, into = self.numbers.get(call.number), self.numbers.get(call.repeats if call.repeats is not None else -1)
        if number and into:
            login = self.people.dispatchers[call.unit.region_code]
            body = {"into": into, "reason": self.wording.merges}
            await self.api.post(f"/complaints/{number}/merging", body, login=login)

    async def sign_on(self, worker: Worker) -> None:
        """A shift begins: sign on, show where."""
        await self.api.post("/technicians/me/duty", {"state": "on"}, login=worker.login)
        await self._show(worker, *worker.home)

    async def sign_off(self, worker: Worker) -> None:
        """A shift ends, for somebody with work in hand only when that is done."""
        if worker.technician_id in self.at_work:
            raise NotYet(STAYS_ON_MIN)
        await self.api.post("/technicians/me/duty", {"state": "off"}, login=worker.login)

    def _offer(self, offer: OpenOffer) -> Iterator[Act]:
        life_min = (offer.lapses_at - offer.offered_at) / timedelta(minutes=1)
        # The dice are of the person and the case, not of the row's random id: a replay of the seed asks the same.
        key = f"{self.seed}/{offer.number}/{self.people.workers[offer.technician_id].login}"
        answer = tempers.offer_answer(key, life_min=life_min)
        due_at = offer.offered_at + timedelta(minutes=answer.after_min)
        login = self.people.workers[offer.technician_id].login
        if answer.what == "accept":
            yield self._act(f"offer/{offer.id}", due_at, f"/offers/{offer.id}/acceptance", None, login)
        elif answer.what == "decline":
            yield self._act(
                f"offer/{offer.id}", due_at, f"/offers/{offer.id}/decline", {"reason": answer.reason}, login
            )

    def _job(self, job: OpenJob) -> Iterator[Act]:
        worker = self.people.workers[job.technician_id]
        temper = tempers.job(
            f"{self.seed}/{job.number}/{worker.login}", grade=job.grade, is_lead=job.crew_role == "lead",
            visits_before=job.visits_before,
        )  # fmt: skip
        found = _next_step(job, temper)
        if found is not None:
            step, due_at = found
            key = f"job/{job.assignment_id}/{step}/{job.visits_before}"
            yield Act(key, due_at, lambda: self._work(job, worker, temper, step))

    async def _work(self, job: OpenJob, worker: Worker, temper: tempers.Job, step: str) -> None:
        """One command of the phone, and what goes with it."""
        command, photo_id = _command(job, temper, step, wording=self.wording, at=self.clock.now())
        answer = await self.api.post("/commands", {"commands": [command]}, login=worker.login)
        self._note_command(answer)
        if photo_id is not None:
            fields = {"id": str(photo_id), "role": "evidence", "taken_at": self.clock.now().isoformat()}
            await self.api.upload(f"/complaints/{job.number}/photos", self.photo, fields, login=worker.login)
        if step in {"finished", "handed_back"} and job.latitude is not None and job.longitude is not None:
            await self._show(worker, job.latitude, job.longitude)

    def _note_command(self, answer: Json) -> None:
        for each in _list(answer, "answers"):
            if each.get("outcome") != "applied":
                self.api.tally.refusals[f"command {each.get('outcome')} {each.get('reason')}"] += 1

    async def _show(self, worker: Worker, latitude: float, longitude: float) -> None:
        body = {"latitude": latitude, "longitude": longitude, "accuracy_m": 15.0, "at": self.clock.now().isoformat()}
        await self.api.post("/technicians/me/position", body, login=worker.login)

    def _unsigned(self, unsigned: Unsigned) -> Iterator[Act]:
        if unsigned.technician_id is None:
            return
        key = f"{self.seed}/{unsigned.number}/{unsigned.round}"
        word = tempers.word(key)
        login = self.people.workers[unsigned.technician_id].login
        due_at = unsigned.repaired_at + timedelta(minutes=word.after_min)
        yield Act(f"word/{unsigned.complaint_id}/{unsigned.round}", due_at,
                  lambda: self._word(unsigned, word, login, key))  # fmt: skip

    async def _word(self, unsigned: Unsigned, word: tempers.Word, login: str, key: str) -> None:
        """The customer refuses, or signs: on the technician's phone or by a link on their own."""
        base = f"/complaints/{unsigned.number}"
        if word.refuses:
            body = {
                "id": str(new_id()), "reason": self.wording.refuses, "witness": self.wording.witness,
                "refused_at": self.clock.now().isoformat(), "skew_s": 0.0,
            }  # fmt: skip
            await self.api.post(f"{base}/feedback-refusal", body, login=login)
        elif word.by_link:
            agent = self.people.agents[unsigned.region_code][0]
            invitation = await self.api.post(f"{base}/feedback-invitation", None, login=agent)
            token = {"token": str(invitation["token"])}
            shown = await self.api.post_public("/customer/feedback-form", token)
            form = self._form(word, key, str(shown["shown_sha256"]))
            await self.api.post_public("/customer/feedback", {**token, "form": form})
        else:
            shown = await self.api.get(f"{base}/feedback-form", login=login)
            await self.api.post(f"{base}/feedback", self._form(word, key, str(shown["shown_sha256"])), login=login)

    def _form(self, word: tempers.Word, key: str, shown_sha256: str) -> Json:
        return {
            "id": str(new_id()), "signer_name": self.wording.signer, "shown_sha256": shown_sha256,
            "answers": {"satisfaction": word.satisfaction, **tempers.answers(word.satisfaction, key)},
            "signature": _SIGNATURE, "signed_at": self.clock.now().isoformat(), "skew_s": 0.0,
        }  # fmt: skip

    def _unseen(self, unseen: Unseen) -> Act:
        minutes = tempers.acknowledgement(f"{self.seed}/{unseen.number}")
        login = self.people.agents[unseen.region_code][0]
        due_at = unseen.received_at + timedelta(minutes=minutes)
        return self._act(
            f"seen/{unseen.complaint_id}", due_at, f"/complaints/{unseen.number}/acknowledgement", None, login
        )

    def _follow_up(self, call: OpenCall) -> Act:
        tried = tempers.follow_up(f"{self.seed}/{call.number}/{call.round}", tries=call.tries)
        login = self.people.agents[call.region_code][-1]
        due_at = call.since + timedelta(minutes=tried.after_min)
        key = f"follow-up/{call.complaint_id}/{call.round}/{call.tries}"
        base = f"/complaints/{call.number}/follow-up"
        if not tried.reached:
            return self._act(key, due_at, f"{base}/attempts", {"reached": "no_answer"}, login)
        return self._act(key, due_at, f"{base}/answer", {"solved": tried.solved}, login)

    def _case(self, case: OpenCase) -> Iterator[Act]:
        """The owner acknowledges and says how it goes; the manager ends it when its cause is over."""
        temper = tempers.ownership(f"{self.seed}/{case.reason}/{case.region_code}/{case.rung_opened_at:%d%H%M}")
        if case.acknowledged_at is None:
            if case.owner_user_id is not None:
                due_at = case.rung_opened_at + timedelta(minutes=temper.after_min)
                path = f"/escalations/{case.id}/acknowledgement"
                login = self.people.logins[case.owner_user_id]
                yield self._act(f"own/{case.rung_id}/{case.owner_user_id}", due_at, path, {"on_behalf": False}, login)
        elif _cause_is_over(case):
            due_at = case.acknowledged_at + timedelta(minutes=temper.ends_after_min)
            outcome = "refusal_confirmed" if case.reason == "feedback_refused" else "remedied"
            body = {"outcome": outcome, "text": self.wording.remedied}
            login = "head" if case.level >= HEAD_LEVEL else self.people.managers[case.region_code]
            yield self._act(f"end/{case.id}", due_at, f"/escalations/{case.id}/outcome", body, login)
        elif case.act_due_at is not None and case.owner_user_id is not None:
            due_at = case.act_due_at - BEFORE_IT_IS_DUE
            path = f"/escalations/{case.id}/progress"
            login = self.people.logins[case.owner_user_id]
            body = {"text": "The work goes on; the customer knows."}
            yield self._act(f"progress/{case.rung_id}/{case.act_due_at}", due_at, path, body, login)

    def _act(self, key: str, due_at: datetime, path: str, body: Mapping[str, object] | None, login: str) -> Act:
        """An act that is one request."""

        async def send() -> None:
            await self.api.post(path, body, login=login)

        return Act(key, due_at, send)


class NotYet(Exception):
    """The act has to wait some minutes of the day."""

    def __init__(self, minutes: float) -> None:
        """Keep how long."""
        super().__init__()
        self.minutes = minutes


def _next_step(job: OpenJob, temper: tempers.Job) -> tuple[str, datetime] | None:
    """What this technician does next, and when; None while there is nothing to do."""
    minute = timedelta(minutes=1)
    if job.crew_role == "lead" and job.stage == "suspended":
        return None if job.resume_at is None else ("resumed", job.resume_at - RESUMES_EARLY_MIN * minute)
    if job.set_off_at is None:
        since = max(job.accepted_at, job.resumed_at or job.accepted_at)
        return "set_off", since + temper.set_off_min * minute
    if job.arrived_at is None:
        return "arrived", job.set_off_at + job.travel_min * temper.travel_factor * minute
    if job.crew_role != "lead":
        return "finished", job.arrived_at + 0.9 * temper.work_min * minute
    ends = {"finish": "finished", "suspend": "suspended", "hand_back": "handed_back"}[temper.ends]
    return ends, job.arrived_at + temper.work_min * minute


def _command(
    job: OpenJob, temper: tempers.Job, step: str, *, wording: Wording, at: datetime
) -> tuple[Json, UUID | None]:
    """The phone's command, and the id of a photo that goes with it."""
    head: dict[str, object] = {
        "kind": step, "id": str(new_id()), "assignment_id": str(job.assignment_id), "sequence": job.sequence + 1,
        "done_at": at.isoformat(), "skew_s": 0.0,
    }  # fmt: skip
    match step:
        case "arrived":
            return _arrival(job, temper, head, wording=wording)
        case "suspended":
            resume_at = at + timedelta(minutes=temper.resume_min)
            return {**head, "reason": "parts", "resume_at": resume_at.isoformat()}, None
        case "handed_back":
            return {**head, "reason": "skill", "note": wording.hands_back}, None
        case "finished":
            return {**head, "report": _report(wording)} if job.crew_role == "lead" else head, None
        case _:
            return head, None


def _arrival(
    job: OpenJob, temper: tempers.Job, head: dict[str, object], *, wording: Wording
) -> tuple[Json, UUID | None]:
    photo_id = new_id() if temper.photo or not temper.in_fence else None
    if job.latitude is None or job.longitude is None:
        return {**head, "position_missing": "unavailable"}, None
    beside = INSIDE if temper.in_fence else OUTSIDE
    head["position"] = {"latitude": job.latitude + beside, "longitude": job.longitude, "accuracy_m": 20.0}
    if not temper.in_fence:
        head["reason"] = wording.street_closed
    if photo_id is not None:
        head["photo_ids"] = [str(photo_id)]
    return head, photo_id


def _report(wording: Wording) -> Json:
    cause = {"component": wording.component, "symptom": wording.symptom, "category": "maintenance"}
    return {"cause": cause, "work_done": wording.work_done, "works_again": "yes"}


def _cause_is_over(case: OpenCase) -> bool:
    if case.reason in _OF_FEEDBACK:
        return True
    if case.reason in _OF_ARRIVAL and case.has_arrived:
        return True
    return case.stage in _WORK_OVER


def _list(answer: Json, name: str) -> list[Mapping[str, object]]:
    found = answer.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def picture() -> bytes:
    """A photo as a phone sends it, in small."""
    held = io.BytesIO()
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(held, "JPEG", quality=80)
    return held.getvalue()


_SIGNATURE: Final[Json] = {
    "width": 320, "height": 160,
    "strokes": [[{"x": 20.0 + 6 * step, "y": 80 + 40 * math.sin(step / 2), "t": 20.0 * step} for step in range(40)]],
}  # fmt: skip
