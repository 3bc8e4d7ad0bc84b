"""JSON routes of accounts."""

from typing import Final

from litestar.types import ControllerRouterHandler

from foundation.accounts.http import people, sessions

ROUTES: Final[list[ControllerRouterHandler]] = [*people.ROUTES, *sessions.ROUTES]
