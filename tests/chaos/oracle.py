"""Who calls and works during the campaign, and never forgets what was acknowledged: each answer is fsynced before the next."""

import json
import os
import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx

from foundation.clock import Clock
from foundation.database.identity import new_id
from tests.town import MAJOR, REPORT, SERIOUS
from tests.townspeople import CENTRES, EAST

#: Seconds a caller waits for an answer before asking the next web with the same key.
PATIENCE_S = 4.0
#: One in so many hangs up at once and asks again: what was done meanwhile must not be done twice.
HANGS_UP = 0.15
AT_ONCE_S = 0.02


@dataclass(slots=True)
class Diary:
    """What was acknowledged, on the disk before anybody goes on."""

    path: Path
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, **what: object) -> None:
        """Write one line and wait for the disk."""
        line = (json.dumps(what) + "\n").encode()
        with self.lock, self.path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[dict[str, object]]:
        """Everything noted."""
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []


@dataclass(slots=True)
class Oracle:
    """Callers and technicians. Each insists: the same request with the same key until somebody answers it."""

    addresses: list[str]
    diary: Diary
    clock: Clock
    gateway: Mapping[str, str]
    hands: Mapping[str, Mapping[str, str]]
    stopped: threading.Event = field(default_factory=threading.Event)
    heard: Counter[str] = field(default_factory=Counter)

    def call(self, seed: int, *, every_s: float) -> None:
        """Call in complaints until told to stop."""
        dice = random.Random(seed)
        with httpx.Client(timeout=PATIENCE_S) as wire:
            while not self.stopped.wait(dice.expovariate(1 / every_s)):
                key = str(new_id())
                body = {"caller_phone": "13800138000", "sentence": f"chaos {key}", "latitude": CENTRES[EAST][0],
                        "longitude": CENTRES[EAST][1], "family": "tower_crane", "region_code": EAST,
                        "facts": dict(dice.choice([MAJOR, SERIOUS, SERIOUS]))}  # fmt: skip
                answer = self.insist(wire, dice, "POST", "/complaints", {**self.gateway, "Idempotency-Key": key}, body)
                if answer is not None and answer.is_success:
                    self.diary.note(kind="call", key=key, number=answer.json()["number"])

    def work(self, name: str, seed: int) -> None:
        """A technician: take what rings, go, repair, report; some decline."""
        dice = random.Random(seed)
        headers = self.hands[name]
        with httpx.Client(timeout=PATIENCE_S) as wire:
            while not self.stopped.wait(0.3):
                listing = self.insist(wire, dice, "GET", "/offers", headers, None)
                items = (
                    cast("list[dict[str, object]]", listing.json()["items"]) if listing and listing.is_success else []
                )
                if not items:
                    continue
                key = {**headers, "Idempotency-Key": str(new_id())}
                offer = items[0]["id"]
                if dice.random() < 0.2:
                    self.insist(wire, dice, "POST", f"/offers/{offer}/decline", key, {"reason": "too_far"})
                    continue
                taken = self.insist(wire, dice, "POST", f"/offers/{offer}/acceptance", key, None)
                if taken is not None and taken.is_success:
                    self.diary.note(kind="acceptance", assignment=taken.json()["id"])
                    self._visit(wire, dice, str(taken.json()["id"]), headers)

    def _visit(self, wire: httpx.Client, dice: random.Random, assignment: str, headers: Mapping[str, str]) -> None:
        here = {"latitude": CENTRES[EAST][0], "longitude": CENTRES[EAST][1], "accuracy_m": 10}
        said: list[tuple[str, dict[str, object]]] = [
            ("set_off", {}),
            ("arrived", {"position": here}),
            ("finished", {"report": dict(REPORT)}),
        ]
        for sequence, (kind, more) in enumerate(said):
            command = {
                "kind": kind,
                "id": str(new_id()),
                "assignment_id": assignment,
                "sequence": sequence,
                "done_at": self.clock.now().isoformat(),
                "skew_s": 0.0,
                **more,
            }
            answer = self.insist(wire, dice, "PUT", f"/commands/{command['id']}", headers, command)
            if answer is None or not answer.is_success:
                return
            self.diary.note(kind="command", id=command["id"], outcome=answer.json()["outcome"])
            if self.stopped.wait(dice.uniform(0.1, 0.8)):
                return

    def insist(  # noqa: PLR0917 -- a request as everybody writes it
        self, wire: httpx.Client, dice: random.Random, method: str, path: str, headers: Mapping[str, str], body: object
    ) -> httpx.Response | None:
        """Ask until there is an answer that isn't "later"; None when the campaign is over first."""
        for attempt in range(200):
            if attempt and self.stopped.wait(0.15) and attempt > 60:
                return None
            try:
                answer = wire.request(
                    method,
                    dice.choice(self.addresses) + "/api/v1" + path,
                    headers=dict(headers),
                    json=body,
                    timeout=AT_ONCE_S if dice.random() < HANGS_UP else PATIENCE_S,
                )
            except httpx.HTTPError as error:
                self.heard[type(error).__name__] += 1
                continue
            self.heard[str(answer.status_code)] += 1
            if answer.headers.get("Idempotent-Replayed"):
                self.heard["replayed"] += 1
            in_flight = answer.status_code == 409 and "in-flight" in answer.text
            if answer.status_code < 500 and answer.status_code != 429 and not in_flight:
                return answer
        return None
