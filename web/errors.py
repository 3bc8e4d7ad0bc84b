"""Problems of the edge itself: sign-in needed, request malformed, too much, too often, not now."""

from foundation.problems import Family, Problem


class SignInNeeded(Problem):
    """The request carries no valid session, token or link."""

    code = "sign-in-needed"
    family = Family.FORBIDDEN


class ForgedRequest(Problem):
    """A session's unsafe request came from another site or without the session's token."""

    code = "forged-request"
    family = Family.FORBIDDEN


class RequestWrong(Problem):
    """The request doesn't fit the documented shape; `errors` names each field and what is wrong with it."""

    code = "request-wrong"
    family = Family.INVALID


class MediaTypeWrong(Problem):
    """The body is not of the declared media type."""

    code = "media-type-wrong"
    family = Family.INVALID


class TooLarge(Problem):
    """The body is larger than this route takes."""

    code = "too-large"
    family = Family.INVALID


class TooOften(Problem):
    """The caller asked too often; the answer says when to try again."""

    code = "too-often"
    family = Family.UNAVAILABLE


class MethodNotAllowed(Problem):
    """There is such a path, but not for this method."""

    code = "method-not-allowed"
    family = Family.INVALID


class NotNow(Problem):
    """A part the system stands on is away for a moment; nothing was changed, the same request may be repeated."""

    code = "not-now"
    family = Family.UNAVAILABLE


class OurFault(Problem):
    """A fault of ours; it was logged under the answer's instance and nothing was changed."""

    code = "our-fault"
    family = Family.UNAVAILABLE
