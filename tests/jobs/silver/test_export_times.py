"""The time by which a version ranks: what its path states, and of one path with one stated time the file's own."""

from datetime import UTC, datetime, timedelta

import pytest

from expectations.mapping.keep import BY_VERSION, Keep
from jobs.silver.export_times import counts_from
from tests.support.reader_files import COLUMNS, long_mapping

STATED = datetime(2026, 11, 5, 6, tzinfo=UTC)
KEEP = Keep("latest", exported="lab_{exported_at:%Y%m%d%H%M%S}.csv", zone="Europe/Berlin")
PATH = "office/lab_20261105070000.csv"


def us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def counts(behind: timedelta, path: str = PATH) -> int:
    return counts_from(KEEP, path, us(STATED + behind))


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

    assert counts_from(KEEP, "lab_20261025023000.csv", us(at)) // 10**6 == us(at) // 10**6


def test_a_path_that_states_nothing_counts_from_its_own_time() -> None:
    assert counts(timedelta(0), "office/lab.csv") == us(STATED)
    assert counts_from(BY_VERSION, PATH, 7) == 7


def test_a_mapping_of_readings_knows_its_pattern() -> None:
    pattern = "{gateway_id}_{exported_at:%Y%m%d}.csv"
    columns = {name: column for name, column in COLUMNS.items() if name not in ("gateway_id", "sequence")}

    stating = long_mapping(path=pattern, columns=columns, time={"column": "at", "kind": "local", "zone": "Europe/Rome"})

    assert (stating.keep.exported, stating.keep.zone) == (pattern, "Europe/Rome")
    assert long_mapping(path="{gateway_id}.csv", columns=columns).keep == BY_VERSION
