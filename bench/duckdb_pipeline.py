"""The same pipeline by hand in DuckDB: the rules of Assay's readers, silver and daily tables, with the same accounts.

What it leaves out, to its advantage: Delta's log, transactions and re-runs, unknown fields (`_rescued`), keys that an
object names twice, byte offsets and raw bytes of rejected lines, pages of the audits, and readings that silver has.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from bench.accounts import Accounts
from bench.measure import Stages
from expectations.plant.plant_profile import Profile
from expectations.units import UNITS, conversion, convertible

_READ = """
CREATE TABLE records AS
WITH lines AS (
    SELECT line, filename AS _file, row_number() OVER () AS _row
    FROM read_csv('{landing}/*.jsonl', header=false, columns={{line: 'VARCHAR'}}, delim='\x01', quote='', escape='',
                  auto_detect=false, filename=true)
    WHERE trim(line) <> ''
), parsed AS (
    SELECT *, json_valid(line) AND line LIKE '{{%' AS is_object,
        CASE WHEN is_object THEN json_transform(line, '{{"timestamp": "VARCHAR", "sensor_id": "VARCHAR",
            "machine_id": "VARCHAR", "factory_id": "VARCHAR", "metric_type": "VARCHAR", "unit": "VARCHAR",
            "value": "JSON"}}') END AS said
    FROM lines
), typed AS (
    SELECT _file, _row, line, is_object, said.sensor_id AS sensor_id, said.machine_id AS machine_id,
        said.factory_id AS factory_id, said.metric_type AS metric, said.unit AS unit,
        CASE WHEN said.timestamp LIKE '%Z' THEN TRY_CAST(said.timestamp[:-2] AS TIMESTAMP) END AS measured_at,
        CASE WHEN said.value NOT LIKE '"%' THEN TRY_CAST(said.value AS DOUBLE) END AS value
    FROM parsed
)
SELECT *, CASE WHEN NOT is_object THEN 'not_json' WHEN measured_at IS NULL THEN 'time_unreadable'
    WHEN value IS NULL THEN 'wrong_type' WHEN sensor_id IS NULL OR machine_id IS NULL OR factory_id IS NULL
    OR metric IS NULL OR unit IS NULL THEN 'missing_field' END AS reason
FROM typed
"""
_BRONZE = """
COPY (SELECT sensor_id, machine_id, factory_id, metric, measured_at, value, unit, _file, _row, {as_of} AS _ingested_at
      FROM records WHERE reason IS NULL) TO '{out}/bronze_readings.parquet' (COMPRESSION zstd);
COPY (SELECT line, reason, _file, _row FROM records WHERE reason IS NOT NULL) TO '{out}/rejected.parquet';
CREATE TABLE ledger AS SELECT _file, count(*) AS records, count(reason) AS rejected FROM records GROUP BY _file;
DROP TABLE records
"""
_FLAG = """
CREATE TABLE flagged AS
WITH counted AS (
    SELECT r.*, u.metric IS NOT NULL AS fits,
        ((r.value * u.factor + u.shift) / u.resolution + 6755399441055744.0) - 6755399441055744.0 AS exact,
        CASE WHEN abs(exact) < 9007199254740992 THEN exact::BIGINT END AS steps,
        steps::DOUBLE * u.resolution AS canonical, u.canonical_unit, u.minimum, u.maximum, u.warning_below,
        u.warning_above, u.critical_below, u.critical_above
    FROM '{out}/bronze_readings.parquet' r LEFT JOIN unit_rules u ON r.metric = u.metric AND r.unit = u.unit
)
SELECT * EXCLUDE (exact), CASE
    WHEN metric NOT IN (SELECT metric FROM unit_rules) THEN 'unknown_metric'
    WHEN unit NOT IN ({units}) THEN 'unknown_unit' WHEN NOT fits THEN 'unit_mismatch'
    WHEN steps IS NULL OR canonical < minimum OR canonical > maximum THEN 'value_out_of_range'
    WHEN measured_at < {began} OR measured_at > _ingested_at + INTERVAL {ahead} SECOND THEN 'clock_suspect'
    END AS fault, hash(factory_id, machine_id, sensor_id, metric, measured_at) AS _key
