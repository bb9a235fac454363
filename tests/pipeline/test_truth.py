"""What the platform reports of the simulated plant, against what was injected."""

from collections import Counter

import pyarrow.parquet as pq
import pytest

from jobs.quality.accounting import totals
from jobs.quality.recipes import data_quality_rows
from simulator.plant import METRICS, build_plant
from tests.pipeline.conftest import TINY, Delivered
from tests.pipeline.limit_truth import LimitCounts, by_day, count_limits

pytestmark = pytest.mark.spark
KEY = ["sensor_id", "metric", "measured_at", "machine_id", "factory_id", "steps"]


@pytest.fixture(scope="module")
def beyond(delivered: Delivered) -> LimitCounts:
    """What was injected beyond the limits; each kind of limit is met, and a model's own limits matter."""
    models = {machine.machine_id: machine.model.name for machine in build_plant(TINY)}
    found = count_limits(delivered.truth_folder, models)
    warned = by_day(found.warnings, lambda key: key[2])
    assert min(warned["temperature"], warned["vibration"], warned["pressure"], sum(found.criticals.values())) > 0
    assert any(count and models[key[1]] == "R900" for key, count in found.warnings.items() if key[2] == "temperature")
    return found


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
    aside = Counter((row["feed"], *row["_faults"]) for row in plane.rows("silver.events_quarantine"))
    small = {(feed, code): n for feed in feeds if feed != "readings" for code, n in feeds[feed].quarantined.items()}
    assert aside == Counter(small)
    for feed, counts in feeds.items():
        assert plane.rejected(feed) == Counter(counts.rejected), feed


def test_silver_holds_the_true_readings_to_the_row(delivered: Delivered) -> None:
    truth = pq.read_table(delivered.truth_folder / "readings.parquet").select(KEY)
    silver = delivered.plane.table("silver.readings").select(KEY)
    order = [(name, "ascending") for name in KEY]

    assert silver.sort_by(order).to_pylist() == truth.sort_by(order).to_pylist()


def test_the_first_delivery_alone_counted_right_too(delivered: Delivered) -> None:
    assert delivered.first_accepted == delivered.first_truth.feeds["readings"].accepted


def test_each_number_of_each_gateway_is_in_its_class_on_its_day(delivered: Delivered) -> None:
    """Lost, late and resent records, counters begun again, and a gateway that takes over; after either delivery."""
    for truth, rows in (
        (delivered.first_truth, delivered.first_numbers),
        (delivered.truth, delivered.plane.rows("gold.reconciliation")),
    ):
        names = ("accepted", "quarantined", "rejected", "blank", "missing")
        assert {(row["gateway_id"], str(row["day"])): [row[name] for name in names] for row in rows} == {
            (one.gateway_id, one.day): [getattr(one, name) for name in names] for one in truth.numbers
        }
        assert all(row["produced"] == sum(row[name] for name in names) for row in rows)
        assert sum(row["missing"] for row in rows) > 0
        assert max(row["runs"] for row in rows) > 1
    late = [sum(one.missing for one in truth.numbers) for truth in (delivered.first_truth, delivered.truth)]
    assert late[0] > late[1]


def test_each_reading_of_a_gateway_counts_on_its_day(delivered: Delivered) -> None:
    """As many as numbers that were accepted: none of them has two, and every record has a gateway."""
    rows = delivered.plane.rows("gold.gateway_daily")

    assert {(row["gateway_id"], str(row["day"])): row["accepted_count"] for row in rows if row["accepted_count"]} == {
        (one.gateway_id, one.day): one.accepted for one in delivered.truth.numbers if one.accepted
    }
    assert {str(row["day"]) for row in rows} <= {one.day for one in delivered.truth.numbers}
    assert sum(row["reading_count"] for row in delivered.plane.rows("gold.clock_suspects")) > 0
    assert sum(row["delivered_late_count"] for row in rows) > 0
    assert sum(row["delivered_unknown_count"] for row in rows) > 0  # files with a time of two months before


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


def test_each_machine_metric_and_day_counts_the_warnings_that_were_injected(
    delivered: Delivered, beyond: LimitCounts
) -> None:
    counted = {
        (row["factory_id"], row["machine_id"], metric, row["local_date"]): (
            row[f"{metric}_reading_count"],
            row[f"{metric}_warning_count"],
        )
        for row in delivered.plane.rows("gold.machine_daily")
        for metric in METRICS
        if row[f"{metric}_reading_count"]
    }

    assert counted == {key: (count, beyond.warnings[key]) for key, count in beyond.readings.items()}


@pytest.mark.parametrize(
    ("table", "names", "places"),
    [
        ("gold.machine_daily", ("machine_id", "local_date"), (1, 3)),
        ("gold.factory_daily", ("factory_id", "local_date"), (0, 3)),
    ],
    ids=["each machine", "each factory"],
)
def test_each_day_counts_the_warnings_and_criticals_that_were_injected(
    delivered: Delivered, beyond: LimitCounts, table: str, names: tuple[str, str], places: tuple[int, int]
) -> None:
    rows = {tuple(row[name] for name in names): row for row in delivered.plane.rows(table)}

    for column, injected in (
        ("reading_count", beyond.readings),
        ("warning_count", beyond.warnings),
        ("critical_count", beyond.criticals),
    ):
        expected = by_day(injected, lambda key: tuple(key[place] for place in places))
        assert {key: row[column] for key, row in rows.items()} == expected, column


def test_a_second_run_writes_and_touches_no_file(delivered: Delivered) -> None:
    before = delivered.plane.snapshot()

    reports = delivered.plane.run()

    assert not any(report.changed for report in reports)
    assert delivered.plane.snapshot() == before
