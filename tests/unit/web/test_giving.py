"""A QR code on a page has exactly the modules that the code of its text has, with a quiet zone; a link's secret is not told."""

import re
from datetime import UTC, datetime

import segno

from web.pages.giving import QUIET, Given, code_of

LINK = "https://callout.example.com/c/Yh3v0mJ8pX2cQk1sT9wZrLb4nD6fGaEuVoIi7yP5dKs"
RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def dark_modules(path: str) -> set[tuple[int, int]]:
    """Column and row of whatever the path paints; nothing is painted twice and every run is closed."""
    runs = [tuple(map(int, found)) for found in RUN.findall(path)]
    assert "".join(f"M{x} {y}h{there}v1h-{back}z" for x, y, there, back in runs) == path
    assert all(there == back for _, _, there, back in runs)
    painted = [(x + step, y) for x, y, there, _ in runs for step in range(there)]
    assert len(painted) == len(set(painted))
    return set(painted)


def test_the_drawing_is_the_code_of_the_text_and_nothing_else() -> None:
    code, expected = code_of(LINK), segno.make_qr(LINK, error="m", boost_error=False).matrix
    assert code.side == len(expected) + 2 * QUIET
    assert dark_modules(code.path) == {
        (x + QUIET, y + QUIET) for y, row in enumerate(expected) for x, dark in enumerate(row) if dark
    }


def test_a_given_link_doesnt_tell_its_secret_where_values_are_printed() -> None:
    given = Given("links", "a-secret-nobody-reads", datetime(2026, 11, 28, tzinfo=UTC))
    assert "a-secret-nobody-reads" not in repr(given)
