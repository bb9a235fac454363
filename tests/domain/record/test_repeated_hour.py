"""The repeated hour by the order of rows."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from domain.record.repeated_hour import PassOrder

BERLIN = ZoneInfo("Europe/Berlin")
SYDNEY = ZoneInfo("Australia/Sydney")


def passes(*clocks: str, day: str = "2026-10-25", zone: ZoneInfo = BERLIN) -> str:
    order, found = PassOrder(), ""
    for clock in clocks:
        wall = datetime.fromisoformat(f"{day} {clock}")
        wall_us = round((wall - datetime(1970, 1, 1)).total_seconds()) * 1_000_000  # noqa: DTZ001 - a clock on the wall has no zone
        found += {True: "2", False: "1", None: "?"}[order.is_second((), wall_us, zone)]
    return found


@pytest.mark.parametrize(
    ("clocks", "found"),
    [
        (("01:30", "02:00", "02:30", "02:00", "02:30", "03:00"), "111221"),
        (("01:30", "02:30", "02:30", "03:30"), "1121"),
        (("01:00", "02:00", "02:00", "03:00"), "1121"),
        (("01:59", "02:00", "02:00", "02:01", "02:00"), "11112"),
        (("02:00", "02:30", "02:00"), "???"),
        (("01:00", "02:45", "03:00"), "1?1"),
        (("03:00", "02:30", "02:00", "02:30"), "1???"),
        (("01:45", "02:45", "02:15", "02:45", "02:15"), "1122?"),
    ],
    ids=[
        "half hours",
        "hours",
        "hours on the hour",
        "a row twice",
        "no row before",
        "silent",
        "backward",
        "a third pass",
    ],
)
def test_the_pass_is_told_by_the_rows_before(clocks: tuple[str, ...], found: str) -> None:
    assert passes(*clocks) == found


def test_summer_time_of_the_south_ends_in_april() -> None:
    assert passes("01:30", "02:30", "02:00", "03:00", day="2026-04-05", zone=SYDNEY) == "1121"


def test_another_day_has_one_pass() -> None:
    assert passes("02:30", "02:00", "02:30", day="2026-10-26") == "111"


def test_each_series_has_its_own_order() -> None:
    order, found = PassOrder(), []
    for name, clock in (("a", "01:45"), ("a", "02:15"), ("a", "02:05"), ("b", "01:45"), ("b", "02:05"), ("a", "02:45")):
        wall = datetime.fromisoformat(f"2026-10-25 {clock}")
        wall_us = round((wall - datetime(1970, 1, 1)).total_seconds()) * 1_000_000  # noqa: DTZ001 - a clock on the wall has no zone
        found.append(order.is_second((name,), wall_us, BERLIN))

    assert found == [False, False, True, False, False, True]
