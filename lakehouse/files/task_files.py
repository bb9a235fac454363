"""The Parquet files that one task writes: one for each name that it has rows of."""

from collections.abc import Callable
from functools import lru_cache, partial
from types import TracebackType
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

_ROW_GROUP_BYTES = 32 << 20
_ALL_FILES_BYTES = 4 * _ROW_GROUP_BYTES
_COUNTING = ("_line", "sequence")
_FEW_ROWS = 1_000  # a dictionary and a zstd frame of each column cost more than they save, measured on 24 rows of 430


class TaskFiles:
    """Gathers rows by name and writes them to files of that attempt's own names: a repeated task hinders nobody."""

    def __init__(self, folder: Storage, seen: "Callable[[str, pa.Table], None] | None" = None) -> None:
        """Below a folder; `seen` gets all rows of each name, many at a time, as they are written."""
        self._folder, self._attempt, self._seen = folder, uuid4().hex, seen
        self._files: dict[str, _TaskFile] = {}
        self._waiting_bytes = 0

    def __enter__(self) -> "TaskFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    @property
    def names(self) -> dict[str, str]:
        """For each name with rows the file below the folder; whole once the context has ended."""
        return {name: file.key for name, file in self._files.items()}

    def write(self, name: str, rows: "pa.RecordBatch | pa.Table") -> None:
        """Add rows to the file of a name, in subfolders where it has slashes."""
        if not rows.num_rows:
            return
        if name not in self._files:
            key = Key(f"{name}-{self._attempt}.parquet")
            seen = None if self._seen is None else partial(self._seen, name)
            self._files[name] = _TaskFile(self._folder, key, rows.schema, seen)
        self._waiting_bytes += self._files[name].write(rows)
        if self._waiting_bytes >= _ALL_FILES_BYTES:
            self._waiting_bytes += max(self._files.values(), key=lambda file: file.waiting_bytes).flush()


class _TaskFile:
    """One file; rows are joined to row groups that are worth a dictionary.

    It is opened with its first row group: a task may have rows of more dates than a process may have files open.
    """

    def __init__(
        self, folder: Storage, key: Key, schema: "pa.Schema", seen: "Callable[[pa.Table], None] | None"
    ) -> None:
        self.key, self.waiting_bytes, self._folder, self._schema, self._seen = key, 0, folder, schema, seen
        self._sink: pa.NativeFile | None = None
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []

    def write(self, rows: "pa.RecordBatch | pa.Table") -> int:
        """Add rows; how many bytes more wait then, below 0 where they were written."""
        self._waiting.append(rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows]))
        size: int = rows.nbytes
        self.waiting_bytes += size
        return size + (self.flush() if self.waiting_bytes >= _ROW_GROUP_BYTES else 0)

    def flush(self) -> int:
        """Write what waits; how many bytes more wait then, 0 or below it."""
        before = self.waiting_bytes
        if self._waiting:
            rows = pa.concat_tables(self._waiting).unify_dictionaries()
            if self._seen is not None:
                self._seen(rows)
            self._opened(rows.num_rows).write_table(rows)
        self._waiting, self.waiting_bytes = [], 0
        return -before

    def close(self) -> None:
        try:
            self.flush()
        finally:
            if self._writer is not None:
                self._writer.close()
            if self._sink is not None:
                self._sink.close()

    def _opened(self, rows: int) -> "pq.ParquetWriter":
        """The writer, made for a first row group of so many rows."""
        if self._writer is None:
            packing = _light(self._schema) if rows < _FEW_ROWS else _dense(self._schema)
            self._sink = self._folder.sink(self.key)
            self._writer = pq.ParquetWriter(self._sink, self._schema, store_schema=False, **packing)
        return self._writer


@lru_cache(maxsize=16)
def _light(schema: "pa.Schema") -> dict[str, Any]:
    """For few rows: numbers plain, texts by code; statistics of texts too, which need not be read from values then."""
    texts = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_dictionary(field.type)]
    return {"compression": "snappy", "use_dictionary": texts, "write_statistics": [*_pruning(schema), *texts]}


@lru_cache(maxsize=16)
def _dense(schema: "pa.Schema") -> dict[str, Any]:
    """Whole numbers that count up are stored by their differences, others as Parquet does: a third less bytes."""
    counting = [name for name in _COUNTING if name in schema.names]
    others = [name for name in schema.names if name not in counting]
    deltas = dict.fromkeys(counting, "DELTA_BINARY_PACKED")
    return {
        "compression": "zstd", "compression_level": 1, "use_dictionary": others, "column_encoding": deltas,
        "write_statistics": _pruning(schema),
    }  # fmt: skip


def _pruning(schema: "pa.Schema") -> list[str]:
    """Columns that may spare a reader the file, batches and times: statistics of texts cost more than they save."""
    return [field.name for field in schema if pa.types.is_int64(field.type) or pa.types.is_timestamp(field.type)]
