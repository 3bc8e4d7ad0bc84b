"""What a page says of a refusal: the Problem's own words, with the field called as the page calls it."""

from typing import Final

from foundation.language import Language, has, translate
from foundation.problems import Problem

#: Families of words in which the fields of a complaint have their names, in the order in which they are asked.
NAMES: Final = ("fact-of-case.", "fact.")
#: Where the fields of a form stand in the API's body.
PLACES: Final = ("correction.", "position.", "facts.", "report.", "cause.")


def said(problem: Problem, language: Language) -> str:
    """The refusal in the reader's language. A field that has no name of its own is called as the API calls it."""
    facts = problem.facts
    if "field" in facts:
        facts = {**facts, "field": _name(str(facts["field"]), language)}
    return translate(language, f"problem.{problem.code}.detail", **facts)


def _name(field: str, language: Language) -> str:
    name = field
    for place in PLACES:
        name = name.removeprefix(place)
    codes = (f"{family}{name}" for family in NAMES)
    return next((translate(language, code) for code in codes if has(code)), field)
