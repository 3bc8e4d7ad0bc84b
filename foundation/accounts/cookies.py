"""The cookie that carries a session."""

from typing import Final

from litestar.datastructures import Cookie

from foundation.accounts.signing_in import LONGEST

#: `__Host-`: only over TLS (or on this machine), only for this host, for all paths; a subdomain can't plant it.
SECURE_NAME: Final = "__Host-session"
#: Where the name's demand of TLS can't be met, the operator says so in the settings.
PLAIN_NAME: Final = "session"


def session_cookie(token: str, *, secure: bool) -> Cookie:
    """The cookie of a new session, out of reach of scripts."""
    return Cookie(
        key=SECURE_NAME if secure else PLAIN_NAME, value=token, path="/", httponly=True, secure=secure, samesite="lax",
        max_age=int(LONGEST.total_seconds()),
    )  # fmt: skip


def session_cookie_gone(*, secure: bool) -> Cookie:
    """The cookie that takes the session's cookie away."""
    return Cookie(
        key=SECURE_NAME if secure else PLAIN_NAME, value="", path="/", httponly=True, secure=secure, samesite="lax",
        max_age=0,
    )  # fmt: skip
