"""Times of records: by example, by Python's own reader where that knows the form, and by Arrow's columns."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bronze.readers.time_columns import TIME_PATTERNS, stamp_column
from domain.record.cells import CellReader
from domain.record.faults import FieldError
from domain.record.number_text import DECIMALS, THOUSANDS
from domain.record.repeated_hour import REPEATED
from domain.record.text_encoding import ENCODINGS
from domain.record.time_pattern import TOKENS
from domain.record.times import EPOCH_UNITS, MAX_US, MIN_US, UNITS, TimeReader, lost_s
from edge_bundle.format import text_check
from edge_bundle.gateway.input.times import format_us
from expectations.mapping import csv_rule, time_rule
from expectations.mapping.time_rule import TimeRule

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ["UTC", "Europe/Rome", "America/Sao_Paulo"]
DATES = ["2026-03-29", "2026-10-25", "1970-01-01", "2026-02-30", "9999-12-31", "0001-01-01"]
CLOCKS = ["02:30", "02:30:15", "23:59:59.9999999", "24:00", "12", ".5"]
ENDS = ["T", " ", "Z", "z", "+01:00", "-0530", "+99", "", "x"]
TEXTS = st.lists(st.sampled_from([*DATES, *CLOCKS, *ENDS]), min_size=1, max_size=4).map("".join)
RANGE = st.integers(MIN_US, MAX_US)


def rule_of(kind: str = "zoned", zone: str = "UTC", unit: str = "us", **more: Any) -> TimeRule:
    return TimeRule("t", kind, zone, unit, **more)


def read(text: str, rule: TimeRule) -> int | str:
    try:
        return TimeReader(rule).from_text(text)
    except FieldError as exc:
        return exc.fault.reason


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1970-01-01T00:00:01Z", 1_000_000),
        ("1970-01-01 00:00:01z", 1_000_000),
        ("1970-01-01T01:00+01:00", 0),
        ("1970-01-01T01:00:00,5+0100", 500_000),
        ("1969-12-31T14:30:00.1234569-0930", 123_456),
        ("1970-01-01T00Z", 0),
        ("1970-01-01T00:00:00", "time_without_zone"),
        ("1970-01-01", "time_without_zone"),
        ("2026-02-30T00:00Z", "time_unreadable"),
        ("1970-01-01T24:00Z", 86_400_000_000),
        ("1970-01-01T24:00:00.000001Z", "time_unreadable"),
        ("1970-01-01T24:01Z", "time_unreadable"),
        ("1970-01-01T25:00Z", "time_unreadable"),
        ("1970-01-01T00:00:60Z", "time_unreadable"),
        ("1970-01-01T00:00+24:00", "time_unreadable"),
        ("0001-01-01T00:00+00:01", "time_unreadable"),
        ("9999-12-31T23:59-00:01", "time_unreadable"),
        ("١٩٧٠-01-01T00:00Z", "time_unreadable"),
        ("", "time_unreadable"),
    ],
)
def test_a_zoned_text(text: str, found: int | str) -> None:
    assert read(text, rule_of()) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-07-01", "2026-06-30T22:00:00Z"),
        ("2026-01-31T08:15", "2026-01-31T07:15:00Z"),
        ("2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
        ("2026-03-29 02:30:00", "time_does_not_exist"),
        ("2026-03-29 02:30:00Z", "time_with_zone"),
        ("0001-01-01 00:00", "time_unreadable"),
    ],
)
def test_a_local_text(text: str, found: str) -> None:
    got = read(text, rule_of("local", "Europe/Rome"))

    assert (got if isinstance(got, str) else format_us(got)) == found


@given(RANGE, st.sampled_from(["Z", "+00:00", "+05:45", "-09:30"]))
def test_a_zoned_text_that_python_reads_is_read_alike(at_us: int, offset: str) -> None:
    wall = (EPOCH + timedelta(microseconds=at_us)).replace(tzinfo=None)
    text = wall.isoformat() + offset
    expected = (datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH) // timedelta(microseconds=1)

    assert read(text, rule_of()) == (expected if MIN_US <= expected <= MAX_US else "time_unreadable")


@given(st.integers(-2_000_000_000, 4_000_000_000), st.sampled_from(ZONES[1:]))
def test_a_local_text_is_the_first_instant_that_has_it(at_s: int, zone: str) -> None:
    wall = datetime.fromtimestamp(at_s, ZoneInfo(zone)).replace(tzinfo=None)
    instant = wall.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp()

    assert read(wall.isoformat(sep=" "), rule_of("local", zone)) == int(instant) * 1_000_000
    assert instant in (at_s, at_s - 3600)


@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from(["zoned", "local"]))
def test_a_column_that_arrow_reads_holds_the_same_times(texts: list[str], kind: str) -> None:
    rule = rule_of(kind)
    raw = pa.array(texts).filter(pc.match_substring_regex(pa.array(texts), TIME_PATTERNS[kind]))
    stamps = stamp_column(raw, rule)

    if stamps is not None:
        assert stamps.cast(pa.int64()).to_pylist() == [read(text, rule) for text in raw.to_pylist()]


@given(st.lists(st.floats(-1e19, 1e19) | st.floats(), min_size=1, max_size=4), st.sampled_from(list(EPOCH_UNITS)))
def test_a_column_of_epochs_that_arrow_reads_holds_the_same_times(numbers: list[float], unit: str) -> None:
    reader, found = TimeReader(rule_of("epoch", unit=unit)), []
    for number in numbers:
        with suppress(FieldError):
            found.append(reader.from_number(number))
    stamps = stamp_column(pa.array(numbers), rule_of("epoch", unit=unit))

    if stamps is None:
        assert len(found) < len(numbers)
    elif all(number == number for number in numbers):  # noqa: PLR0124 - NaN never comes so far: `_numbers` refuses it
        assert stamps.cast(pa.int64()).to_pylist() == found


@given(RANGE)
def test_a_written_time_is_read_back(at_us: int) -> None:
    assert read(format_us(at_us), rule_of()) == at_us


def test_mappings_and_bundles_know_the_same_units_of_epochs() -> None:
    assert UNITS == time_rule.EPOCH_UNITS == text_check.TIME_UNITS


def test_rules_mappings_and_bundles_know_the_same_words() -> None:
    assert set(REPEATED) == set(time_rule.REPEATED) == set(text_check.REPEATED)
    assert set(TOKENS) == time_rule.TOKENS == text_check.TOKENS
    assert time_rule.TIME_KINDS == text_check.TIME_KINDS
    assert DECIMALS == csv_rule.DECIMALS == text_check.DECIMALS
    assert THOUSANDS == csv_rule.THOUSANDS == text_check.THOUSANDS
    assert ENCODINGS == csv_rule.ENCODINGS == text_check.ENCODINGS
    assert csv_rule.DELIMITERS == text_check.DELIMITERS


@pytest.mark.parametrize(
    ("repeated", "found"),
    [
        ("first", "2026-10-25T00:30:00Z"),
        ("second", "2026-10-25T01:30:00Z"),
        ("refuse", "time_ambiguous"),
        ("by_order", "time_ambiguous"),
    ],
)
def test_a_time_of_the_repeated_hour_is_what_the_rule_says(repeated: str, found: str) -> None:
    got = read("2026-10-25 02:30:00", rule_of("local", "Europe/Rome", repeated=repeated))

    assert (got if isinstance(got, str) else format_us(got)) == found


def test_a_date_without_a_clock_is_refused_where_readings_need_one() -> None:
    assert read("2026-07-01", rule_of("local", needs_clock=True)) == "time_unreadable"
    assert read("2026-07-01 06", rule_of("local", needs_clock=True)) == read("2026-07-01 06:00", rule_of("local"))


@pytest.mark.parametrize(
    ("number", "unit", "found"),
    [
        (1_793_599_200_123_456_789, "ns", "2026-11-02T06:00:00.123456Z"),
        (-1, "ns", "1969-12-31T23:59:59.999999Z"),
        (1_793_599_200, "s", "2026-11-02T06:00:00Z"),
    ],
)
def test_an_epoch_is_cut_to_the_microsecond(number: int, unit: str, found: str) -> None:
    assert format_us(TimeReader(rule_of("epoch", unit=unit)).from_number(number)) == found


@pytest.mark.parametrize(
    ("serial", "found"),
    [(46328.25, "2026-11-02T05:00:00Z"), (46328.250694444445, "2026-11-02T05:01:00Z"), (25569, "1969-12-31T23:00:00Z")],
)
def test_a_serial_day_of_excel_is_local(serial: float, found: str) -> None:
    assert format_us(TimeReader(rule_of("excel", "Europe/Rome")).from_number(serial)) == found


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [("1.7936E+12", "ms", 100_000), ("1.793599e+12", "ms", 1_000), ("1.7936E+18", "ns", 100_000),
     ("2.1E+04", "d", 86.4e6),
     ("1.7935992E12", "ms", 0), ("1.7935992E+12", "ms", 0), ("1.5E+00", "s", 0), ("0E+00", "s", 0),
     ("+17935992", "s", 0)],
)  # fmt: skip
def test_what_the_last_digit_of_a_cut_epoch_is_worth(text: str, unit: str, seconds: float) -> None:
    assert lost_s(text, float(text), unit) == pytest.approx(seconds)


def test_serial_days_whose_digits_were_cut_off_are_refused() -> None:
    cells = CellReader((), TimeRule("at", "excel"), is_text=True)

    assert cells.instant({"at": "46328.25"}) is not None
    with pytest.raises(FieldError, match="last digit is worth 8,640,000 s"):
        cells.instant({"at": "4.63E+04"})
