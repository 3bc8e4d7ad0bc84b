"""Stories happen in a town."""

from tests.town import settled, town

__all__ = ["settled", "town"]
