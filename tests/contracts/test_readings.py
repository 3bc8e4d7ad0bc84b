"""The table of readings is what its tool makes of the dictionaries."""

import gzip

from intake.readings import TABLE
from tools import readings


def test_every_phrase_and_character_is_read_as_in_the_dictionaries() -> None:
    assert gzip.decompress(TABLE.read_bytes()).decode() == readings.table()
