"""What feedback refuses."""

from foundation.problems import Family, Problem


class SignatureEmpty(Problem):
    """The signature says nothing; it is asked for again. Facts: reason (empty, dot, too-short)."""

    code = "signature-empty"
    family = Family.INVALID


class RecordChanged(Problem):
    """What was shown isn't what the case says now; it has to be shown again. Facts: shown_sha256, sha256."""

    code = "feedback-record-changed"
    family = Family.CONFLICT


class FeedbackReused(Problem):
    """The id was used before with another content. Facts: feedback."""

    code = "feedback-reused"
    family = Family.INVALID


class WitnessNeeded(Problem):
    """A refusal counts only with its reason and a witness other than who records it. Facts: missing."""

    code = "refusal-needs-witness"
    family = Family.INVALID


class AlreadyRefused(Problem):
    """The customer has refused this round of work already, and somebody looks into it. Facts: number."""

    code = "already-refused"
    family = Family.CONFLICT


class NoRefusal(Problem):
    """There is no refusal that waits for an answer. Facts: number."""

    code = "no-refusal-waiting"
    family = Family.CONFLICT


class NotClosable(Problem):
    """Something that closing needs is missing. Facts: number, missing (codes)."""

    code = "not-closable"
    family = Family.CONFLICT


class NoFollowUp(Problem):
    """There is no follow-up call open for this case. Facts: number."""

    code = "no-follow-up-open"
    family = Family.CONFLICT


class NotIndependent(Problem):
    """The follow-up call is made by somebody other than the technicians and their outlet. Facts: number."""

    code = "follow-up-not-independent"
    family = Family.FORBIDDEN
