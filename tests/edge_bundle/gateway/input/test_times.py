"""The gateway's times against those of bronze's readers, which must agree in every text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bronze.readers.record import times as bronze
from bronze.readers.record.errors import ReadError
from edge_bundle.format.pipeline import TimeRule
from edge_bundle.gateway.input.records import Fault
from edge_bundle.gateway.input.times import TimeReader, format_us
from expectations.mapping.mapping import TimeRule as MappedTime

ZONES = ["UTC", "Europe/Rome", "America/Sao_Paulo"]
DATES = ["2026-03-29", "2026-10-25", "1970-01-01", "2026-02-30", "9999-12-31", "0001-01-01"]
CLOCKS = ["02:30", "02:30:15", "23:59:59.9999999", "24:00", "12", ".5"]
ENDS = ["T", " ", "Z", "z", "+01:00", "-0530", "+99", "", "x"]
PIECES = st.sampled_from([*DATES, *CLOCKS, *ENDS])
TEXTS = st.lists(PIECES, min_size=1, max_size=4).map("".join)


def bronze_text(text: str, rule: MappedTime) -> int | str:
    try:
        return bronze.text_us(text, rule)
    except ReadError as exc:
        return exc.fault.reason


def bronze_number(number: float, rule: MappedTime) -> int | str:
    try:
        return bronze.epoch_us(number, rule)
    except ReadError as exc:
        return exc.fault.reason


def plain(found: int | Fault) -> int | str:
    return found.code if isinstance(found, Fault) else found


@given(TEXTS, st.sampled_from(["zoned", "local"]), st.sampled_from(ZONES))
def test_texts_are_read_as_bronze_reads_them(text: str, kind: str, zone: str) -> None:
    found = TimeReader(TimeRule("t", kind, zone)).from_text(text)

    assert plain(found) == bronze_text(text, MappedTime("t", kind, zone))


@pytest.mark.parametrize("text", ["2026-03-29 02:30:00", "2026-10-25 02:30:00", "2026-07-01", "2026-01-31T08:15"])
def test_local_times_around_the_clock_changes_are_read_as_bronze_reads_them(text: str) -> None:
    found = TimeReader(TimeRule("t", "local", "Europe/Rome")).from_text(text)

    assert plain(found) == bronze_text(text, MappedTime("t", "local", "Europe/Rome"))


@given(st.floats(-1e19, 1e19) | st.floats(), st.sampled_from(["s", "ms", "us"]))
def test_epochs_are_read_as_bronze_reads_them(number: float, unit: str) -> None:
    found = TimeReader(TimeRule("t", "epoch", unit=unit)).from_number(number)

    assert plain(found) == bronze_number(number, MappedTime("t", "epoch", unit=unit))


@given(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999))
def test_a_written_time_is_read_back(at_us: int) -> None:
    assert TimeReader(TimeRule("t")).from_text(format_us(at_us)) == at_us
