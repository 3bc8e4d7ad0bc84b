"""Which place in a crew is sought, given the stage and who is in the crew already. Pure."""

from collections.abc import Collection
from typing import Final

from dispatch.snapshot import CrewRole
from intake.grades import Grade
from intake.lifecycle import Stage

#: Stages in which a lead is sought, and in which a second may still be sent to a major complaint.
SEEKS_LEAD: Final = frozenset({Stage.GRADED, Stage.REOPENED, Stage.DISPATCHING})
SEEKS_SECOND: Final = frozenset({Stage.ASSIGNED, Stage.EN_ROUTE, Stage.ON_SITE})


def sought(stage: Stage, grade: Grade, crew: Collection[CrewRole]) -> CrewRole | None:
    """The place to fill now; None when nobody is sought.

    The lead comes first: whoever accepts first leads, and what the second must bring depends on who that is.
    """
    if stage in SEEKS_LEAD and CrewRole.LEAD not in crew:
        return CrewRole.LEAD
    wants_second = grade is Grade.MAJOR and stage in SEEKS_SECOND
    return CrewRole.SECOND if wants_second and CrewRole.LEAD in crew and CrewRole.SECOND not in crew else None
