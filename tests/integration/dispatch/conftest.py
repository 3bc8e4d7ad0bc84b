"""The routes are asked in a town, as its people do."""

from tests.town import settled, town

__all__ = ["settled", "town"]
