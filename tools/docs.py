"""Documents that follow from the code: `python tools/docs.py` writes them, `… check` says which are out of step.

Whole files: `docs/lifecycle.md`, `docs/problems.md`, `docs/openapi.json`. Parts of files, between the marks
`<!-- name: generated -->` and `<!-- /name -->`: the packages in `README.md`, who listens to whom in
`docs/architecture.md`, invariants in `docs/operations.md`.
"""

import importlib
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

import intake.lifecycle
from app import invariants, subscriptions
from app.asgi import create_app
from app.assembly import System, assemble
from app.settings import from_environment
from foundation.language import Language, has, translate
from foundation.problems import Problem
from intake.lifecycle import TABLE, Stage
from web import openapi
from web.responses import STATUS, STATUS_BY_CODE

ROOT: Final = Path(__file__).resolve().parents[1]
#: From the roof down, as the storeys' import contract has them.
PACKAGES: Final = (
    "app", "web", "escalation", "feedback", "visits", "dispatch", "severity", "technicians", "intake", "foundation",
)  # fmt: skip
#: Nothing connects to it: the application is only built to be asked for its routes.
NOWHERE: Final = "postgresql://nobody@127.0.0.1:1/nothing"
GENERATED: Final = "<!-- Written by `make docs`. -->\n\n"


def main(arguments: list[str]) -> int:
    """Write, or only say what is out of step."""
    if not {"check", "--check"} & set(arguments):
        for path, content in documents().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return 0
    found = out_of_step()
    for name in found:
        print(f"{name} is out of step with the code; run make docs", file=sys.stderr)
    return 1 if found else 0


def out_of_step() -> list[str]:
    """Every document that says something else than the code."""
    return [
        str(path.relative_to(ROOT))
        for path, content in documents().items()
        if not path.exists() or path.read_text(encoding="utf-8") != content
    ]


def documents() -> dict[Path, str]:
    """Every document with what it should say."""
    with tempfile.TemporaryDirectory() as folder:
        system = assemble(from_environment({"CALLOUT_VAR": folder}), NOWHERE, part="docs")
        made = {
            ROOT / "docs/lifecycle.md": lifecycle(),
            ROOT / "docs/problems.md": problems(),
            ROOT / "docs/openapi.json": api(system),
        }
        parts: Mapping[str, Mapping[str, Callable[[], str]]] = {
            "README.md": {"packages": packages},
            "docs/architecture.md": {"listeners": lambda: listeners(system)},
            "docs/operations.md": {"invariants": laws},
        }
        for name, blocks in parts.items():
            path = ROOT / name
            text = path.read_text(encoding="utf-8")
            for block, content in blocks.items():
                text = replaced(text, block, content())
            made[path] = text
        system.sessions.engine.dispose()
    return made


def replaced(text: str, block: str, content: str) -> str:
    """The text with what stands between the marks of `block` exchanged. ValueError when there are no such marks."""
    marks = re.compile(rf"(<!-- {block}: generated -->\n).*?(<!-- /{block} -->)", re.DOTALL)
    if not marks.search(text):
        raise ValueError(f"no marks for {block!r}")
    return marks.sub(lambda found: f"{found[1]}\n{content}\n{found[2]}", text)


def lifecycle() -> str:
    """The table of moves, with a picture of it."""
    arrows = sorted({(stage, move.to) for move in TABLE for stage in move.stages if move.to is not None})
    by_pair = {
        pair: ", ".join(move.step for move in TABLE if move.to == pair[1] and pair[0] in move.stages) for pair in arrows
    }
    order = {stage: number for number, stage in enumerate(Stage)}
    drawn = [
        f"    {start} --> {end}: {steps}"
        for (start, end), steps in sorted(by_pair.items(), key=lambda one: (order[one[0][0]], order[one[0][1]]))
    ]
    finals = [f"    {stage} --> [*]" for stage in Stage if stage in intake.lifecycle.FINAL]
    picture = "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> graded: LOG", *drawn, *finals, "```"])
    return (
        f"# The life of a complaint\n\n{GENERATED}"
        "One table (`intake/lifecycle.py`) says which step leads where, who may take it and what it must bring along. "
        "Pages, routes and jobs all go through it; a step that isn't listed is refused with 409 and the steps that are "
        "(`step-not-allowed`). The system itself may take every step. `stays` means that the stage doesn't change.\n\n"
        f"{intake.lifecycle.as_markdown()}\n"
        f"A closed complaint may be reopened for {intake.lifecycle.REOPEN_DAYS} days. "
        "An escalation runs beside these stages, never instead of them.\n\n"
        f"{picture}\n\n{_words_of_stages()}"
    )


