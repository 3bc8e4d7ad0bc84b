"""Refusals of accounts."""

from foundation.problems import Family, NotFound, Problem


class SignInFailed(Problem):
    """Unknown login, wrong password or inactive account: one answer for all, so that it tells nothing."""

    code = "sign-in-failed"
    family = Family.FORBIDDEN


class SignInDelayed(Problem):
    """Too many failures for this login: it must wait, longer each time. Nobody is locked out for ever."""

    code = "sign-in-delayed"
    family = Family.UNAVAILABLE


class PasswordNeeded(Problem):
    """Whoever came by a one-time link sees one matter and takes it; anything else asks for the password first."""

    code = "password-needed"
    family = Family.FORBIDDEN


class PasswordWrong(Problem):
    """The present password was asked for and isn't this one."""

    code = "password-wrong"
    family = Family.FORBIDDEN


class PasswordWeak(Problem):
    """The password doesn't keep the rules; `reason` is a code."""

    code = "password-weak"
    family = Family.INVALID


class LoginTaken(Problem):
    """Somebody else has this login."""

    code = "login-taken"
    family = Family.CONFLICT


class UserNotFound(NotFound):
    """There is no such person."""

    code = "user-not-found"


class TokenNotFound(NotFound):
    """There is no such token."""

    code = "token-not-found"


class RegionUnknown(Problem):
    """There is no such region."""

    code = "region-unknown"
    family = Family.INVALID


class RegionTaken(Problem):
    """There is a region with this code already."""

    code = "region-taken"
    family = Family.CONFLICT


class PowerUnknown(Problem):
    """No permission has this name, or it can't be given to a token."""

    code = "power-unknown"
    family = Family.INVALID


class IdempotencyInFlight(Problem):
    """The first request with this key is still being worked on."""

    code = "idempotency-in-flight"
    family = Family.CONFLICT


class IdempotencyKeyReused(Problem):
    """The key was used for another request; its answer would be the answer to something else."""

    code = "idempotency-key-reused"
    family = Family.INVALID


class SessionNotFound(NotFound):
    """The person has no such session, or it has ended."""

    code = "session-not-found"
