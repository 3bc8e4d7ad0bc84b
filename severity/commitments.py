"""What a grade promises, in minutes. Pure; domain table 2 is the shipped service levels."""

from collections.abc import Mapping

from intake.clocks import Kind
from intake.grades import Grade
from severity.policy import ServiceLevels


def minutes(grade: Grade, levels: ServiceLevels) -> Mapping[str, int]:
    """Minutes by deadline kind, as they are stamped on the case."""
    promised = levels.of(grade)
    return {
        Kind.ACKNOWLEDGE.value: promised.acknowledge,
        Kind.ACCEPT.value: promised.accept,
        Kind.ON_SITE_TARGET.value: promised.on_site_target,
        Kind.ON_SITE_PROMISE.value: promised.on_site_promise,
        Kind.RESOLVE.value: promised.resolve,
        Kind.FEEDBACK.value: promised.feedback,
        Kind.FOLLOW_UP.value: promised.follow_up,
    }