def _words_of_stages() -> str:
    lines = ["| stage | on screen | 中文 |", "| --- | --- | --- |"]
    for stage in Stage:
        english, chinese = (translate(language, f"stage.{stage}") for language in (Language.ENGLISH, Language.CHINESE))
        lines.append(f"| {stage} | {english} | {chinese} |")
    return "\n".join(lines) + "\n"


def problems() -> str:
    """Every refusal with its status and its texts in both languages."""
    lines = [
        "# Every refusal",
        "",
        GENERATED.strip(),
        "",
        "Answers that refuse are `application/problem+json` (RFC 9457): `type` is `/problems/<code>`, a page of every",
        "installation; `title` and `detail` are in the reader's language; the facts in braces are members of the answer,",
        "too. What can't be shown to this reader is `not-found` when read and `not-allowed` when acted upon.",
        "",
        "| code | status | family | English | 中文 |",
        "| --- | --- | --- | --- | --- |",
    ]
    for problem in sorted(known_problems(), key=lambda one: one.code):
        english, chinese = (_said(problem.code, language) for language in (Language.ENGLISH, Language.CHINESE))
        status = STATUS_BY_CODE.get(problem.code, STATUS[problem.family])
        lines.append(f"| `{problem.code}` | {status} | {problem.family} | {english} | {chinese} |")
    return "\n".join(lines) + "\n"


def known_problems() -> set[type[Problem]]:
    """Every class of refusal that the program defines."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).glob("**/*.py")):
            if path.name != "__main__.py":
                importlib.import_module(
                    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                )
    return {problem for problem in _below(Problem) if problem.__module__.split(".")[0] in PACKAGES}


def _below(problem: type[Problem]) -> Iterator[type[Problem]]:
    for each in problem.__subclasses__():
        yield each
        yield from _below(each)


def _said(code: str, language: Language) -> str:
    """Title and detail; placeholders stand as they are."""
    if not has(f"problem.{code}.title"):
        return "—"
    title, detail = (translate(language, f"problem.{code}.{part}") for part in ("title", "detail"))
    return f"**{title}** — {detail}".replace("|", "\\|").replace("\n", " ")


def api(system: System) -> str:
    """The OpenAPI document of all JSON routes, as a running system serves it to whoever is signed in."""
    document = msgspec.json.encode(openapi.document(create_app(system)), order="sorted")
    return msgspec.json.format(document, indent=1).decode() + "\n"


def packages() -> str:
    """One line per package: the first paragraph of its docstring."""
    lines = ["| package | what it is |", "| --- | --- |"]
    for package in PACKAGES:
        said = (importlib.import_module(package).__doc__ or "").strip().split("\n\n")[0]
        lines.append(f"| [`{package}/`]({package}) | {' '.join(said.split())} |")
    return "\n".join(lines) + "\n"


def listeners(system: System) -> str:
    """Which job hears which announcement, and by what it says whether there is anything to do."""
    hearing: dict[str, list[str]] = {}
    for name, job in subscriptions.jobs(system).items():
        hearing.setdefault(job.kind, []).append(f"`{name}`" + (f" (by {' and '.join(job.only)})" if job.only else ""))
    lines = ["| announcement | heard by |", "| --- | --- |"]
    lines += [f"| `{kind}` | {', '.join(sorted(names))} |" for kind, names in sorted(hearing.items())]
    return "\n".join(lines) + "\n"


def laws() -> str:
    """Every invariant, as the alarm names it."""
    return "\n".join(f"- {name}" for name in invariants.ALL) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
