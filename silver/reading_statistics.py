"""`silver.reading_statistics`: each reading against the readings before it, its last minute, and its limits."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.tables.arrow_columns import Doubles, begins, coded_texts, doubles, integers, micros
from expectations.tables.row_order import row_order
from expectations.tables.silver_statistics import LIMITS_PASSED, READING_STATISTICS
from silver.minute_windows import minute_columns
from silver.named_rows import Names, known, unsorted
from silver.past_windows import PastWindows
from silver.rulebook import Bounds, Rulebook, bounds, resolutions

READS = ("sensor_id", "machine_id", "factory_id", "metric", "measured_at", "value", "steps", "measured_date")
WINDOW = 100
_DEVIATIONS = 3.0


def build(readings: pa.Table, book: Rulebook, days: Sequence[date]) -> pa.Table:
    """One row per reading of some UTC dates, key (factory_id, machine_id, sensor_id, metric, measured_at).

    Mean and deviation are of the 100 readings before it of the same machine and metric, by time, then sensor. A reading
    farther from the mean than three deviations is an anomaly: Shewhart's limits (1931), of a moving window.

    Args:
        readings: The columns `READS` of `silver.readings`: the dates, and for each machine and metric the dates before
            with the last 100 readings; texts plain or by code.
        book: The plant's rules, and the models of its machines.
        days: The dates.
    """
    rows = coded_texts(readings)
    wanted = pc.is_in(rows.column("measured_date"), pa.array(days, pa.date32()))
    names = Names.of(rows)
    columns = {name: rows.column(name) for name in READING_STATISTICS.column_names if name in rows.column_names}
    columns |= _rolling(rows, names, book) | minute_columns(rows, names, book)
    columns["limit_passed"] = _limit_passed(rows, bounds(book, names.machine, names.metric))
    names_of_columns = list(READING_STATISTICS.column_names)
    return pa.table([columns[name] for name in names_of_columns], names=names_of_columns).filter(wanted)


def _rolling(rows: pa.Table, names: Names, book: Rulebook) -> dict[str, pa.Array]:
    """Columns from the readings before each, of all sensors of its machine and metric."""
    count, mean, deviation = _of_past(rows, names, resolutions(book, names.metric))
    is_counter = names.metric.each(book.profile.counters.__contains__, np.bool_)
    is_far = np.abs(doubles(rows, "value") - mean) > _DEVIATIONS * deviation
    return {
        "rolling_count": pa.array(count.astype(np.int32)),
        "rolling_mean": known(np.where(is_counter, np.nan, mean)),
        "rolling_deviation": known(np.where(is_counter, np.nan, deviation)),
        "is_anomaly": pa.array(is_far, mask=is_counter | (count < WINDOW)),
    }


def _of_past(rows: pa.Table, names: Names, resolution: Doubles) -> tuple[NDArray[np.int64], Doubles, Doubles]:
    series = (names.metric.codes, names.machine.codes)
    order = row_order((names.sensor.ranks(), micros(rows, "measured_at"), *series))
    starts, place = np.flatnonzero(begins(series, order)), np.arange(len(order))
    first = np.maximum(place - WINDOW, np.repeat(starts, np.diff(starts, append=len(order))))
    windows = PastWindows(integers(rows, "steps")[order], starts, first, place)
    found = windows.count, windows.mean(resolution[order]), windows.deviation(resolution[order])
    count, mean, deviation = (unsorted(one, order) for one in found)
    return count, mean, deviation


def _limit_passed(rows: pa.Table, limits: Bounds) -> pa.DictionaryArray:
    value = doubles(rows, "value")
    tests = [
        value > limits.limit("critical_above"), value > limits.limit("warning_above"),
        value < limits.limit("critical_below"), value < limits.limit("warning_below"),
    ]  # fmt: skip
    place = np.select(tests, range(len(tests)), -1)
    codes = pa.array(place.astype(np.int32), mask=place < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(list(LIMITS_PASSED), pa.string()))