FROM counted
"""
_SORT = """
CREATE TABLE repeated AS SELECT _key FROM flagged WHERE fault IS NULL GROUP BY _key HAVING count(*) > 1;
CREATE TABLE ranked AS
SELECT *, min(steps) OVER reading <> max(steps) OVER reading AS _conflict,
    row_number() OVER (reading ORDER BY _row) AS _copy
FROM flagged SEMI JOIN repeated USING (_key) WHERE fault IS NULL
WINDOW reading AS (PARTITION BY factory_id, machine_id, sensor_id, metric, measured_at)
"""
_SILVER = """
CREATE TABLE silver AS
WITH accepted AS (
    SELECT * FROM flagged ANTI JOIN repeated USING (_key) WHERE fault IS NULL
    UNION ALL SELECT * EXCLUDE (_conflict, _copy) FROM ranked WHERE NOT _conflict AND _copy = 1
), located AS (
    SELECT *, timezone({zone}, timezone('UTC', measured_at)) AS local,
        coalesce(canonical < critical_below, false) OR coalesce(canonical > critical_above, false) AS is_critical
    FROM accepted
)
SELECT sensor_id, machine_id, factory_id, metric, measured_at, canonical AS value, canonical_unit AS unit, steps,
    is_critical OR coalesce(canonical < warning_below, false) OR coalesce(canonical > warning_above, false)
        AS is_warning,
    is_critical, measured_at::DATE AS measured_date, local::DATE AS local_date, hour(local) AS local_hour,
    dayofweek(local) IN (0, 6) AS is_weekend,
    CASE WHEN local_hour BETWEEN 6 AND 13 THEN 'morning' WHEN local_hour BETWEEN 14 AND 21 THEN 'afternoon'
        ELSE 'night' END AS shift
FROM located;
COPY silver TO '{out}/silver_readings' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (measured_date, factory_id),
    WRITE_PARTITION_COLUMNS false);
COPY (SELECT * EXCLUDE (_conflict, _copy) REPLACE ('conflicting_value' AS fault) FROM ranked WHERE _conflict
    UNION ALL SELECT * FROM flagged WHERE fault IS NOT NULL) TO '{out}/quarantine.parquet'
"""
_BUCKETS = """
CREATE TABLE buckets AS
SELECT machine_id, min(factory_id) AS factory_id, metric, time_bucket(INTERVAL {bucket_s} SECOND, measured_at)
        AS bucket_at,
    count(*) AS reading_count, sum(steps)::BIGINT AS sum_steps, sum(steps::HUGEINT * steps) AS sum_squares,
    min(steps) AS minimum_steps, max(steps) AS maximum_steps, arg_min(steps, (measured_at, sensor_id)) AS first_steps,
    arg_max(steps, (measured_at, sensor_id)) AS last_steps, count(*) FILTER (is_warning) AS warning_count,
    count(*) FILTER (is_critical) AS critical_count, bucket_at::DATE AS bucket_date, min(local_date) AS local_date
FROM silver GROUP BY machine_id, metric, bucket_at;
COPY buckets TO '{out}/buckets' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (bucket_date),
    WRITE_PARTITION_COLUMNS false)
"""
_DAILY = """
CREATE TABLE metric_days AS
SELECT machine_id, metric, local_date, min(factory_id) AS factory_id, sum(reading_count)::BIGINT AS n,
    sum(sum_steps)::BIGINT AS s1, sum(sum_squares)::HUGEINT AS s2, min(minimum_steps) AS lo, max(maximum_steps) AS hi,
    sum(warning_count)::BIGINT AS warnings, sum(critical_count)::BIGINT AS criticals
FROM buckets GROUP BY machine_id, metric, local_date;
CREATE TABLE machine_daily AS
SELECT machine_id, local_date, min(factory_id) AS factory_id, sum(n)::BIGINT AS reading_count,
    sum(warnings)::BIGINT AS warning_count, sum(criticals)::BIGINT AS critical_count, {metric_columns}
