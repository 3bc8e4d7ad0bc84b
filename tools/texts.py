"""Catalogues of both languages: `python tools/texts.py` extracts and checks, `… check` only checks.

Extraction brings the sentences of the templates into `locale/zh_CN/LC_MESSAGES/callout.po`. The check proves that nothing
is missing or fuzzy in either language, that both languages use the same placeholders, that every Problem has its texts
and no code is left over, and that no template says a word outside `{% trans %}`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from foundation.language import Language
from foundation.language.catalogues import LOCALE, CatalogueBroken, read_coded_texts
from foundation.language.phrases import KINDS, placeholders
from tools.template_words import untranslated

ROOT: Final = Path(__file__).resolve().parents[1]
PO: Final = LOCALE / "zh_CN" / "LC_MESSAGES" / "callout.po"
PACKAGES: Final = (
    "foundation", "intake", "severity", "technicians", "dispatch", "visits", "feedback", "escalation", "insights",
    "simulation", "web", "app",
)  # fmt: skip
#: Placeholders of template sentences: `%(name)s` filled by Jinja, `{name}` filled by a script on the page.
HOLES: Final = re.compile(r"%\(\w+\)s|\{\w+\}")
QUOTED: Final = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")
CODE: Final = re.compile(r"[a-z][\w-]*(\.[\w-]+)+")
#: Lines of Babel's header that say nothing or change with every run.
PADDING: Final = re.compile(r'(?m)^"(POT-|PO-|Report-|Last-|Language-Team|Generated-).*\n')
#: Functions whose text argument is a code of the catalogues.
ASKING: Final = frozenset({"translate", "translate_in", "pair", "has"})
#: The Problem all others inherit from states no refusal of its own.
NO_REFUSAL: Final = "problem"

Coded = Mapping[str, Mapping[Language, str]]


def main(arguments: list[str]) -> int:
    """Extract unless only checking, then print every finding."""
    if arguments != ["check"]:
        update()
    found = findings()
    for finding in found:
        print(finding, file=sys.stderr)
    print(f"texts: {len(found)} findings" if found else "texts: both languages complete")
    return 1 if found else 0


#: Families of words for codes that JSON answers carry: whoever shows an answer to a person finds its words here, so they
#: are kept complete although no page of ours asks for each.
ANSWERED: Final = frozenset(
    {
        "answer", "channel", "choice", "decline", "delivery-state", "dispatch-fault", "feedback-late", "finding",
        "message-task-reason", "outlet-kind", "place-from", "policy-fault", "position-source", "shift-kind", "start",
        "step.dispatch", "why",
    }
)  # fmt: skip


def update() -> None:
    """Bring the templates' sentences into the Chinese catalogue; what no template says any more is dropped."""
    catalogue = _chinese()
    template = Catalog(project="callout")
    for path in templates():
        for line, message in sentences(path):
            template.add(message, locations=[(str(path.relative_to(ROOT)), line)])
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with PO.open("wb") as file:
        write_po(file, catalogue, width=110, omit_header=False, sort_output=True, include_lineno=False)
    PO.write_text(PADDING.sub("", PO.read_text(encoding="utf-8")), encoding="utf-8")


def findings() -> list[str]:
    """Everything that is wrong, one sentence each; empty when all is well."""
    try:
        coded = read_coded_texts(LOCALE)
    except CatalogueBroken as error:
        return [f"locale/{error}"]
    return [*of_coded_texts(coded), *of_codes(coded), *of_template_sentences(), *of_template_words()]


def of_coded_texts(coded: Coded) -> Iterator[str]:
    """Texts that are empty, differ in their placeholders or use a kind that doesn't exist."""
    families = {code[: end.end()] for code in coded for end in re.finditer(r"\.", code)}
    for code, text in coded.items():
        english, chinese = (placeholders(text[language]) for language in (Language.ENGLISH, Language.CHINESE))
        if not all(said.strip() for said in text.values()):
            yield f"{code}: is empty in one language"
        if english != chinese:
            yield f"{code}: the languages use different placeholders: {sorted(english ^ chinese)}"
        for name, kind in english:
            if kind and kind not in KINDS and kind not in families:
                yield f"{code}: {{{name}:{kind}}} is neither a kind nor a family of words"


def of_codes(coded: Coded) -> Iterator[str]:
    """Codes the program asks for and doesn't get, and codes nobody asks for."""
    for code, place in problems():
        for part in ("title", "detail"):
            if f"problem.{code}.{part}" not in coded:
                yield f"{place}: Problem {code!r} has no text problem.{code}.{part}"
    for code, place in asked_for():
        if code not in coded:
            yield f"{place}: there is no text {code!r}"
    refusals = {code for code, _ in problems()}
    said = _vocabulary() | {kind for text in coded.values() for _, kind in placeholders(text[Language.ENGLISH])}
    for code in coded:
        if code.startswith("problem."):
            if code.removeprefix("problem.").rpartition(".")[0] not in refusals:
                yield f"{code}: no Problem has this code"
        elif not _said(code, said):
            yield f"{code}: nobody asks for this text"


