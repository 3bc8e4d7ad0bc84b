"""Structural rules that no linter knows: each a function from a file to what it does wrong, and a sentence why."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

PACKAGES: Final = (
    "foundation", "intake", "severity", "technicians", "dispatch", "visits", "feedback", "escalation",
    "insights", "simulation", "web", "app",
)  # fmt: skip
DRAWERS: Final = frozenset({
    "util", "utils", "helper", "helpers", "common", "core", "misc", "base", "manager", "managers", "service",
    "services", "handler", "handlers",
})  # fmt: skip
LONGEST: Final = 500
#: Files whose business is to commit; everybody else is committed at the edge.
COMMITTERS: Final = frozenset({"foundation/database/session.py", "foundation/ledger/relay.py"})

Finder = Callable[["Source"], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path from the repository's root, its text, every node of its syntax tree."""

    path: PurePosixPath
    text: str
    nodes: tuple[ast.AST, ...]

    @property
    def package(self) -> str:
        """The top-level folder."""
        return self.path.parts[0]

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in self.nodes if isinstance(node, ast.Call))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, the sentence that says what breaks without it, and a planted fault that it must find."""

    find: Finder
    breaks: str
    planted: str
    planted_at: str = "intake/planted.py"
    fine: str = "pass\n"


def source(path: str, text: str) -> Source:
    return Source(path=PurePosixPath(path), text=text, nodes=tuple(ast.walk(ast.parse(text))))


def commits(file: Source) -> Iterator[str]:
    if file.package in PACKAGES and str(file.path) not in COMMITTERS:
        for call in file.calls():
            if isinstance(call.func, ast.Attribute) and call.func.attr == "commit":
                yield f"line {call.lineno}: commits"


def stage_assignments(file: Source) -> Iterator[str]:
    if file.package not in PACKAGES:
        return
    for node in file.nodes:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        touched = any(isinstance(target, ast.Attribute) and target.attr == "stage" for target in targets)
        if touched and not _is_after(getattr(node, "value", None)):
            yield f"line {getattr(node, 'lineno', 0)}: assigns a stage that lifecycle.after didn't give"
    for call in file.calls():
        if _name(call.func) == "setattr" and any(isinstance(a, ast.Constant) and a.value == "stage" for a in call.args):
            yield f"line {call.lineno}: assigns a stage by setattr"


def _is_after(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and _name(value.func) in {"after", "lifecycle.after"}


def _name(node: ast.expr) -> str:
    """A dotted name as written; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := _name(node.value)):
        return f"{left}.{node.attr}"
    return ""


def inner_imports(file: Source) -> Iterator[str]:
    for function in file.nodes:
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield f"line {node.lineno}: imports inside {function.name}"


def checking_imports(file: Source) -> Iterator[str]:
    if file.path.name == "http.py" or file.package == "web":
        for node in file.nodes:
            if isinstance(node, ast.Name | ast.Attribute) and _name(node).endswith("TYPE_CHECKING"):
                yield f"line {node.lineno}: imports for the type checker only"


