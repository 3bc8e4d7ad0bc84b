"""What visits refuse."""

from foundation.problems import Family, Problem


class CommandReused(Problem):
    """The phone's id was used before with another body. Facts: command."""

    code = "command-reused"
    family = Family.INVALID


class ArrivalEvidenceMissing(Problem):
    """Neither the place, the code nor a reason with a photo prove the arrival. Facts: distance_m, fence_m, needs."""

    code = "arrival-evidence-missing"
    family = Family.INVALID


class ReportMissing(Problem):
    """Work can't be finished without a service report of this visit. Facts: number."""

    code = "report-missing"
    family = Family.CONFLICT


class MachineNotWorking(Problem):
    """The report says that the machine doesn't work: suspend or hand back instead. Facts: number."""

    code = "machine-not-working"
    family = Family.CONFLICT


class GuidanceNotEnough(Problem):
    """Only a general complaint may be tried by telephone first; this one needs somebody on site. Facts: number, grade."""

    code = "guidance-not-enough"
    family = Family.CONFLICT


class TooManyPhotos(Problem):
    """The case has as many photos as it may have. Facts: limit."""

    code = "too-many-photos"
    family = Family.CONFLICT


class ApprovalNotNeeded(Problem):
    """The arrival needs no approval, or has it already. Facts: visit."""

    code = "approval-not-needed"
    family = Family.CONFLICT
