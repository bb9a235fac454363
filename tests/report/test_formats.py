from datetime import timedelta

import pytest

from report import formats


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 10, "0 %"),
        (10, 10, "100 %"),
        (1, 3, "33.3 %"),
        (3, 1000, "0.3 %"),
        (1, 100_000, "< 0.01 %"),
        (99_999, 100_000, "> 99.99 %"),
        (0, 0, "unknown"),
    ],
)
def test_a_share_never_rounds_something_to_nothing(part: int, whole: int, text: str) -> None:
    assert formats.share(part, whole) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"),
        (0.012345, "0.01235"),
        (-3.3489, f"{formats.MINUS}3.349"),
        (1234.5, "1,234"),
        (1_500_000.0, "1,500,000"),
    ],
)
def test_a_number_keeps_the_digits_that_tell(value: float | None, text: str) -> None:
    assert formats.number(value) == text


def test_thousands_are_apart_however_many_digits_are_asked() -> None:
    assert (formats.number(86_000, 6), formats.number(1234.5678, 6)) == ("86,000", "1,234.57")


def test_a_unit_is_written_as_people_write_it() -> None:
    assert (formats.unit_label("C"), formats.unit_label("mm/s")) == ("°C", "mm/s")


@pytest.mark.parametrize(("value", "text"), [(0, "0 B"), (999, "999 B"), (2_345_678, "2.35 MB"), (10**15, "1,000 TB")])
def test_bytes_are_in_the_largest_unit_that_fits(value: int, text: str) -> None:
    assert formats.size(value) == text


@pytest.mark.parametrize(("hours", "text"), [(0.5, "30 min"), (29, "29 h"), (72, "3 days")])
def test_a_length_of_time_reads_well(hours: float, text: str) -> None:
    assert formats.duration(timedelta(hours=hours)) == text


def test_one_thing_is_singular() -> None:
    assert (formats.plural(1, "factory", "factories"), formats.plural(1200, "reading")) == (
        "1 factory",
        "1,200 readings",
    )
