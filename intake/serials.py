"""Serial numbers in the one form in which they are kept and compared."""

import re
import unicodedata
from typing import Final

_SPACES: Final = re.compile(r"\s+")


def serial(given: str | None) -> str | None:
    """A serial number as it is stored: full-width to plain, capitals, single spaces; None if nothing is left."""
    if given is None:
        return None
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", given)).strip().upper() or None