def of_template_sentences() -> Iterator[str]:
    """Sentences of templates that are not, or not surely, in the Chinese catalogue; and those no template says."""
    catalogue, said = _chinese(), set()
    for path in templates():
        for line, message in sentences(path):
            said.add(_first(message))
            for fault in _faults(catalogue.get(_first(message)), message):
                yield f"{path.relative_to(ROOT)}:{line}: {fault}"
    for entry in catalogue:
        if entry.id and _first(entry.id) not in said:
            yield f"{PO.name}: no template says {_first(entry.id)!r}; run make texts"


def of_template_words() -> Iterator[str]:
    """Words of templates outside trans."""
    for path in templates():
        for line, words in untranslated(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(ROOT)}:{line}: {words!r} stands outside trans"


def _faults(entry: Message | None, message: str | tuple[str, ...]) -> Iterator[str]:
    said = _first(message)
    if entry is None or not _first(entry.string):
        yield f"{said!r} has no Chinese; run make texts and translate it"
    elif entry.fuzzy:
        yield f"{said!r} is fuzzy in Chinese"
    elif set(HOLES.findall(_last(message))) != set(HOLES.findall(_first(entry.string))):
        yield f"{said!r} has other placeholders in Chinese"


def templates() -> list[Path]:
    """Every template of every package."""
    found = (path for package in PACKAGES for path in (ROOT / package).glob("**/templates/**/*") if path.is_file())
    return sorted(path for path in found if path.suffix in {".html", ".txt", ".svg", ".js", ".webmanifest"})


def sentences(path: Path) -> Iterator[tuple[int, str | tuple[str, ...]]]:
    """(line, English) of each `{% trans %}` of a template; a tuple when it counts."""
    options = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
    for line, message, _comments, _context in extract_from_file("jinja2", path, options=options):
        yield line, message


def problems() -> Iterator[tuple[str, str]]:
    """(code, place) of each Problem class: one with a `code` that isn't the root's."""
    for path, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                code = _class_text(node, "code")
                if code and code != NO_REFUSAL:
                    yield code, f"{path}:{node.lineno}"


def _class_text(node: ast.ClassDef, name: str) -> str | None:
    for line in node.body:
        if not isinstance(line, ast.Assign | ast.AnnAssign) or not isinstance(line.value, ast.Constant):
            continue
        target = line.target if isinstance(line, ast.AnnAssign) else line.targets[0]
        if isinstance(target, ast.Name) and target.id == name:
            return str(line.value.value)
    return None


def asked_for() -> Iterator[tuple[str, str]]:
    """(code, place) of each code written out in a call, in Python and in templates."""
    for path, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name_of(node.func) in ASKING:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and CODE.fullmatch(str(argument.value)):
                        yield str(argument.value), f"{path}:{node.lineno}"
    for template in templates():
        for found in re.finditer(r"\bword\(\s*[\"']([^\"']+)[\"']\s*[,)]", template.read_text(encoding="utf-8")):
            yield found.group(1), str(template.relative_to(ROOT))


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _said(code: str, said: set[str]) -> bool:
    """Whether the program says a code: whole, or as a family (`grade.`) and a word (`major`) it says somewhere."""
    if code in said or code.rpartition(".")[0] in ANSWERED:
        return True
    dots = [found.end() for found in re.finditer(r"\.", code)]
    return any(code[:dot] in said and _tail_said(code[dot:], said) for dot in dots)


def _tail_said(tail: str, said: set[str]) -> bool:
    word, _, suffix = tail.rpartition(".")
    return tail in said or tail.isdigit() or bool(word and word in said and f".{suffix}" in said)


@cache
def _vocabulary() -> set[str]:
    """Every string and name the program contains."""
    said: set[str] = set()
    for _, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.add(node.value)
            elif isinstance(node, ast.Name | ast.Attribute):
                name = node.id if isinstance(node, ast.Name) else node.attr
                said |= {name, name.lower()}
            elif isinstance(node, ast.arg | ast.keyword) and node.arg:
                said.add(node.arg)
    for path in [*templates(), *(ROOT / "web" / "static").glob("*.js")]:
        said |= {word for found in QUOTED.findall(path.read_text(encoding="utf-8")) for word in found}
    return said


@cache
def _sources() -> list[tuple[str, ast.Module]]:
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).glob("**/*.py")))
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def _chinese() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN", domain="callout")


def _first(forms: str | list[str] | tuple[str, ...] | None) -> str:
    return "" if not forms else forms if isinstance(forms, str) else forms[0]


def _last(forms: str | tuple[str, ...]) -> str:
    return forms if isinstance(forms, str) else forms[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