def private_rooms(file: Source) -> Iterator[str]:
    if file.package not in PACKAGES or file.package in {"app", "web"}:
        return
    for node in file.nodes:
        if isinstance(node, ast.Import):
            modules = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules = [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        else:
            continue
        for module in modules:
            package, _, room = module.partition(".")
            if (
                package in PACKAGES
                and package not in {file.package, "foundation"}
                and room in {"http", "jobs", "schemas"}
            ):
                yield f"line {node.lineno}: imports {module}"


def drawers(file: Source) -> Iterator[str]:
    if str(file.path) == "foundation/database/base.py":
        return
    for part in (*file.path.parts[:-1], file.path.stem):
        if part.strip("_") in DRAWERS:
            yield f"is called {part}"


def sizes(file: Source) -> Iterator[str]:
    lines = file.text.count("\n")
    if lines > LONGEST and file.package not in {"tests", "migrations"}:
        yield f"has {lines} lines"


def loose_relationships(file: Source) -> Iterator[str]:
    for call in file.calls():
        if _name(call.func).split(".")[-1] == "relationship":
            lazy = next((keyword.value for keyword in call.keywords if keyword.arg == "lazy"), None)
            if not (isinstance(lazy, ast.Constant) and lazy.value == "raise"):
                yield f'line {call.lineno}: a relationship without lazy="raise"'


def stateless_classes(file: Source) -> Iterator[str]:
    if file.package not in PACKAGES:
        return
    for node in file.nodes:
        if isinstance(node, ast.ClassDef) and not (node.bases or node.keywords or node.decorator_list):
            body = [part for part in node.body if not isinstance(part, ast.Expr)]
            methods = [part for part in body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            if methods and len(methods) == len(body) and not _keeps_state(node):
                yield f"line {node.lineno}: class {node.name} keeps no state"


def _keeps_state(node: ast.ClassDef) -> bool:
    return any(
        isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store) and _name(part.value) == "self"
        for part in ast.walk(node)
    )


def environment_readers(file: Source) -> Iterator[str]:
    if file.package in PACKAGES and file.package != "app":
        for node in file.nodes:
            if isinstance(node, ast.Attribute) and _name(node) in {"os.environ", "os.getenv"}:
                yield f"line {node.lineno}: reads the environment"


def sleepers(file: Source) -> Iterator[str]:
    if file.package == "tests" and file.path.parts[1:2] != ("chaos",):
        for call in file.calls():
            if _name(call.func) in {"time.sleep", "sleep", "asyncio.sleep", "anyio.sleep"}:
                yield f"line {call.lineno}: sleeps"


def weakened_tests(file: Source) -> Iterator[str]:
    if file.package == "tests":
        for node in file.nodes:
            if isinstance(node, ast.Attribute) and _name(node) in {
                "pytest.skip", "pytest.xfail", "pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail",
                "pytest.importorskip",
            }:  # fmt: skip
                yield f"line {node.lineno}: {_name(node)}"


RULES: Final[dict[str, Rule]] = {
    "commit at the edge": Rule(
        find=commits,
        breaks="An action that commits can't be part of a larger one, and half a request stays when its rest fails.",
        planted="def log(db):\n    db.commit()\n",
        fine="def log(db):\n    db.flush()\n",
    ),
    "one way to a stage": Rule(
        find=stage_assignments,
        breaks="A stage set by hand skips the table of moves, its witness in the ledger and its deadlines.",
        planted="def finish(visit):\n    visit.stage = 'repaired'\n",
        fine="def finish(visit):\n    visit.stage = lifecycle.after(visit.stage, Step.FINISH)\n",
    ),
    "one way to a stage, also by name": Rule(
        find=stage_assignments,
        breaks="As above.",
        planted="def finish(visit):\n    setattr(visit, 'stage', 'repaired')\n",
    ),
    "imports on top": Rule(
        find=inner_imports,
        breaks="An import inside a function hides a dependency from the reader and from the storeys' contract.",
        planted="def grade():\n    import escalation.actions\n",
        fine="import escalation.actions\n",
    ),
    "real imports at the border": Rule(
        find=checking_imports,
        breaks="Litestar resolves annotations at start-up; a name known to the checker only stops the system there.",
        planted="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import intake.models\n",
        planted_at="intake/http.py",
    ),
    "private rooms": Rule(
        find=private_rooms,
        breaks="Routes, jobs and wire shapes belong to one package; who builds on them can't let them change.",
        planted="from dispatch import schemas\n",
        planted_at="visits/planted.py",
        fine="from intake import schemas, models\nimport foundation.jobs.job\n",
    ),
    "no drawers": Rule(
        find=drawers,
        breaks="A drawer has no subject, so everything fits and nothing is found.",
        planted="pass\n",
        planted_at="intake/utils.py",
    ),
    "no drawers, folders neither": Rule(
        find=drawers, breaks="As above.", planted="pass\n", planted_at="intake/services/numbers.py"
    ),
    "files that can be read": Rule(
        find=sizes,
        breaks="A file longer than this has two subjects; split it by noun.",
        planted="x = 1\n" * (LONGEST + 1),
        fine="x = 1\n" * LONGEST,
    ),
    "no loading unasked": Rule(
        find=loose_relationships,
        breaks="A relationship that loads by itself is a query per row that nobody wrote.",
        planted="site = relationship('Site', lazy='select')\n",
        fine="site = relationship('Site', lazy='raise')\n",
    ),
    "functions, not service classes": Rule(
        find=stateless_classes,
        breaks="A class without state is a module with ceremony; its methods can't be read or imported singly.",
        planted="class Grader:\n    def grade(self):\n        return 1\n",
        fine="class Counter:\n    def __init__(self):\n        self.n = 0\n",
    ),
    "one settings object": Rule(
        find=environment_readers,
        breaks="A setting read elsewhere is missing from `callout settings` and fails at noon instead of at start.",
        planted="import os\nurl = os.environ['DATABASE_URL']\n",
    ),
    "no sleeps in tests": Rule(
        find=sleepers,
        breaks="A test that sleeps is slow on every machine and wrong on the slow one.",
        planted="import time\ndef test_x():\n    time.sleep(1)\n",
        planted_at="tests/unit/test_planted.py",
    ),
    "no weakened tests": Rule(
        find=weakened_tests,
        breaks="A skipped test is a promise that nobody keeps and everybody counts.",
        planted="import pytest\n@pytest.mark.skip\ndef test_x(): ...\n",
        planted_at="tests/unit/test_planted.py",
    ),
}
