"""Forms of pages: fields of a body of bounded size, and the session's token compared."""

import hmac
from collections.abc import Mapping
from typing import Final, cast

from foundation.problems import FieldWrong
from web import errors
from web.authentication import Authenticated
from web.reader import PageRequest

#: Characters of one field; longer ones are refused, not cut.
FIELD_LENGTH: Final = 4_000


async def read(request: PageRequest) -> Mapping[str, str]:
    """The text fields of the form. Raises ForgedRequest when a signed-in form lacks the session's token."""
    form = await request.form()
    fields = {str(name): str(value) for name, value in form.items()}
    for name, value in fields.items():
        if len(value) > FIELD_LENGTH or "\x00" in value:
            raise FieldWrong(field=name, reason="text")
    auth = cast("Authenticated | None", request.scope.get("auth"))
    if auth is not None and not hmac.compare_digest(
        fields.get("csrf", "").encode("utf-8", "replace"), auth.csrf.encode()
    ):
        raise errors.ForgedRequest(reason="token")
    return fields


def local_path(text: str | None) -> str:
    """Where to go on after a form: a path of this site, else the board. `//host` and schemes would lead away."""
    if text and text.startswith("/") and not text.startswith(("//", "/\\")) and "\n" not in text and "\r" not in text:
        return text
    return "/"
