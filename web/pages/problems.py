"""The page behind the `type` of every Problem: what it means and what to do."""

from typing import Final

from litestar import get
from litestar.response import Template

from foundation.language import has, translate
from foundation.problems import NotFound
from web.pages.rendering import page
from web.reader import PageRequest, language_of


@get("/problems/{code:str}", opt={"public": "explains refusals"}, include_in_schema=False, sync_to_thread=False)
def explain(request: PageRequest, code: str) -> Template:
    """Title and detail of the code, its placeholders left standing. Raises NotFound for a code that isn't ours."""
    if not has(f"problem.{code}.title"):
        raise NotFound(code=code[:100])
    language = language_of(request)
    described = {
        "title": translate(language, f"problem.{code}.title"),
        "detail": translate(language, f"problem.{code}.detail"),
        "status": "",
        "instance": code,
    }
    return page(request, "problem.html", problem=described)


ROUTES: Final = [explain]
