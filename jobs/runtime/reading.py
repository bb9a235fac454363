"""Parsing the admitted files, spread over the engine's tasks: paths in, staged batches out."""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from expectations.mapping import Mapping

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

_ROWS_PER_BATCH = 65_536


@dataclass(frozen=True, slots=True)
class ReadTask:
    """One file to read: where it lies, how, from which byte and line on, and what its rows carry.

    Bytes beyond `size` came after the file was admitted: they are the next batch's.
    """

    path: str
    size: int
    mapping: str
    file_id: str
    first_byte: int
    first_line: int
    batch_id: int
    ingested_us: int


def staged_frame(
    spark: "SparkSession", tasks: Sequence[ReadTask], mappings: Sequence[Mapping], slots: int
) -> "DataFrame":
    """The staged batch of the files, parsed lazily on the engine. Files are dealt out so that tasks weigh the same."""
    from bronze.staged import spark_ddl

    groups = [(json.dumps([_document(task) for task in group]),) for group in _deal(tasks, slots)]
    frame = spark.createDataFrame(groups, "tasks string").repartition(len(groups), "tasks")
    return frame.mapInArrow(_parser({mapping.name: mapping for mapping in mappings}), spark_ddl())


def _deal(tasks: Sequence[ReadTask], slots: int) -> list[list[ReadTask]]:
    """Groups of about equal bytes: the largest file first, each to the lightest group."""
    count = max(1, min(len(tasks), slots))
    groups: list[list[ReadTask]] = [[] for _ in range(count)]
    loads = [0] * count
    for task in sorted(tasks, key=lambda task: (-task.size, task.path)):
        lightest = loads.index(min(loads))
        groups[lightest].append(task)
        loads[lightest] += task.size + 65_536
    return groups


def _document(task: ReadTask) -> dict[str, Any]:
    return {name: getattr(task, name) for name in ReadTask.__slots__}


def _parser(mappings: dict[str, Mapping]) -> Callable[[Iterator["pa.RecordBatch"]], Iterator["pa.RecordBatch"]]:
    def parse(batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
        for batch in batches:
            for text in batch.column(0).to_pylist():
                for document in json.loads(text):
                    task = ReadTask(**document)
                    yield from _read(task, mappings[task.mapping])

    return parse


def _read(task: ReadTask, mapping: Mapping) -> Iterator["pa.RecordBatch"]:
    """Every part of one file: its rows, its rejected records, its counts."""
    import pyarrow as pa

    from bronze.readers import read_records
    from bronze.staged import COUNTS, REJECTED_PART, widen

    feed = mapping.feed.name
    own = {"_file_id": task.file_id, "_batch_id": task.batch_id, "_ingested_at": task.ingested_us}
    records = blank = 0
    with io.BufferedReader(_Portion(Path(task.path), task.size)) as stream:
        header = _header(stream, mapping) if task.first_byte else None
        stream.seek(task.first_byte)
        for read in read_records(
            stream, mapping, first_line=task.first_line, first_byte=task.first_byte, header=header
        ):
            records += read.records
            blank += read.blank
            yield from chain(
                _sliced(read.rows, {**own, "_part": feed}),
                _sliced(read.rejected, {**own, "_part": REJECTED_PART, "feed": feed}),
            )
    counts = pa.RecordBatch.from_pydict({"records": [records], "blank": [blank]})
    yield widen(counts, {**own, "_part": COUNTS, "feed": feed})


class _Portion(io.RawIOBase):
    """The first `size` bytes of a file, as if it ended there."""

    def __init__(self, path: Path, size: int) -> None:
        self._file, self._size = path.open("rb", buffering=0), size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            return self._file.seek(self._size + offset)
        return self._file.seek(offset, whence)

    def readinto(self, buffer: Any) -> int | None:
        left = max(0, self._size - self._file.tell())
        return self._file.readinto(memoryview(buffer)[:left])

    def close(self) -> None:
        self._file.close()
        super().close()


def _header(stream: BinaryIO, mapping: Mapping) -> bytes | None:
    return stream.readline() if mapping.format == "csv" else None


def _sliced(batch: "pa.RecordBatch", constants: dict[str, object]) -> Iterator["pa.RecordBatch"]:
    from bronze.staged import widen

    for start in range(0, batch.num_rows, _ROWS_PER_BATCH):
        yield widen(batch.slice(start, _ROWS_PER_BATCH), constants)
