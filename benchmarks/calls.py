"""The calls that benchmarks log: like those of a hotline, each from another phone about one of the register's units."""

import json
import os
import random
from collections.abc import Iterator
from typing import Final

from benchmarks import bulk, load

PATH: Final = "/api/v1/complaints"
SENTENCES: Final = (
    "起升无动作，限位报警",
    "变频器报故障代码 F0012",
    "吊笼运行有异响",
    "the hoist stops between floors",
)
COMPONENTS: Final = ("hoist gear", "inverter", "slewing ring", "limit switch", "brake")


def call(dice: random.Random) -> dict[str, object]:
    """One call with what an agent usually hears."""
    return {
        "caller_phone": f"13{dice.randrange(10**9):09d}",
        "caller_name": "王建国",
        "sentence": dice.choice(SENTENCES),
        "serial_number": f"BENCH-{dice.randrange(bulk.UNITS) + 1}",
        "component": dice.choice(COMPONENTS),
        "symptom": f"noise {dice.randrange(1000)}",
        "facts": {
            "injury": "none",
            "people_in_danger": False,
            "structure_or_load": False,
            "safety_device_out": False,
            "machine_state": "degraded",
            "work_halted": False,
            "property_loss": "none",
            "public_attention": False,
        },
    }


def requests(token: str, *, seed: int = 1) -> Iterator[bytes]:
    """Calls without end, each with an Idempotency-Key of its own, as bytes for the wire."""
    dice, run = random.Random(seed), os.urandom(4).hex()
    number = 0
    while True:
        number += 1
        body = json.dumps(call(dice), ensure_ascii=False).encode()
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"bench-{run}-{number}"}
        yield load.request(PATH, body, headers=headers)


def bare_requests() -> Iterator[bytes]:
    """The smallest call, for the bare answer."""
    body = json.dumps({"caller_phone": "13800000000", "sentence": SENTENCES[0]}, ensure_ascii=False).encode()
    data = load.request("/", body, headers={})
    while True:
        yield data
