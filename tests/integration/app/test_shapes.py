"""Structures are described before there are threads: two that meet at the first use of one would end the process."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
#: Many structures, each used for the first time by eight threads at the same moment.
CROWD = """
import sys, threading, types, typing, msgspec
from app.assembly import assemble
from app.settings import from_environment

shapes = []
for number in range(200):
    inner = msgspec.defstruct(f"Inner{number}", [("a", typing.Annotated[str, msgspec.Meta(max_length=9)]), ("b", int, 0)])
    fields = [("x", list[inner]), ("y", dict[str, inner]), ("z", typing.Optional[inner], None)]
    shapes.append(msgspec.defstruct(f"Outer{number}", fields))
if "assembled" in sys.argv:
    assemble(from_environment({"CALLOUT_VAR": "var", "CALLOUT_DEMO": "no"}), "postgresql://nobody@127.0.0.1:1/x", part="x")
sys.setswitchinterval(1e-6)
together = threading.Barrier(8)

def use():
    for shape in shapes:
        together.wait()
        msgspec.convert({"x": [{"a": "1"}], "y": {"k": {"a": "2"}}, "z": {"a": "3"}}, shape)

crowd = [threading.Thread(target=use) for _ in range(8)]
for each in crowd: each.start()
for each in crowd: each.join()
"""


def test_a_crowd_at_the_first_request_ends_no_process() -> None:
    command = [sys.executable, "-c", CROWD, "assembled"]
    ended = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=False, capture_output=True)
    assert ended.returncode == 0, ended.stderr.decode()
