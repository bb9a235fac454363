"""`silver.anomaly_runs`: neighbouring readings of a sensor that are unusual in the same way, date by date."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.tables.arrow_columns import Doubles, Flags, begins, doubles, flags, micros
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.local_time import DAY_US
from expectations.tables.row_order import row_order
from expectations.tables.silver_anomalies import ANOMALY_RUNS
from silver.named_rows import Names
from silver.past_windows import Places

READS = ("sensor_id", "machine_id", "factory_id", "metric", "measured_at", "value", "rolling_mean", "is_anomaly",
         "minute_deviation", "is_rapid_change", "limit_passed", "measured_date")  # fmt: skip
# Kind and severity -> the limits passed; none where other columns say it.
_WAYS = {
    ("above_maximum", "critical"): ("above_critical",),
    ("above_maximum", "warning"): ("above_critical", "above_warning"),
    ("below_minimum", "critical"): ("below_critical",),
    ("below_minimum", "warning"): ("below_critical", "below_warning"),
    ("rapid_change", "warning"): (),
    ("statistical", "notice"): (),
}
_FROM_ROWS = ("sensor_id", "machine_id", "factory_id", "metric", "measured_date")


def build(statistics: pa.Table) -> pa.Table:
    """One row per run, key (factory_id, machine_id, sensor_id, metric, kind, severity, first_at).

    Args:
        statistics: The columns `READS` of `silver.reading_statistics`, whole dates; texts plain or by code.
    """
    names, at_us = Names.of(statistics), micros(statistics, "measured_at")
    series = (at_us // DAY_US, names.sensor.codes, names.metric.codes, names.machine.codes)
    order = row_order((at_us, *series))
    is_first = begins(series, order)
    found = [
        _Runs.of(_is_unusual(statistics, kind, passed)[order], is_first).table(statistics, order, kind, severity)
        for (kind, severity), passed in _WAYS.items()
    ]
    return pa.concat_tables(found)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of rows in the order of their series, as places: first and last row, and the row behind, -1 for none."""

    starts: Places
    ends: Places
    behind: Places
    is_first: Flags

    @classmethod
    def of(cls, is_unusual: Flags, is_first: Flags) -> "_Runs":
        """The runs of unusual rows; `is_first` marks the first row of each series."""
        is_last = np.append(is_first[1:], True)[: len(is_first)]
        starts = np.flatnonzero(is_unusual & (is_first | ~np.roll(is_unusual, 1)))
        ends = np.flatnonzero(is_unusual & (is_last | ~np.roll(is_unusual, -1)))
        return cls(starts, ends, np.where(is_last[ends], -1, ends + 1), is_first[starts])

    def table(self, statistics: pa.Table, order: Places, kind: str, severity: str) -> pa.Table:
        """The contract's rows."""
        distance = _distance(statistics, kind)[order]
        farthest = self._farthest(distance)
        at = statistics.column("measured_at")
        columns = {name: statistics.column(name).take(pa.array(order[self.starts])) for name in _FROM_ROWS}
        columns |= {
            "kind": pa.array([kind] * len(self.starts), pa.string()),
            "severity": pa.array([severity] * len(self.starts), pa.string()),
            "first_at": at.take(pa.array(order[self.starts])),
            "last_at": at.take(pa.array(order[self.ends])),
            "next_at": at.take(pa.array(order[self.behind], mask=self.behind < 0)),
            "is_first": pa.array(self.is_first),
            "reading_count": pa.array(self.ends - self.starts + 1),
            "peak": pa.array(-distance[farthest] if kind == "below_minimum" else distance[farthest]),
            "peak_at": at.take(pa.array(order[farthest])),
        }
        schema = arrow_schema(ANOMALY_RUNS)
        return pa.table([columns[name] for name in schema.names], names=schema.names).cast(schema)

    def _farthest(self, distance: Doubles) -> Places:
        """For each run the place of the first of its rows with the largest distance."""
        lengths = self.ends - self.starts + 1
        number = np.repeat(np.arange(len(lengths)), lengths)
        place = np.arange(len(number)) + np.repeat(self.starts - np.cumsum(lengths) + lengths, lengths)
        by_distance = np.lexsort((place, -distance[place], number))
        farthest: Places = place[by_distance[np.cumsum(lengths) - lengths]]
        return farthest


def _is_unusual(statistics: pa.Table, kind: str, passed: tuple[str, ...]) -> Flags:
    """Whether each reading is unusual in a way; what is not known is not."""
    if kind == "rapid_change":
        return flags(statistics, "is_rapid_change")
    if kind == "statistical":
        is_anomaly: Flags = pc.fill_null(statistics.column("is_anomaly"), False).to_numpy()
        return is_anomaly
    limit = statistics.column("limit_passed").cast(pa.string())
    is_beyond: Flags = pc.is_in(limit, pa.array(passed, pa.string())).to_numpy()
    return is_beyond


def _distance(statistics: pa.Table, kind: str) -> Doubles:
    """How unusual each reading is in a way, as a distance."""
    value = doubles(statistics, "value")
    if kind == "statistical":
        return np.abs(value - doubles(statistics, "rolling_mean"))
    if kind == "rapid_change":
        return doubles(statistics, "minute_deviation")
    return -value if kind == "below_minimum" else value
