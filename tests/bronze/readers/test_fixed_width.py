"""Columns of fixed width: read many lines at a time, and as line by line."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bronze.readers.csv_rows.fixed_width import with_delimiters
from bronze.readers.csv_rows.reader import CsvRows
from bronze.readers.plan import read_plan
from bronze.readers.text.lines import Block
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import Read, wide_mapping

ROW = b"2026-01-01T00:00:00Z  a    215  1500\n"
TEXT = ROW.decode().strip()


def _mapping(**csv: Any) -> Mapping:
    return wide_mapping(csv={"names": ["at", "sensor", "temp", "speed"], "widths": [22, 2, 6, 6]} | csv)


CELLS = st.sampled_from(
    ["215", "-1", "n/a", "", "1.5", "x", "1 5", "+7", "\u00b0C", '"', "1\t", ",", ";", "\x1f", "\x00"]
)
LINES = st.one_of(
    st.builds(
        lambda at, sensor, temp, speed: f"{at:<22}{sensor:<2}{temp:>6}{speed:>6}",
        st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01", ""]), st.sampled_from(["a", "b", "c", ""]), CELLS, CELLS,
    ),
    st.sampled_from(["", "   ", "# none", TEXT, f"{TEXT} 7", "2026-01-01T00:00:00Z  a"]),
)  # fmt: skip


@pytest.mark.parametrize("mapping", [_mapping(), _mapping(comments=["#"], skip=1)], ids=["plain", "comments"])
@settings(max_examples=200)
@given(lines=st.lists(LINES, max_size=8), end=st.sampled_from(["\n", "\r\n", "\r"]), closes=st.booleans())
def test_paths_agree_on_columns_of_fixed_width(mapping: Mapping, lines: list[str], end: str, closes: bool) -> None:
    content = (end.join(lines) + (end if closes else "")).encode()

    assert Read(content, mapping).all == Read(content, mapping, use_fast=False).all


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_plain_lines_are_all_taken(end: bytes) -> None:
    content = ROW.replace(b"\n", end) * 50 + b"2026-01-01T00:00:00Z  a    215" + end

    reader = CsvRows(read_plan(_mapping()), None)
    block, _ = reader.begin(Block(content, 1, 0))
    sources = reader.fast(block, infer=False)

    assert reader.is_divisible(content)
    assert sources is not None
    assert [number for source in sources for number in source.line.tolist()] == list(range(51))


@pytest.mark.parametrize("data", [b"", b"abc\n\n", b"abc\n   \n", b"abcdef\n"])
def test_a_line_without_signs_or_too_long_is_not_among_them(data: bytes) -> None:
    assert with_delimiters(data, (2, 3)) is None


def test_short_lines_are_filled() -> None:
    assert with_delimiters(b"abcde\na\r\nabc", (2, 3)) == b"ab\x1fcde\na \x1f   \nab\x1fc  \n"