FROM metric_days GROUP BY machine_id, local_date;
COPY machine_daily TO '{out}/machine_daily' (FORMAT parquet, PARTITION_BY (local_date), WRITE_PARTITION_COLUMNS false);
CREATE TABLE factory_daily AS
SELECT factory_id, local_date, sum(reading_count)::BIGINT AS reading_count, count(machine_id) AS active_machine_count,
    sum(warning_count)::BIGINT AS warning_count, sum(critical_count)::BIGINT AS critical_count
FROM machine_daily GROUP BY factory_id, local_date;
COPY factory_daily TO '{out}/factory_daily' (FORMAT parquet, PARTITION_BY (local_date), WRITE_PARTITION_COLUMNS false)
"""
_METRIC_COLUMNS = """
    max(s1::DOUBLE / n * {resolution}) FILTER (metric = '{name}') AS {name}_mean,
    max(CASE WHEN n > 1 THEN sqrt((n::HUGEINT * s2 - s1::HUGEINT * s1)::DOUBLE / (n::DOUBLE * (n - 1)::DOUBLE))
        * {resolution} END) FILTER (metric = '{name}') AS {name}_deviation,
    max(lo::DOUBLE * {resolution}) FILTER (metric = '{name}') AS {name}_minimum,
    max(hi::DOUBLE * {resolution}) FILTER (metric = '{name}') AS {name}_maximum,
    max(n) FILTER (metric = '{name}') AS {name}_reading_count,
    max(warnings) FILTER (metric = '{name}') AS {name}_warning_count"""
_AUDITS = {
    "bronze": "SELECT count(*) FROM '{out}/bronze_readings.parquet' WHERE sensor_id IS NULL OR machine_id IS NULL "
    "OR factory_id IS NULL OR metric IS NULL OR measured_at IS NULL OR value IS NULL OR unit IS NULL",
    "silver": "SELECT count(*) FROM silver WHERE sensor_id IS NULL OR machine_id IS NULL OR factory_id IS NULL "
    "OR metric IS NULL OR measured_at IS NULL OR value IS NULL OR unit IS NULL OR steps IS NULL OR local_date IS NULL "
    "OR local_hour NOT BETWEEN 0 AND 23 OR shift NOT IN ('morning', 'afternoon', 'night') "
    "OR (is_critical AND NOT is_warning)",
    "buckets": "SELECT count(*) FROM buckets WHERE reading_count < 1 OR warning_count > reading_count "
    "OR critical_count > warning_count OR first_steps NOT BETWEEN minimum_steps AND maximum_steps "
    "OR last_steps NOT BETWEEN minimum_steps AND maximum_steps",
    "daily": "SELECT count(*) FROM machine_daily WHERE reading_count < 1 OR warning_count > reading_count",
}  # fmt: skip


More = Callable[[duckdb.DuckDBPyConnection, Path, Stages], None]


def run(
    landing: Path, out: Path, profile: Profile, as_of: datetime, more: More = lambda *_: None
) -> tuple[Stages, Accounts]:
    """Landing to daily tables as Parquet below `out`: seconds by stage, and the outcomes of the records.

    `more` builds further tables from those that the connection then has.
    """
    out.mkdir(parents=True)
    stages, names = Stages(), _names(landing, out, profile, as_of)
    with duckdb.connect() as lake:
        lake.execute("SET threads = 2")
        with stages.stage("landing to bronze"):
            digests = _digests(landing)
            _run(lake, names, _READ, _BRONZE)
            lake.execute("CREATE TABLE digests (path VARCHAR, sha256 VARCHAR)")
            lake.executemany("INSERT INTO digests VALUES (?, ?)", digests)
            _audit(lake, names, "bronze")
        with stages.stage("bronze to silver, buckets"):
            _add_unit_rules(lake, profile)
            _run(lake, names, _FLAG, _SORT, _SILVER)
            _audit(lake, names, "silver")
            _run(lake, names, _BUCKETS)
            _audit(lake, names, "buckets")
        with stages.stage("daily tables"):
            _run(lake, names, _DAILY)
            _audit(lake, names, "daily")
        more(lake, out, stages)
        return stages, _accounts(lake)


def _names(landing: Path, out: Path, profile: Profile, as_of: datetime) -> dict[str, object]:
    zones = " ".join(f"WHEN '{factory}' THEN '{zone}'" for factory, zone in profile.zones.items())
    metrics = (_METRIC_COLUMNS.format(name=m.name, resolution=repr(m.resolution)) for m in profile.metrics.values())
    return {
        "landing": landing, "out": out, "as_of": _timestamp(as_of), "began": _timestamp(profile.began_at),
        "ahead": profile.ahead_s, "bucket_s": profile.bucket_s, "units": ", ".join(f"'{symbol}'" for symbol in UNITS),
        "zone": f"CASE factory_id {zones} ELSE '{profile.default_zone}' END", "metric_columns": ",".join(metrics),
    }  # fmt: skip


def _timestamp(time: datetime) -> str:
    return f"TIMESTAMP '{time:%Y-%m-%d %H:%M:%S}'"


def _run(lake: duckdb.DuckDBPyConnection, names: dict[str, object], *scripts: str) -> None:
    for script in scripts:
        lake.execute(script.format(**names))


def _audit(lake: duckdb.DuckDBPyConnection, names: dict[str, object], table: str) -> None:
    breaking = _one(lake, _AUDITS[table].format(**names))
    if breaking:
        raise SystemExit(f"{breaking} rows of {table} break a rule in the hand-written pipeline")


def _one(lake: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = lake.execute(query).fetchone()
    return None if row is None else row[0]


def _digests(landing: Path) -> list[tuple[str, str]]:
    """The ledger's SHA-256 of each file, two at a time."""

    def digest(path: Path) -> tuple[str, str]:
        with path.open("rb") as stream:
            return path.name, hashlib.file_digest(stream, "sha256").hexdigest()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(digest, sorted(landing.glob("*.jsonl"))))


