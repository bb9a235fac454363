"""Parsing the admitted files, spread over the engine's tasks: paths in, staged batches out."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bronze.staged import COUNTS, REJECTED_PART, spark_ddl, widen
from expectations.mapping import Mapping

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

_ROWS_PER_BATCH = 65_536


@dataclass(frozen=True, slots=True)
class ReadTask:
    """One file to read: where it lies, how, from which byte and line on, and what its rows carry."""

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

    feed = mapping.feed.name
    own = {"_file_id": task.file_id, "_batch_id": task.batch_id, "_ingested_at": task.ingested_us}
    records = blank = 0
    with Path(task.path).open("rb") as stream:
        header = _header(stream, mapping) if task.first_byte else None
        stream.seek(task.first_byte)
        for read in read_records(
            stream, mapping, first_line=task.first_line, first_byte=task.first_byte, header=header
        ):
            records += read.records
            blank += read.blank
            parts = chain(
                _sliced(read.rows, {**own, "_part": feed}),
                _sliced(read.rejected, {**own, "_part": REJECTED_PART, "feed": feed}),
            )
            yield from parts
    counts = pa.RecordBatch.from_pydict({"records": [records], "blank": [blank]})
    yield widen(counts, {**own, "_part": COUNTS, "feed": feed})


def _header(stream: Any, mapping: Mapping) -> bytes | None:
    return stream.readline() if mapping.format == "csv" else None


def _sliced(batch: "pa.RecordBatch", constants: dict[str, object]) -> Iterator["pa.RecordBatch"]:
    for start in range(0, batch.num_rows, _ROWS_PER_BATCH):
        yield widen(batch.slice(start, _ROWS_PER_BATCH), constants)
