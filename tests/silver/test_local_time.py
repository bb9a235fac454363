"""Wall clocks of factories: Arrow's calendar against `zoneinfo`, zone by zone."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest

from expectations.plant.file import load_profile
from expectations.tables.arrow_columns import Coded, Micros
from expectations.tables.local_time import local_us

PROFILE = load_profile("simulated")
# "Factory" is the tz database's name for a machine whose zone nobody has set.
ZONES = tuple(sorted(available_timezones() - {"Factory"}))
MONTHS = [int(datetime(year, month, 1, tzinfo=UTC).timestamp()) for year in range(1970, 2038) for month in range(1, 13)]


def shown(zone: str, seconds: list[int]) -> list[int]:
    """Wall clock times of one factory in that zone, in seconds."""
    profile = replace(PROFILE, zones={}, default_zone=zone)
    instants: Micros = np.array(seconds, dtype=np.int64) * 1_000_000
    factory = Coded(np.zeros(len(seconds), np.int32), ("north",))
    return [us // 1_000_000 for us in local_us(instants, factory, profile).tolist()]


def expected(zone: str, seconds: list[int]) -> list[int]:
    """The same by `zoneinfo`, one by one."""
    place = ZoneInfo(zone)
    offsets = (datetime.fromtimestamp(second, UTC).astimezone(place).utcoffset() for second in seconds)
    return [
        second + round(offset.total_seconds())
        for second, offset in zip(seconds, offsets, strict=True)
        if offset is not None
    ]


def test_every_zone_shows_what_zoneinfo_shows() -> None:
    assert len(ZONES) > 400
    different = [zone for zone in ZONES if shown(zone, MONTHS) != expected(zone, MONTHS)]

    assert not different


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", "2026-03-29T01:00:00"),
        ("Europe/Berlin", "2026-10-25T01:00:00"),
        ("Europe/Berlin", "2037-10-25T01:00:00"),
        ("America/St_Johns", "1987-10-25T02:31:00"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00"),
        ("Pacific/Apia", "2011-12-30T10:00:00"),
        ("Africa/Monrovia", "1972-01-07T00:44:30"),
    ],
)
def test_a_clock_changes_at_its_second(zone: str, change: str) -> None:
    """Also within a quarter of an hour, and by a whole day."""
    at = int(datetime.fromisoformat(change).replace(tzinfo=UTC).timestamp())
    around = [at - 900, at - 1, at, at + 1, at + 900]

    assert shown(zone, around) == expected(zone, around)
    assert shown(zone, [at])[0] - shown(zone, [at - 1])[0] != 1


def test_each_row_has_the_clock_of_its_own_factory() -> None:
    profile = replace(PROFILE, zones={"east": "Asia/Tokyo"}, default_zone="America/Chicago")
    at: Micros = np.array([0, 0, 0], dtype=np.int64)

    local = local_us(at, Coded(np.array([0, 1, 0], np.int32), ("west", "east")), profile)

    assert (local // 3_600_000_000).tolist() == [-6, 9, -6]
    assert at.tolist() == [0, 0, 0]


def test_no_rows_have_no_clock() -> None:
    assert local_us(np.empty(0, np.int64), Coded(np.empty(0, np.int32), ()), PROFILE).tolist() == []