def _add_unit_rules(lake: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    """One row per metric and unit that fits it."""
    lake.execute(
        "CREATE TABLE unit_rules (metric VARCHAR, unit VARCHAR, factor DOUBLE, shift DOUBLE, resolution DOUBLE, "
        "canonical_unit VARCHAR, minimum DOUBLE, maximum DOUBLE, warning_below DOUBLE, warning_above DOUBLE, "
        "critical_below DOUBLE, critical_above DOUBLE)"
    )
    for metric in profile.metrics.values():
        limits = metric.limits
        bounds = (limits.minimum, limits.maximum, limits.warning_below, limits.warning_above, limits.critical_below,
                  limits.critical_above)  # fmt: skip
        for symbol in convertible(metric.unit):
            factor, shift = conversion(symbol, metric.unit)
            row = [metric.name, symbol, factor, shift, metric.resolution, metric.unit, *bounds]
            lake.execute(f"INSERT INTO unit_rules VALUES ({', '.join('?' * len(row))})", row)


def _accounts(lake: duckdb.DuckDBPyConnection) -> Accounts:
    quarantined = dict(
        lake.execute(
            "SELECT fault, count(*) FROM flagged WHERE fault IS NOT NULL GROUP BY fault "
            "UNION ALL SELECT 'conflicting_value', count(*) FROM ranked WHERE _conflict HAVING count(*) > 0"
        ).fetchall()
    )
    return Accounts(
        records=_one(lake, "SELECT sum(records)::BIGINT FROM ledger"),
        rejected=_one(lake, "SELECT sum(rejected)::BIGINT FROM ledger"),
        accepted=_one(lake, "SELECT count(*) FROM silver"),
        duplicate=_one(lake, "SELECT count(*) FROM ranked WHERE NOT _conflict AND _copy > 1"),
        quarantined=dict(sorted(quarantined.items())),
        buckets=_one(lake, "SELECT count(*) FROM buckets"),
        machine_days=_one(lake, "SELECT count(*) FROM machine_daily"),
        factory_days=_one(lake, "SELECT count(*) FROM factory_daily"),
    )
