"""What the customer answers, and when it is poor: pure."""

from typing import Annotated, Final

from msgspec import Meta

from foundation.wire import Text, Wire

#: 1 very dissatisfied … 7 very satisfied (很不满意 … 很满意).
Step7 = Annotated[int, Meta(ge=1, le=7)]
#: "Fairly satisfied" (较满意); anything below escalates.
FAIRLY_SATISFIED: Final = 5
#: A single perception at its lowest escalates, whatever the rest says.
LOWEST: Final = 1
#: The five perceptions: 质量高, 办理快, 态度好, 信息准, 安全够.
PERCEPTIONS: Final = ("quality", "speed", "attitude", "information", "safety")


class Answers(Wire, frozen=True, kw_only=True):
    """Satisfaction and the five perceptions in seven steps, and the customer's own words."""

    satisfaction: Step7
    quality: Step7
    speed: Step7
    attitude: Step7
    information: Step7
    safety: Step7
    remarks: Text | None = None


def what_is_poor(answers: Answers) -> tuple[str, ...]:
    """The answers that make this feedback poor, by name; empty when it isn't."""
    overall = ("satisfaction",) if answers.satisfaction < FAIRLY_SATISFIED else ()
    return overall + tuple(name for name in PERCEPTIONS if getattr(answers, name) == LOWEST)
