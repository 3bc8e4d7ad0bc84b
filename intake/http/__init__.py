"""Routes of intake: calls, complaints and the board; registers and customers' links. No rules, no SQL."""

from typing import Final

from litestar.types import ControllerRouterHandler

from intake.http import complaints, registers

ROUTES: Final[list[ControllerRouterHandler]] = [*complaints.ROUTES, *registers.ROUTES]
