"""The time by which a version ranks: what its path states, and of one path with one stated time the file's own."""

from datetime import UTC, datetime, timedelta

import pytest

from expectations.mapping.keep import BY_VERSION, Keep
from jobs.silver.export_times import counts_from, is_ahead
from tests.support.reader_files import COLUMNS, long_mapping

STATED = datetime(2026, 11, 5, 6, tzinfo=UTC)
KEEP = Keep("latest", exported="lab_{exported_at:%Y%m%d%H%M%S}.csv", zone="Europe/Berlin")
LATEST = (datetime(2028, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
PATH = "office/lab_20261105070000.csv"


def us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def counts(behind: timedelta, path: str = PATH) -> int:
    return counts_from(KEEP, path, us(STATED + behind), LATEST)


def test_the_stated_time_counts_and_never_that_of_a_later_export() -> None:
    later = "office/lab_20261105070001.csv"

    for behind in (timedelta(days=-9), timedelta(0), timedelta(hours=1), timedelta(days=4000)):
        assert us(STATED) <= counts(behind) < us(STATED + timedelta(seconds=1)) <= counts(-behind, later)


@pytest.mark.parametrize(
    ("first", "then"),
    [(timedelta(0), timedelta(seconds=1)), (timedelta(days=2, hours=18), timedelta(days=2, hours=18, seconds=1)),
     (timedelta(days=2, hours=18), timedelta(days=3)), (timedelta(days=300), timedelta(days=300, minutes=2)),
     (timedelta(hours=-1), timedelta(minutes=-59)), (timedelta(days=-300), timedelta(days=-299)),
     (timedelta(seconds=-1), timedelta(0))],
)  # fmt: skip
def test_versions_of_one_path_and_stated_time_rank_by_the_files_own(first: timedelta, then: timedelta) -> None:
    assert counts(first) < counts(then)


@pytest.mark.parametrize("hour", [0, 1])
def test_the_hour_that_happens_twice_is_the_pass_near_the_files_own_time(hour: int) -> None:
    at = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)

    assert counts_from(KEEP, "lab_20261025023000.csv", us(at), LATEST) // 10**6 == us(at) // 10**6


def test_a_path_that_states_nothing_counts_from_its_own_time() -> None:
    assert counts(timedelta(0), "office/lab.csv") == us(STATED)
    assert counts_from(BY_VERSION, PATH, 7, LATEST) == 7


@pytest.mark.parametrize(
    ("zone", "latest", "is_so"),
    [("Europe/Berlin", STATED, False), ("Europe/Berlin", STATED - timedelta(microseconds=1), True),
     ("UTC", STATED - timedelta(hours=13), False), ("UTC", STATED - timedelta(hours=13, microseconds=1), True)],
)  # fmt: skip
def test_a_stated_time_after_the_latest_that_may_be_is_none(zone: str, latest: datetime, is_so: bool) -> None:
    keep = Keep("latest", exported=KEEP.exported, zone=zone)

    assert is_ahead(keep, PATH, 7, us(latest)) is is_so
    assert (counts_from(keep, PATH, 7, us(latest)) == 7) is is_so


@pytest.mark.parametrize(("zone", "year"), [("America/New_York", "9999"), ("Asia/Tokyo", "0001")])
def test_a_year_that_no_time_has_is_one_all_the_same(zone: str, year: str) -> None:
    keep = Keep("latest", exported=KEEP.exported, zone=zone)
    path = f"lab_{year}{'1231235959' if year == '9999' else '0101000000'}.csv"

    assert is_ahead(keep, path, 0, LATEST) == (year == "9999")


def test_a_mapping_of_readings_knows_its_pattern() -> None:
    pattern = "{gateway_id}_{exported_at:%Y%m%d}.csv"
    columns = {name: column for name, column in COLUMNS.items() if name not in ("gateway_id", "sequence")}

    stating = long_mapping(path=pattern, columns=columns, time={"column": "at", "kind": "local", "zone": "Europe/Rome"})

    assert (stating.keep.exported, stating.keep.zone) == (pattern, "Europe/Rome")
    assert long_mapping(path="{gateway_id}.csv", columns=columns).keep == BY_VERSION
