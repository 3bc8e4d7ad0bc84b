"""Customers' links given by hand, to be read out, copied or scanned: a new secret stands in one answer and nowhere else.

No redirection follows: its address would carry the secret into history and logs. Whoever needs it again makes another.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

import segno
from litestar.response import Template

from feedback import customers
from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from intake import actions, links
from web.forms import Form
from web.pages.rendering import page
from web.reader import PageRequest

#: Light modules around a QR code, without which readers don't find it (ISO/IEC 18004).
QUIET: Final = 4


@dataclass(frozen=True, slots=True)
class Given:
    """A customer's link that was just made by the act: its secret, known this once, and until when it opens the case."""

    act: str
    secret: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code as a drawing: modules along a side, quiet ones included, and the dark ones as the path of an SVG."""

    side: int
    path: str


def to_follow(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> Given:
    """A link with which its holder follows the case and says what is wrong; earlier ones stay good."""
    del form
    secret = actions.give_link(db, complaint_id, purpose=customers.FOLLOW, actor=actor, now=now)
    return Given("links", secret, now + links.LIFE[customers.FOLLOW])


def to_sign(db: WriteSession, complaint_id: UUID, form: Form, actor: Actor, now: datetime) -> Given:
    """A link on which the customer rates and signs; earlier ones to sign are closed. Raises StepNotAllowed."""
    del form
    secret, expires_at = customers.invite(db, complaint_id, actor=actor, now=now)
    return Given("feedback-invitation", secret, expires_at)


def shown(request: PageRequest, number: str, given: Given, *, back: str) -> Template:
    """The only answer in which the link stands; `back` is where the person was."""
    link = f"{request.app.state.house.public_url}{links.path_of(given.secret)}"
    return page(
        request, "link_given.html", path=f"/complaints/{number}", number=number, given=given, link=link,
        code=code_of(link), back=back,
    )  # fmt: skip


def code_of(text: str) -> Code:
    """The QR code of a text, of error level M. Unlike a paper's codes it is kept in no cache: the text is a secret."""
    matrix = segno.make_qr(text, error="m", boost_error=False).matrix
    path = "".join(run for y, row in enumerate(matrix, start=QUIET) for run in _runs(row, y))
    return Code(len(matrix) + 2 * QUIET, path)


def _runs(row: Iterable[int], y: int) -> Iterator[str]:
    """Each run of dark modules of a row as a rectangle."""
    x = QUIET
    for dark, modules in groupby(row):
        length = sum(1 for _ in modules)
        if dark:
            yield f"M{x} {y}h{length}v1h-{length}z"
        x += length
