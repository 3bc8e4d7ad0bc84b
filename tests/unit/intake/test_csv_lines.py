"""A misplaced quote costs its own line and no other, and every line keeps its number."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.csv_lines import NOT_CSV, TOO_MANY, Part, Record, Records

HEADER = "code,family,place\n"


def read(*lines: str) -> list[Record]:
    return list(Records([HEADER, *lines], fits=lambda fields: fields["family"] in {"hoist", "lift"}))


def codes(records: list[Record]) -> list[str]:
    return [f"{each.line}:{each.fault or each.fields['code']}" for each in records]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        pytest.param(["A1,hoist,x\n", "B2,hoist,x\n"], ["2:A1", "3:B2"], id="good lines"),
        pytest.param(
            ["A1,hoist,x\n", '"B2,hoist,x\n', "C3,hoist,x\n", "D4,hoist,x\n"],
            ["2:A1", f"3:{NOT_CSV}", "4:C3", "5:D4"], id="a quote that nobody closes",
        ),
        pytest.param(
            ['A1,"hoist,x\n', "B2,hoist,x\n", 'C3,lift",x\n', "D4,hoist,x\n"],
            [f"2:{NOT_CSV}", "3:B2", f"4:{NOT_CSV}", "5:D4"], id="two quotes with lines between them",
        ),
        pytest.param(
            ['A1,hoist,"x\n', "B2,hoist,x\n", 'C3,hoist,x"\n', "D4,hoist,x\n"],
            [f"2:{NOT_CSV}", "3:B2", f"4:{NOT_CSV}", "5:D4"], id="whole lines within one field",
        ),
        pytest.param(
            ['A1,hoist,"x\n', 'B2,hoist,"Main St\n', 'Building 5"\n', "C3,hoist,x\n"],
            [f"2:{NOT_CSV}", "3:B2", "5:C3"], id="a good record of two lines below a bad quote",
        ),
        pytest.param(
            ['A1,hoist,"Main St\n', "\n", 'Building 5"\n', "B2,hoist,x\n"], ["2:A1", "5:B2"], id="a field of three lines",
        ),
        pytest.param(
            ['A1,nothing,"Main St\n', 'Building 5"\n', "B2,hoist,x\n"],
            [f"2:{NOT_CSV}", f"3:{NOT_CSV}", "4:B2"], id="a record of two lines that says nothing",
        ),
        pytest.param(
            ['A1,hoist,"x\n', "Road 5\n", "B2,hoist,x\n"],
            [f"2:{NOT_CSV}", f"3:{NOT_CSV}", "4:B2"], id="the rest of a torn field is no line",
        ),
        pytest.param(['A1,"hoist"s,x\n', "B2,hoist,x\n"], [f"2:{NOT_CSV}", "3:B2"], id="a quote within a field"),
        pytest.param(["A1,hoist,x,more\n", "B2,hoist,x,,\n"], [f"2:{TOO_MANY}", "3:B2"], id="too many fields"),
        pytest.param(["\n", "A1,hoist\n", "\r\n"], ["3:A1"], id="empty lines and a short one"),
    ],
)  # fmt: skip
def test_every_line_is_found_or_named(lines: list[str], found: list[str]) -> None:
    assert codes(read(*lines)) == found


def test_an_open_quote_at_the_top_of_a_long_file_costs_one_line() -> None:
    lines = ['"A0,hoist,x\n', *(f"A{number},hoist,{'x' * 50}\n" for number in range(1, 10_000))]
    found = read(*lines)
    assert [each.fault for each in found] == [NOT_CSV] + [None] * 9_999
    assert (found[-1].line, found[-1].fields["code"]) == (10_001, "A9999")


def test_a_header_that_is_no_csv_lacks_every_column() -> None:
    assert Records(['"code,family\n', "A1,hoist\n"], fits=lambda fields: True).lacking(["code"]) == ["code"]
    assert Records([], fits=lambda fields: True).lacking(["code"]) == ["code"]


@given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from(["", "Main, St", 'a "b" c', "two\nlines", "x\r\ny"]))))
def test_what_a_csv_writer_wrote_is_read_back(rows: list[tuple[int, str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([(f"A{number}", "hoist", place) for number, place in rows])
    file.seek(0)
    found = read(*file)
    assert [(each.fields["code"], each.fields["place"]) for each in found] == [(f"A{n}", place) for n, place in rows]


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_a_file_says_the_same_however_it_is_divided(most: int) -> None:
    lines = [
        HEADER, "A1,hoist,x\n", 'A2,"hoist,x\n', "A3,hoist,x\n", "\n", 'A4,lift",x\n', 'A5,hoist,"Main St\n',
        'Building 5"\n', 'A6,hoist,"x\n', "Road 5\n", "A7,hoist,x,more\n", "A8,hoist,x\n", "\n",
    ]  # fmt: skip
    found: list[Record] = []
    after, is_ended = 0, False
    while not is_ended:
        part = Records(lines, fits=lambda fields: fields["family"] in {"hoist", "lift"}, part=Part(after, most))
        found += part.take(most)
        after, is_ended = part.reached, part.is_at_end()
    assert found == read(*lines[1:])
