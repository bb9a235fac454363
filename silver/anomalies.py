"""`silver.anomalies`: runs of neighbouring unusual readings, put together over the ends of dates."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import (
    STAMP,
    Micros,
    begins,
    coded,
    doubles,
    integers,
    micros,
    plain_texts,
    stamps,
)
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.local_time import DAY_US, dates, local_us
from expectations.tables.silver_anomalies import ANOMALIES
from silver.named_rows import Names
from silver.past_windows import Places

DAYS_READ = ("sensor_id", "machine_id", "factory_id", "metric", "first_at")
_NAMES = DAYS_READ[:-1]
_DAYS = 2**25  # more than the days that microseconds of 64 bits can tell apart
_NEVER = np.iinfo(np.int64).min


def build(runs: pa.Table, days: pa.Table, profile: Profile) -> pa.Table:
    """One row per anomaly, key (factory_id, machine_id, sensor_id, metric, kind, severity, raised_at).

    A run with the last reading of its sensor's date goes on in the run that begins with the sensor's next reading, on
    whatever date that is; without such a run that reading clears the anomaly, and without such a reading it lasts.

    Args:
        runs: `silver.anomaly_runs`.
        days: The columns `DAYS_READ` of `silver.sensor_days`.
        profile: The plant: the zones of its factories.
    """
    rows = plain_texts(runs)
    keys = (coded(rows, "severity").codes, coded(rows, "kind").codes, _sensors(rows, rows.slice(0, 0))[0])
    order = np.lexsort((micros(rows, "first_at"), *keys))
    ordered, is_first = rows.take(pa.array(order)), begins(keys, order)
    behind = _next_readings(ordered, plain_texts(days))
    is_raised = is_first | (micros(ordered, "first_at") != np.roll(behind, 1))
    return _table(ordered, np.flatnonzero(is_raised), behind, profile)


def _sensors(rows: pa.Table, others: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A number for each sensor and metric: of rows, and of others."""
    names = Names.of(pa.concat_tables([rows.select(_NAMES), others.select(_NAMES)]))
    number = np.zeros(len(names.sensor.codes), np.int64)
    for one in (names.machine, names.metric, names.sensor):
        number = np.unique(number * (len(one.texts) + 1) + one.codes, return_inverse=True)[1]
    return number[: rows.num_rows], number[rows.num_rows :]


def _next_readings(runs: pa.Table, days: pa.Table) -> Micros:
    """For each run its sensor's next reading, which is usual or begins the next run; `_NEVER` without one."""
    of_runs, of_days = _sensors(runs, days)
    first_at = micros(days, "first_at")
    at = np.argsort(of_days * _DAYS + first_at // DAY_US)
    place = np.searchsorted(
        (of_days * _DAYS + first_at // DAY_US)[at], of_runs * _DAYS + micros(runs, "last_at") // DAY_US, side="right"
    )
    padded_days, padded_at = np.append(of_days[at], -1), np.append(first_at[at], _NEVER)
    later = np.where(padded_days[place] == of_runs, padded_at[place], _NEVER)
    within = runs.column("next_at").cast(pa.int64()).fill_null(_NEVER).to_numpy()
    behind: Micros = np.where(within == _NEVER, later, within)
    return behind


def _table(runs: pa.Table, starts: Places, behind: Micros, profile: Profile) -> pa.Table:
    """The contract's rows of the runs from each of `starts` to before the next."""
    ends = np.append(starts[1:], runs.num_rows) - 1 if len(starts) else starts
    farthest = pa.array(_farthest(runs, starts))
    raised_at = micros(runs, "first_at")[starts]
    columns: dict[str, Any] = {name: runs.column(name).take(pa.array(starts)) for name in (*_NAMES, "kind", "severity")}
    columns |= {
        "raised_at": stamps(raised_at),
        "last_at": stamps(micros(runs, "last_at")[ends]),
        "cleared_at": pa.array(behind[ends], mask=behind[ends] == _NEVER).cast(STAMP),
        "reading_count": pa.array(_summed(integers(runs, "reading_count"), starts)),
        "peak": runs.column("peak").take(farthest),
        "peak_at": runs.column("peak_at").take(farthest),
    }
    factory = coded(pa.table({"factory_id": columns["factory_id"]}), "factory_id")
    columns["local_date"] = dates(local_us(raised_at, factory, profile) // DAY_US)
    schema = arrow_schema(ANOMALIES)
    return pa.table([columns[name] for name in schema.names], names=schema.names).cast(schema)


def _summed(counts: NDArray[np.int64], starts: Places) -> NDArray[np.int64]:
    sums: NDArray[np.int64] = np.add.reduceat(counts, starts) if len(starts) else counts[:0]
    return sums


def _farthest(runs: pa.Table, starts: Places) -> Places:
    """For each anomaly the place of the first of its runs with the farthest peak."""
    kind = coded(runs, "kind")
    sign = kind.each(lambda name: -1.0 if name == "below_minimum" else 1.0, np.float64)
    number = np.searchsorted(starts, np.arange(runs.num_rows), side="right")
    order = np.lexsort((np.arange(runs.num_rows), -sign * doubles(runs, "peak"), number))
    return order[starts]
