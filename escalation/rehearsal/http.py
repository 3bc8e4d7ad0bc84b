"""The route of the dry run."""

from datetime import datetime
from typing import Final

import msgspec
from litestar import post
from litestar.types import ControllerRouterHandler

from dispatch.policy import Numbers
from escalation import permissions
from escalation.ladder import Ladder
from escalation.rehearsal import rehearsing
from foundation.database.session import ReadSession
from foundation.wire import AwareTime, Code, Wire
from intake.grades import Grade
from severity.policy import ServiceLevels


class Rehearsing(Wire, frozen=True, kw_only=True):
    """A supposed complaint, and drafts to be tried instead of what is in force."""

    grade: Grade
    at: AwareTime
    region_code: Code
    service_levels: ServiceLevels | None = None
    numbers: Numbers | None = None
    ladder: Ladder | None = None


class EventShape(msgspec.Struct, frozen=True, kw_only=True):
    """What happens then: logged, ring, due (`about` a deadline), called or deputy (`about` a reason)."""

    at: datetime
    what: str
    about: str
    level: int | None
    role: str | None
    who: list[str]


@post(
    "/escalation-ladder/rehearsal", operation_id="rehearseEscalation", status_code=200, sync_to_thread=True,
    opt={"permission": permissions.LADDER_LOOK},
)  # fmt: skip
def rehearse(data: Rehearsing, look: ReadSession, now: datetime) -> list[EventShape]:
    """Who would be called, and when, if nobody answered; nothing is kept."""
    case = rehearsing.supposed(
        look, grade=data.grade, at=data.at, region_code=data.region_code, levels=data.service_levels,
        numbers=data.numbers, ladder=data.ladder, now=now,
    )  # fmt: skip
    return [
        EventShape(at=each.at, what=each.what, about=each.about, level=each.level, role=each.role, who=list(each.who))
        for each in rehearsing.rehearse(look, case)
    ]


ROUTES: Final[list[ControllerRouterHandler]] = [rehearse]
