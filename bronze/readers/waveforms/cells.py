"""Waveforms of Parquet whose cells hold windows: lists of numbers, or bytes of a declared form."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bronze.readers.batch import ReadBatch, Rejected
from bronze.readers.parquet_rows.reader import ParquetReader
from bronze.readers.plan import read_plan
from bronze.readers.waveforms.inner import beside_cells, rule_of
from bronze.readers.waveforms.windows import Window, batch_of, later_us
from domain.record import reasons
from domain.record.faults import Fault
from domain.vibration.plan import LEAST_RATE_HZ, MOST_RATE_HZ
from expectations.mapping.mapping import Mapping
from expectations.mapping.samples import ENCODINGS, LIST

_ROWS = 64  # a batch: of a megabyte where windows have 4,000 samples of 4 bytes
_NOTHING = batch_of([], LIST, 1.0, [], 0, 0)
_NATIVE = {"float": "float32", "double": "float64", "int16": "int16", "int32": "int32"}


@dataclass(frozen=True, slots=True)
class _Cells:
    """One column of samples of a batch: the bytes of each row (None: there are none), or why these are no samples."""

    encoding: str
    bytes_of: list[bytes | None]
    fault: str = ""


class CellReader:
    """Reads one Parquet file whose rows hold a window in each of the mapping's columns of samples.

    A cell that is null or empty is a blank record. A cell that holds no samples is one rejected record; a row whose
    time or machine cannot be read is one, whatever cells it has.
    """

    def __init__(self, mapping: Mapping, *, use_fast: bool) -> None:
        self._rule = rule_of(mapping)
        plan = read_plan(beside_cells(mapping))
        known = plan.known | self._rule.columns.keys()
        self._reader = ParquetReader(replace(plan, known=known), use_fast=use_fast)
        self._name = mapping.name

    def read(self, stream: BinaryIO) -> Iterator[ReadBatch]:
        """The batches of the file."""
        for batch in self._reader.read_with(stream, self._batches, _ROWS):
            is_ours = "samples" in batch.rows.schema.names  # else what the file's reader says of a file that is damaged
            yield batch if is_ours else _NOTHING.with_rejected(batch)

    def _batches(self, batch: pa.RecordBatch, first: int) -> Iterator[ReadBatch]:
        lacking = [column for column in self._rule.columns if batch.schema.names.count(column) != 1]
        if lacking:
            detail = (
                f"column {lacking[0]!r} of mapping {self._name} is not in the file once; send it, or correct [samples]"
            )
            fault = Fault(reasons.MISSING_COLUMN, detail, lacking[0])
            lines = range(first, first + batch.num_rows)
            entries = [Rejected(line, None, fault, b"") for line in lines]
            yield batch_of([], LIST, 1.0, entries, len(entries), 0)
            return
        others = batch.select([name for name in batch.schema.names if name not in self._rule.columns])
        found = self._reader.batch(others, first)
        beside = found.rows.to_pylist()
        for number, (column, sensor) in enumerate(self._rule.columns.items()):
            yield self._column(batch.column(column), column, sensor, beside, first)
            if number == 0:
                yield _NOTHING.with_rejected(found)

    def _column(
        self, cells: pa.Array, column: str, sensor: str, beside: list[dict[str, object]], first: int
    ) -> ReadBatch:
        rule = self._rule
        read = _cells(cells, rule.encoding)
        windows, rejected, blank = list[Window](), list[Rejected](), 0
        for row in beside:
            line = int(str(row["_line"]))
            content = read.bytes_of[line - first]
            if content is None or not content:
                blank += 1
                continue
            fault = read.fault or _length_fault(content, read.encoding) or _rate_fault(row, rule.rate_hz)
            if fault:
                rejected.append(Rejected(line, None, Fault(reasons.BAD_SAMPLES, fault, column), content[:64]))
                continue
            given = row | {"rate_hz": rule.rate_hz or row.get("rate_hz")} | ({"sensor_id": sensor} if sensor else {})
            windows += _cut(content, read.encoding, rule.most, Window(_us(row), b"", 0, line, column, given))
        return batch_of(windows, read.encoding, rule.scale, rejected, len(windows) + len(rejected) + blank, blank)


def _us(row: dict[str, object]) -> int:
    at = np.datetime64(str(row["started_at"]).partition("+")[0], "us")
    return int(at.astype(np.int64))


def _cut(content: bytes, encoding: str, most: int, whole: Window) -> Iterator[Window]:
    """The windows of a cell, the last one as long as what is left."""
    size = ENCODINGS[encoding]
    count = len(content) // size
    rate = float(str(whole.beside["rate_hz"]))
    for number, start in enumerate(range(0, count, most)):
        part = content[start * size : (start + most) * size]
        place = whole.place if count <= most else f"{whole.place}/{number + 1}"
        started = whole.started_us + later_us(start, rate)
        yield replace(whole, started_us=started, samples=part, count=len(part) // size, place=place)


def _length_fault(content: bytes, encoding: str) -> str:
    size = ENCODINGS[encoding]
    if len(content) % size == 0:
        return ""
    return f"got {len(content):,} bytes; legal: a multiple of {size} for {encoding}; correct encoding, or the source"


def _rate_fault(row: dict[str, object], rate_hz: float) -> str:
    rate = rate_hz or row.get("rate_hz")
    if isinstance(rate, float) and LEAST_RATE_HZ <= rate <= MOST_RATE_HZ:
        return ""
    return f"rate_hz: got {rate}; legal: {LEAST_RATE_HZ:g} to {MOST_RATE_HZ:g} samples in a second"


def _cells(cells: pa.Array, encoding: str) -> _Cells:
    if encoding != LIST:
        return _of_bytes(cells, encoding)
    if not _is_list(cells.type):
        return _Cells("float64", [b"?"] * len(cells), f"got {cells.type}; legal: a list of numbers, or say encoding")
    form = _NATIVE.get(str(cells.type.value_type))
    is_number = pa.types.is_floating(cells.type.value_type) or pa.types.is_integer(cells.type.value_type)
    if not is_number:
        return _Cells("float64", [b"?"] * len(cells), f"got a list of {cells.type.value_type}; legal: of numbers")
    return _of_lists(cells, form or "float64")


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _of_lists(cells: pa.Array, form: str) -> _Cells:
    """Numbers as they are; whole numbers of other sizes, and lists with nulls (missing samples), as float64."""
    if pa.types.is_fixed_size_list(cells.type):
        cells = cells.cast(pa.list_(cells.type.value_type))
    values = cells.flatten()
    if values.null_count or form == "float64":
        form = "float64"
        values = values.cast(pa.float64(), safe=False)
    numbers: NDArray[np.generic] = values.to_numpy(zero_copy_only=False)
    numbers = numbers.astype(f"<{numbers.dtype.kind}{numbers.dtype.itemsize}", copy=False)
    lengths = cells.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    ends = np.cumsum(lengths)
    bounds = zip((ends - lengths).tolist(), ends.tolist(), cells.is_valid().to_pylist(), strict=True)
    return _Cells(form, [numbers[start:end].tobytes() if is_there else None for start, end, is_there in bounds])


def _of_bytes(cells: pa.Array, encoding: str) -> _Cells:
    kind = cells.type
    if not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)):
        return _Cells(encoding, [b"?"] * len(cells), f"got {kind}; legal: bytes, as encoding = {encoding!r} says")
    return _Cells(encoding, cells.to_pylist())
