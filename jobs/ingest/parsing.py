"""Parsing a batch, spread over the engine's tasks: tasks write the parts' files, only what came of it comes back."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.mapping import Mapping
from jobs.ingest.part_files import PartFiles
from jobs.ingest.plan import Batch
from jobs.ingest.staging import Staged
from jobs.runtime.progress import show
from jobs.runtime.reading import ReadTask, read_file

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class Share:
    """What came of one task: its files by part, counts by file id, and ids of files that were not as admitted.

    Where a file was not as admitted its rows lie among the others': the share is not to be used.
    """

    files: dict[str, str]
    counts: dict[str, dict[str, int]]
    lost: list[str]


def parse(
    spark: "SparkSession", batch: Batch, landing: Path, mappings: Sequence[Mapping], folder: Path, slots: int
) -> Staged:
    """Parse the files of a batch into a folder.

    A share with a file that is gone or changed is read again without it; a copy stands in for it where there is one.
    """
    files: dict[str, list[str]] = {}
    counts: dict[str, dict[str, int]] = {}
    vanished: set[str] = set()
    while tasks := [t for t in batch.without(vanished).read_tasks(landing) if t.file_id not in counts]:
        show(f"batch {batch.number}: reading {len(tasks):,} files")
        for share in _shares(spark, deal(tasks, slots), mappings, folder):
            if share.lost:
                vanished |= batch.without(vanished).paths_of(share.lost)
                continue
            counts |= share.counts
            for part, name in share.files.items():
                files.setdefault(part, []).append(name)
    return Staged(files, counts, sorted(vanished))


def _shares(
    spark: "SparkSession", groups: list[list[ReadTask]], mappings: Sequence[Mapping], folder: Path
) -> list[Share]:
    """One task for each group. Numbers of a range are spread one by one; rows dealt by a hash would fall together."""
    numbers = spark.range(0, len(groups), 1, len(groups))
    rows = numbers.mapInArrow(_reader(groups, {mapping.name: mapping for mapping in mappings}, folder), "share string")
    return [Share(**json.loads(row["share"])) for row in rows.collect()]


def _reader(
    groups: list[list[ReadTask]], mappings: dict[str, Mapping], folder: Path
) -> Callable[[Iterator["pa.RecordBatch"]], Iterator["pa.RecordBatch"]]:
    def read(batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
        import pyarrow as pa

        for batch in batches:
            shares = [read_share(groups[number], mappings, folder) for number in batch.column(0).to_pylist()]
            yield pa.RecordBatch.from_pydict({"share": [json.dumps(asdict(share)) for share in shares]})

    return read


def read_share(tasks: Sequence[ReadTask], mappings: dict[str, Mapping], folder: Path) -> Share:
    """Read a group of files and write its parts; runs within a task of the engine."""
    counts, lost = {}, []
    with PartFiles(folder) as files:
        for task in tasks:
            found = read_file(task, mappings[task.mapping], files.write)
            if found is None:
                lost.append(task.file_id)
            else:
                counts[task.file_id] = found
    return Share(files.names, counts, lost)


def deal(tasks: Sequence[ReadTask], slots: int) -> list[list[ReadTask]]:
    """Groups of about equal bytes: the largest file first, each to the lightest group."""
    count = max(1, min(len(tasks), slots))
    groups: list[list[ReadTask]] = [[] for _ in range(count)]
    loads = [0] * count
    for task in sorted(tasks, key=lambda task: (-task.size, task.path)):
        lightest = loads.index(min(loads))
        groups[lightest].append(task)
        loads[lightest] += task.size + 65_536
    return groups
