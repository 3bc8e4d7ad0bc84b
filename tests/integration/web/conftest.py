"""Pages are looked at in a town, whose people see different things of one case."""

from tests.town import settled, town

__all__ = ["settled", "town"]
