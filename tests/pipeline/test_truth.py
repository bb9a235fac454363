"""What the platform reports of the simulated plant, against what was injected."""

from collections import Counter

import pyarrow.parquet as pq
import pytest

from jobs.quality.accounting import data_quality_rows, totals
from tests.pipeline.conftest import Delivered

pytestmark = pytest.mark.spark
KEY = ["sensor_id", "metric", "measured_at", "machine_id", "factory_id", "steps"]


def test_every_class_of_every_feed_counts_what_was_injected(delivered: Delivered) -> None:
    found = totals(data_quality_rows(delivered.plane.plant))

    for feed, counts in delivered.truth.feeds.items():
        assert found[feed] == {
            "records": counts.records,
            "accepted": counts.accepted,
            "duplicate": counts.duplicate,
            "quarantined": sum(counts.quarantined.values()),
            "rejected": sum(counts.rejected.values()),
            "blank": counts.blank,
        }, feed


def test_quarantine_and_rejected_hold_every_reason_as_often_as_injected(delivered: Delivered) -> None:
    plane, feeds = delivered.plane, delivered.truth.feeds

    assert plane.quarantined() == Counter(feeds["readings"].quarantined)
    for feed, counts in feeds.items():
        assert plane.rejected(feed) == Counter(counts.rejected), feed


def test_silver_holds_the_true_readings_to_the_row(delivered: Delivered) -> None:
    truth = pq.read_table(delivered.truth_folder / "readings.parquet").select(KEY)
    silver = delivered.plane.table("silver.readings").select(KEY)
    order = [(name, "ascending") for name in KEY]

    assert silver.sort_by(order).to_pylist() == truth.sort_by(order).to_pylist()


def test_the_first_delivery_alone_counted_right_too(delivered: Delivered) -> None:
    assert delivered.first_accepted == delivered.first_truth.feeds["readings"].accepted


def test_each_file_counts_its_records(delivered: Delivered) -> None:
    """A file that grew has a row for each part."""
    counted: Counter[str] = Counter()
    for row in delivered.plane.rows("bronze.files"):
        counted[row["path"]] += row["records"]

    assert {file.path: counted[file.path] for file in delivered.truth.files} == {
        file.path: file.records for file in delivered.truth.files
    }


def test_daily_tables_count_the_readings_of_silver(delivered: Delivered) -> None:
    plane = delivered.plane
    silver: Counter[tuple[str, str]] = Counter()
    active: dict[tuple[str, str], set[str]] = {}
    for row in plane.rows("silver.readings"):
        day = (row["factory_id"], str(row["local_date"]))
        silver[day] += 1
        active.setdefault(day, set()).add(row["machine_id"])

    daily = {(row["factory_id"], str(row["local_date"])): row for row in plane.rows("gold.factory_daily")}

    assert {day: row["reading_count"] for day, row in daily.items()} == dict(silver)
    assert {day: row["active_machine_count"] for day, row in daily.items()} == {k: len(v) for k, v in active.items()}


def test_a_second_run_writes_and_touches_no_file(delivered: Delivered) -> None:
    before = delivered.plane.snapshot()

    reports = delivered.plane.run()

    assert not any(report.changed for report in reports)
    assert delivered.plane.snapshot() == before
    assert sum(delivered.plane.seconds.values()) < 10
