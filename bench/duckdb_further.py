"""Further tables by hand in DuckDB: rolling statistics, days of sensors, and features, from what `duckdb_pipeline` has.

What it leaves out, to its advantage: all that `duckdb_pipeline` leaves out, figures that are exact in any order of
arrival, a sensor's last minute, readings in a row that are equal, and the other tables: health of sensors and machines,
anomalies, days of gateways, numbers, trends, labels, uptime, work list.
"""

from pathlib import Path

import duckdb

from bench.measure import Stages

_STATISTICS = """
COPY (
    WITH rolled AS (
        SELECT factory_id, machine_id, sensor_id, metric, measured_at, value, measured_date,
            count(value) OVER before AS rolling_count, avg(value) OVER before AS rolling_mean,
            stddev_samp(value) OVER before AS rolling_deviation
        FROM silver
        WINDOW before AS (PARTITION BY factory_id, machine_id, metric ORDER BY measured_at, sensor_id
            ROWS BETWEEN 100 PRECEDING AND 1 PRECEDING)
    )
    SELECT *, CASE WHEN rolling_count = 100 THEN abs(value - rolling_mean) > 3 * rolling_deviation END AS is_anomaly
    FROM rolled
) TO '{out}/reading_statistics' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (measured_date),
    WRITE_PARTITION_COLUMNS false)
"""
_SENSOR_DAYS = """
COPY (
    WITH neighbours AS (
        SELECT *, steps - lag(steps) OVER (PARTITION BY factory_id, machine_id, sensor_id, metric, measured_date
            ORDER BY measured_at) AS change
        FROM silver
    )
    SELECT sensor_id, machine_id, factory_id, metric, measured_date, min(measured_at) AS first_at,
        max(measured_at) AS last_at, count(*) AS reading_count, sum(steps)::BIGINT AS sum_steps,
        sum(steps::HUGEINT * steps) AS sum_squares, min(steps) AS minimum_steps, max(steps) AS maximum_steps,
        sum(change::HUGEINT * change) AS sum_squared_changes
    FROM neighbours GROUP BY ALL
) TO '{out}/sensor_days' (FORMAT parquet, PARTITION_BY (measured_date), WRITE_PARTITION_COLUMNS false)
"""
_FEATURES = """
COPY (
    WITH grid AS (
        SELECT DISTINCT machine_id, factory_id, time_bucket(INTERVAL 1 HOUR, bucket_at) + INTERVAL 1 HOUR AS scored_at
        FROM buckets
    ), windowed AS (
        SELECT g.machine_id, g.factory_id, g.scored_at, b.metric, w.hours, sum(b.reading_count) AS n,
            sum(b.sum_steps) AS s1, sum(b.sum_squares) AS s2, max(b.maximum_steps) AS hi
        FROM grid g CROSS JOIN (VALUES (3), (24)) w(hours) JOIN buckets b
            ON b.machine_id = g.machine_id AND b.factory_id = g.factory_id AND b.bucket_at < g.scored_at
            AND b.bucket_at >= g.scored_at - w.hours * INTERVAL 1 HOUR
        GROUP BY ALL
    )
    SELECT machine_id, factory_id, scored_at, scored_at::DATE AS scored_date, metric, hours, s1 / n AS mean,
        CASE WHEN n > 1 THEN sqrt((n * s2 - s1::HUGEINT * s1)::DOUBLE / (n::DOUBLE * (n - 1))) END AS deviation,
        hi AS maximum
    FROM windowed
) TO '{out}/machine_features' (FORMAT parquet, PARTITION_BY (scored_date), WRITE_PARTITION_COLUMNS false)
"""
FURTHER = "further tables"


def further(lake: duckdb.DuckDBPyConnection, out: Path, stages: Stages) -> None:
    """The further tables as Parquet below `out`."""
    with stages.stage(FURTHER):
        for script in (_STATISTICS, _SENSOR_DAYS, _FEATURES):
            lake.execute(script.format(out=out))
