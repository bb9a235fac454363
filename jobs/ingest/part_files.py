"""The Parquet files that one task writes: one for each part that it has rows of."""

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    import pyarrow as pa

_ROW_GROUP_BYTES = 32 << 20


class PartFiles:
    """Gathers batches by part and writes them to files of that attempt's own names: a repeated task hinders nobody."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._attempt = folder, uuid4().hex
        self._files: dict[str, _PartFile] = {}

    def __enter__(self) -> "PartFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    @property
    def names(self) -> dict[str, str]:
        """For each part with rows the name of its file; whole once the context has ended."""
        return {part: file.path.name for part, file in self._files.items()}

    def write(self, part: str, batch: "pa.RecordBatch") -> None:
        """Add rows to a part."""
        if not batch.num_rows:
            return
        if part not in self._files:
            self._files[part] = _PartFile(self._folder / f"{part}-{self._attempt}.parquet", batch.schema)
        self._files[part].write(batch)


class _PartFile:
    """One file; batches are joined to row groups that are worth a dictionary."""

    def __init__(self, path: Path, schema: "pa.Schema") -> None:
        import pyarrow.parquet as pq

        self.path = path
        self._writer = pq.ParquetWriter(
            path, schema, compression="zstd", compression_level=1, write_statistics=_pruning(schema), store_schema=False
        )
        self._waiting: list[pa.RecordBatch] = []
        self._bytes = 0

    def write(self, batch: "pa.RecordBatch") -> None:
        self._waiting.append(batch)
        self._bytes += batch.nbytes
        if self._bytes >= _ROW_GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        try:
            self._flush()
        finally:
            self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting))
        self._waiting, self._bytes = [], 0


def _pruning(schema: "pa.Schema") -> list[str]:
    """Columns that may spare a reader the file, batches and times: statistics of texts cost more than they save."""
    import pyarrow as pa

    return [field.name for field in schema if pa.types.is_int64(field.type) or pa.types.is_timestamp(field.type)]
