"""The hand-written tables hold what ours hold, and the picture is that of the stored figures."""

from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pytest

from bench import every_table_chart
from bench.every_table import run_by_hand, run_ours
from bench.landing import write_landing
from bench.ours import settings_of
from expectations.tables.silver_anomalies import SENSOR_DAYS
from expectations.tables.silver_statistics import READING_STATISTICS
from jobs.runtime.load_plant import load_plant

POINTS = [every_table_chart.Point(lines, 9.0, 12.0 + lines / 1e6, 2**30, 6.0, 8.0) for lines in (4_000_000, 1_000_000)]
SUMS = "count(*), sum(reading_count)::BIGINT, sum(sum_steps)::BIGINT, sum(sum_squared_changes)::HUGEINT"


def _no_engine() -> NoReturn:
    raise AssertionError("so few rows need no engine")


def test_rolling_statistics_and_days_of_sensors_are_those_by_hand(tmp_path: Path) -> None:
    landing = write_landing(tmp_path / "landing", 8_000, files=2)

    measured = run_ours(_no_engine, landing, tmp_path)
    run_by_hand(landing, tmp_path)

    assert measured.tables.keys() >= {"silver: silver.reading_statistics", "gold: gold.work_list"}
    plant = load_plant(settings_of(tmp_path / "ours", landing.folder))
    days = plant.lake.arrow(SENSOR_DAYS)
    statistics = plant.lake.arrow(READING_STATISTICS)
    with duckdb.connect() as theirs:
        theirs.register("days", days)
        theirs.register("statistics", statistics)
        by_hand = f"'{tmp_path}/duckdb/{{}}/*/*.parquet'"

        def row(query: str, table: str) -> Any:
            return theirs.execute(query.format(table)).fetchone()

        assert row(f"SELECT {SUMS} FROM {{}}", "days") == row(f"SELECT {SUMS} FROM {{}}", by_hand.format("sensor_days"))
        rolled = "SELECT count(*), sum(rolling_count)::BIGINT, count(*) FILTER (is_anomaly) FROM {}"
        assert row(rolled, "statistics") == row(rolled, by_hand.format("reading_statistics"))
        mean = "SELECT sum(rolling_mean) FROM {}"
        found = [row(mean, table)[0] for table in ("statistics", by_hand.format("reading_statistics"))]
        assert found[0] == pytest.approx(found[1], rel=1e-12)


def test_figures_are_stored_by_size_and_drawn(tmp_path: Path) -> None:
    for point in POINTS:
        every_table_chart.save(point, tmp_path)
    every_table_chart.save(POINTS[0], tmp_path)

    assert [one.lines for one in every_table_chart.read(tmp_path)] == [1_000_000, 4_000_000]
    picture = (tmp_path / "every_table.svg").read_text()
    assert picture.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "1 million: 13.00 s" in picture
    assert "4 million: 4.00 s" in picture


def test_the_picture_of_the_docs_is_drawn_from_its_figures() -> None:
    points = every_table_chart.read()

    assert points
    picture = (every_table_chart.FOLDER / "every_table.svg").read_text()
    assert picture == every_table_chart.drawn(points) + "\n"
