"""Waveforms of files with a sample a row: rows as readings, gathered to windows by their places in the file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bronze.readers.batch import ReadBatch, Rejected
from bronze.readers.coded_text import by_code
from bronze.readers.csv_rows.reader import CsvRows
from bronze.readers.parquet_rows.reader import ParquetReader
from bronze.readers.plan import read_plan
from bronze.readers.text.reader import TextReader
from bronze.readers.waveforms.inner import as_readings, rule_of
from bronze.readers.waveforms.windows import Window, batch_of, later_us
from domain.record import reasons
from domain.record.faults import Fault
from expectations.mapping.mapping import Mapping

_SECOND_US = 1_000_000
_BESIDE = ("sensor_id", "machine_id", "factory_id", "unit", "gateway_id", "speed_rpm", "_rescued")
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Row:
    """The first row with a sample of a window: its place in the file, its line, its time, our other columns."""

    place: int
    line: int
    at_us: int
    beside: dict[str, object]


@dataclass(slots=True)
class _Channel:
    """The samples of one column that wait for the end of their window, NaN where none was read."""

    samples: NDArray[np.float64]
    first: _Row | None = None
    last: _Row | None = None
    is_any: bool = False


@dataclass(slots=True)
class _Gathering:
    """The window that is being filled: of which rows it is, and its channels."""

    start: int = 0
    end: int = 0
    channels: dict[str, _Channel] = field(default_factory=dict)


class RowReader:
    """Reads one file with a sample in each cell of the mapping's columns.

    A row that cannot be read, and a blank cell, leave a sample missing at their place; the row is rejected as in every
    feed. The last window of a file is as long as what is left. A column without any in a window is a blank
    record.
    """

    def __init__(self, mapping: Mapping, header: bytes | None, *, use_fast: bool) -> None:
        self._mapping, self._rule, self._use_fast = mapping, rule_of(mapping), use_fast
        self._plan, self._header = read_plan(as_readings(mapping)), header
        self._has_times = mapping.time is not None and bool(mapping.time.columns)
        self._open = _Gathering()

    def read(self, stream: BinaryIO, first: tuple[int, int]) -> Iterator[ReadBatch]:
        """The batches of the file."""
        batches, place_of = self._batches(stream, first)
        for batch in batches:
            windows, faults, blank = list[Window](), list[Rejected](), 0
            if batch.rows.num_rows:
                places = place_of(batch.rows["_line"].to_numpy())
                for full in self._take(batch.rows, places):
                    blank += self._close(full, windows, faults)
            yield self._batch(windows, faults, blank).with_rejected(batch)
        windows, faults = [], []
        blank = self._close(self._open, windows, faults) if self._open.end > self._open.start else 0
        yield self._batch(windows, faults, blank)

    def _batches(
        self, stream: BinaryIO, first: tuple[int, int]
    ) -> tuple[Iterator[ReadBatch], Callable[[Places], Places]]:
        if self._mapping.format == "parquet":
            return ParquetReader(self._plan, use_fast=self._use_fast).read(stream), lambda lines: lines - 1
        rows = CsvRows(self._plan, self._header)
        return TextReader(self._plan, rows, use_fast=self._use_fast).read(stream, *first), rows.place_of

    def _batch(self, windows: list[Window], faults: list[Rejected], blank: int) -> ReadBatch:
        return batch_of(windows, "float64", self._rule.scale, faults, len(windows) + len(faults) + blank, blank)

    def _take(self, rows: pa.RecordBatch, places: Places) -> Iterator[_Gathering]:
        """Fill windows with the rows of a batch, in the order of places; each one that is full is given out."""
        most = self._rule.most
        columns = by_code(rows["metric"])
        names, codes = columns.dictionary.to_pylist(), columns.indices.to_numpy()
        values = rows["value"].to_numpy()
        number = places // most
        for window in np.unique(number).tolist():
            if window * most >= self._open.start + most:
                self._open.end = self._open.start + most  # more rows follow: what lacks at its end is missing
                yield self._open
                self._open = _Gathering(start=window * most)
            is_in = number == window
            self._open.end = max(self._open.end, int(places[is_in].max()) + 1)
            for code, name in enumerate(names):
                at = np.flatnonzero(is_in & (codes == code))
                if len(at):
                    channel = self._channel(name)
                    self._fill(channel, places[at] - self._open.start, values[at])
                    channel.first = channel.first or _row(rows, int(at[0]), int(places[at[0]]))
                    channel.last = _row(rows, int(at[-1]), int(places[at[-1]]))

    def _channel(self, name: str) -> _Channel:
        return self._open.channels.setdefault(name, _Channel(np.empty(0)))

    def _fill(self, channel: _Channel, at: Places, values: NDArray[np.float64]) -> None:
        """Put samples at their places; memory grows with the window, by doubling, not with its longest."""
        needed = int(at.max()) + 1
        if needed > len(channel.samples):
            grown = np.full(min(max(needed, 2 * len(channel.samples), 4096), max(self._rule.most, needed)), np.nan)
            grown[: len(channel.samples)] = channel.samples
            channel.samples = grown
        channel.samples[at] = values
        channel.is_any = True

    def _close(self, full: _Gathering, windows: list[Window], faults: list[Rejected]) -> int:
        """The records of a window; how many of them are blank."""
        blank = 0
        for column in self._rule.columns:
            channel = full.channels.get(column)
            if channel is None or channel.first is None or channel.last is None:
                blank += 1
                continue
            fault = self._uneven(channel.first, channel.last)
            if fault:
                faults.append(Rejected(channel.first.line, None, Fault(reasons.UNEVEN_SAMPLES, fault, column), b""))
            else:
                windows.append(self._window(channel, channel.first, column, full))
        return blank

    def _window(self, channel: _Channel, first: _Row, column: str, full: _Gathering) -> Window:
        count = full.end - full.start
        samples = np.full(count, np.nan)
        samples[: min(count, len(channel.samples))] = channel.samples[:count]
        rate = self._rule.rate_hz
        if self._has_times:
            started = first.at_us - later_us(first.place - full.start, rate)
        else:
            started = first.at_us + later_us(full.start, rate)
        beside = first.beside | {"rate_hz": rate}
        return Window(started, samples.astype("<f8").tobytes(), count, first.line, column, beside)

    def _uneven(self, first: _Row, last: _Row) -> str:
        """Why the rows' own times do not fit the rate; empty where they do, to two samples and a hundredth."""
        if not self._has_times:
            return ""
        wanted, got = later_us(last.place - first.place, self._rule.rate_hz), last.at_us - first.at_us
        if abs(got - wanted) <= 2 * _SECOND_US / self._rule.rate_hz + wanted / 100:
            return ""
        return (
            f"{last.place - first.place + 1:,} samples took {got / _SECOND_US:g} s; at {self._rule.rate_hz:g} Hz it is "
            f"{wanted / _SECOND_US:g} s: correct rate_hz, or send what is missing"
        )


def _row(rows: pa.RecordBatch, number: int, place: int) -> _Row:
    row = rows.slice(number, 1)
    at = int(row["measured_at"].cast(pa.int64())[0].as_py())
    beside = {name: row[name][0].as_py() for name in _BESIDE if name in row.schema.names}
    return _Row(place, int(row["_line"][0].as_py()), at, beside)
