"""Problems of files and photos."""

from __future__ import annotations

from typing import ClassVar

from foundation.problems import Family, Problem


class FileMissing(Problem):
    """No file is stored under this hash."""

    code: ClassVar[str] = "file-missing"
    family: ClassVar[Family] = Family.MISSING

    def __init__(self, *, sha256: str) -> None:
        """Name the hash that was asked for."""
        super().__init__(sha256=sha256)


class FileDamaged(Problem):
    """What is stored under this hash is no longer what was put there; it is never handed out."""

    code: ClassVar[str] = "file-damaged"
    family: ClassVar[Family] = Family.UNAVAILABLE

    def __init__(self, *, sha256: str) -> None:
        """Name the hash that was asked for."""
        super().__init__(sha256=sha256)


class PhotoTooLarge(Problem):
    """The upload has more bytes than a photo may have."""

    code: ClassVar[str] = "photo-too-large"
    family: ClassVar[Family] = Family.INVALID

    def __init__(self, *, size_mb: float, limit_mb: int) -> None:
        """Give both sizes in MB (10^6 bytes)."""
        super().__init__(size_mb=size_mb, limit_mb=limit_mb)


class PhotoNotAnImage(Problem):
    """The upload isn't one of the kinds of photo taken in; `found` says what it looks like."""

    code: ClassVar[str] = "photo-not-an-image"
    family: ClassVar[Family] = Family.INVALID

    def __init__(self, *, found: str) -> None:
        """Name the kind by its usual word (`HEIC`, `PDF`) or `?`."""
        super().__init__(found=found)


class PhotoRefused(Problem):
    """The upload calls itself a photo and is damaged, a bomb or a film; `limit` says what was exceeded."""

    code: ClassVar[str] = "photo-refused"
    family: ClassVar[Family] = Family.INVALID

    def __init__(self, *, reason: str, limit: str) -> None:
        """Give the reason as one of the codes `photo-refused.*` of the catalogue."""
        super().__init__(reason=reason, limit=limit)
