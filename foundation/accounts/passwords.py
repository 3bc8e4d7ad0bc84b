"""Passwords: argon2id, and rules that ask for length instead of tricks.

Parameters: OWASP Password Storage Cheat Sheet (19 MiB, two passes, one lane). At most two are computed at once, so that
a flood of sign-ins takes neither the memory nor both cores.
"""

import threading
import unicodedata
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from foundation.accounts.errors import PasswordWeak

#: There is no second factor yet, so the longer minimum holds for everybody (12 will do with one).
SHORTEST: Final = 15
LONGEST: Final = 128
#: Different characters a password needs; "aaaaaaaaaaaaaaaaaaaa" is long, too.
FEWEST_DIFFERENT: Final = 6

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_AT_ONCE: Final = threading.BoundedSemaphore(2)


def check_rules(password: str, *, login: str) -> None:
    """Raises PasswordWeak with a reason: short, long, repetitive, login."""
    text = _normal(password)
    if len(text) < SHORTEST:
        raise PasswordWeak(reason="short", at_least=SHORTEST)
    if len(text) > LONGEST:
        raise PasswordWeak(reason="long", at_most=LONGEST)
    if len(set(text)) < FEWEST_DIFFERENT:
        raise PasswordWeak(reason="repetitive", at_least=FEWEST_DIFFERENT)
    if login.casefold() in text.casefold():
        raise PasswordWeak(reason="login")


def hashed(password: str) -> str:
    """The PHC string to store. Takes some 30 ms and 19 MiB."""
    with _AT_ONCE:
        return _HASHER.hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether it is the password; takes as long when there is none to compare with."""
    with _AT_ONCE:
        try:
            _HASHER.verify(stored or _nobodys(), _normal(password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


_NOBODY: Final = [""]


def _nobodys() -> str:
    """A hash nobody's password has, made once, so that an unknown login takes as long as a known one."""
    if not _NOBODY[0]:
        _NOBODY[0] = _HASHER.hash("nobody signs in with this")
    return _NOBODY[0]


def _normal(password: str) -> str:
    """One form for the same letters typed on different keyboards (NIST SP 800-63B §5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)[: LONGEST * 2]
