"""The readings of each gateway, each once, with their outcome and when they came."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.tables.arrow_columns import Coded, begins, coded, integers, micros, with_tidy_names
from expectations.tables.local_time import of_dates
from expectations.tables.machine_keys import machine_keys
from expectations.tables.row_order import row_order
from expectations.tables.set_aside import GIVES_WAY, places_aside
from gold.arrivals import NEVER, Came

READS = (
    "measured_at", "sensor_id", "machine_id", "factory_id", "metric", "gateway_id", "_line", "_column", "_file_id",
)  # fmt: skip
ASIDE_READS = ("measured_at", "_faults", "_line", "_column", "_file_id")
CODE = "clock_suspect"
"""The fault of a record whose time cannot be true."""
Numbers = NDArray[np.int64]
ACCEPTED, QUARANTINED, CLOCK_SUSPECT, _GAVE_WAY = range(4)  # best first
_DAY_US = 86_400_000_000
_UNKNOWN = Came(NEVER, 0, NEVER, "")
Source = tuple[str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings by source, each once, or records: source, time, when they came, outcome."""

    source: Numbers
    at_us: Numbers
    came_us: Numbers
    outcome: NDArray[np.int8]

    def only(self, rows: NDArray[Any]) -> "Readings":
        """Some of them."""
        return Readings(self.source[rows], self.at_us[rows], self.came_us[rows], self.outcome[rows])


def readings_of(
    bronze: pa.Table, aside: pa.Table, came: Mapping[str, Came], days: Sequence[date], lead_s: int | None
) -> tuple[list[Source], Readings]:
    """The sources, and the readings of some UTC days, as stated, of each.

    A reading has the best outcome of its records that came by the gateway, and came with the first of them. Records
    that gave way to others, and have no other, are no reading.

    Args:
        bronze: The columns `READS` of `bronze.readings`, of the days and of others.
        aside: The columns `ASIDE_READS` of `silver.readings_quarantine`, of the days and of others.
        came: `_file_id` -> when its records came, from `gold.arrivals`.
        days: The days.
        lead_s: A file that is older than a record by more seconds does not say when that came; None: by any.
    """
    rows = with_tidy_names(of_dates(bronze, "measured_at", days))
    sources, source = _sources(rows, came)
    at_us, outcome = micros(rows, "measured_at"), _outcomes(rows, of_dates(aside, "measured_at", days))
    earliest_us = np.full(len(at_us), -NEVER) if lead_s is None else at_us - lead_s * 1_000_000
    return sources, _once(Readings(source, at_us, _came(rows, came, earliest_us), outcome), _series(rows))


def by_day(readings: Readings, sources: Sequence[Source]) -> Iterator[tuple[dict[str, Any], date, Readings]]:
    """The readings of each source and UTC day, as stated, with the names of the source and the day."""
    day = readings.at_us // _DAY_US
    order = row_order((day, readings.source))
    bounds = [*np.flatnonzero(begins([readings.source, day], order)).tolist(), len(order)] if len(order) else []
    for first, end in pairwise(bounds):
        mine = readings.only(order[first:end])
        factory, gateway, mapping = sources[int(mine.source[0])]
        on = date(1970, 1, 1) + timedelta(days=int(mine.at_us[0] // _DAY_US))
        yield {"factory_id": factory, "gateway_id": gateway, "mapping": mapping}, on, mine


def _sources(rows: pa.Table, came: Mapping[str, Came]) -> tuple[list[Source], Numbers]:
    """Factories with gateways or mappings; for each record the place of its gateway, else of its file's mapping."""
    names = rows.column("gateway_id").cast(pa.string()).fill_null("")
    gateway, file = coded(pa.table({"gateway_id": names}), "gateway_id"), coded(rows, "_file_id")
    mapping = [came.get(text, _UNKNOWN).mapping for text in file.texts]
    others = sorted(set(mapping))
    factory = coded(rows, "factory_id")
    sources: list[Source] = [(site, name, None) for name in gateway.texts for site in factory.texts]
    sources += [(site, None, name or None) for name in others for site in factory.texts]
    of_file = Coded(file.codes, tuple(mapping)).each(lambda name: len(gateway.texts) + others.index(name), np.int64)
    named = np.where(gateway.each(bool, np.bool_), gateway.codes, of_file).astype(np.int64)
    return sources, named * len(factory.texts) + factory.codes


def _came(rows: pa.Table, came: Mapping[str, Came], earliest_us: Numbers) -> Numbers:
    """For each record when it came; a file that is older than the record can be tells nothing."""
    file, line = coded(rows, "_file_id"), integers(rows, "_line")
    known = [came.get(text, _UNKNOWN) for text in file.texts] or [_UNKNOWN]
    times = np.array([(one.first_us, one.until_line, one.landed_us) for one in known], np.int64)
    first, until, landed = times[file.codes].T
    found: Numbers = np.where((until > 0) & (line >= until), landed, first)
    return np.where(found < earliest_us, NEVER, found)


def _outcomes(rows: pa.Table, aside: pa.Table) -> NDArray[np.int8]:
    """What silver did with each record."""
    of_aside = np.array([_outcome(faults) for faults in aside.column("_faults").to_pylist()], np.int8)
    found, outcome = places_aside(rows, aside), np.full(rows.num_rows, ACCEPTED, np.int8)
    outcome[found >= 0] = of_aside[found[found >= 0]]
    return outcome


def _outcome(faults: Sequence[str]) -> int:
    if any(name in GIVES_WAY for name in faults):
        return _GAVE_WAY
    return CLOCK_SUSPECT if CODE in faults else QUARANTINED


def _series(rows: pa.Table) -> Numbers:
    """One number for each machine, sensor and metric."""
    machine, sensor, metric = machine_keys(rows), coded(rows, "sensor_id"), coded(rows, "metric")
    pair = machine.codes.astype(np.int64) * len(sensor.texts) + sensor.codes
    return pair * len(metric.texts) + metric.codes


def _once(records: Readings, series: Numbers) -> Readings:
    """Each reading of a source once, those left out that gave way."""
    if not len(series):
        return records
    columns = [records.source, series, records.at_us]
    order = row_order(columns[::-1])
    first = np.flatnonzero(begins(columns, order))
    found = Readings(
        records.source[order][first], records.at_us[order][first],
        np.minimum.reduceat(records.came_us[order], first), np.minimum.reduceat(records.outcome[order], first),
    )  # fmt: skip
    return found.only(found.outcome != _GAVE_WAY)
