"""Parsing a batch by the engine's tasks: these write the files of each table, and answer with names and figures."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from expectations.audit.counting import count
from expectations.mapping.landed_path import at_path
from expectations.mapping.mapping import Mapping
from jobs.ingest.archives import Archives
from jobs.ingest.plan import Batch
from jobs.ingest.reading import ReadTask, read_file
from jobs.ingest.staging import Staged
from jobs.runtime.progress import show
from lakehouse.engine.tasks import Engine, deal, run_tasks
from lakehouse.files.task_files import TaskFiles
from lakehouse.storage.protocol import Storage

_OPENING_BYTES = 65_536  # what opening a file weighs beside its bytes
TASK_BYTES = 64 << 20  # what one task parses in half a second


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one task parsed: its files by table and the figures of their rows, counts by file id, and what is lost.

    `figures` are those of `audit.counting`; `lost` are ids of files that were not as admitted: their rows lie
    among the others', the answer is not to be used.
    """

    files: dict[str, str]
    figures: dict[str, dict[str, int]]
    counts: dict[str, dict[str, int]]
    lost: list[str]


def parse(  # noqa: PLR0913  the last two say how the work is dealt out
    engine: Engine, batch: Batch, landing: Storage, mappings: Sequence[Mapping], folder: Storage, slots: int, *,
    task_bytes: int = TASK_BYTES,
) -> Staged:  # fmt: skip
    """Parse the files of a batch into a folder.

    A file whose mapping is gone is left out. A task with a file that is gone or changed is read again without it; a
    copy replaces it where there is one.

    Args:
        engine: Gives a session; asked where the batch is more than one task's.
        batch: What to parse.
        landing: Folder of the files.
        mappings: Every mapping of the plant.
        folder: Where the files go.
        slots: Most tasks that run at once.
        task_bytes: A batch of up to so many bytes is one task's.
    """
    staged = Staged({}, {}, {}, [])
    vanished = batch.without_mapping(mappings)
    while tasks := [t for t in batch.without(vanished).read_tasks(landing) if t.file_id not in staged.counts]:
        show(f"batch {batch.number}: reading {len(tasks):,} files")
        for parsed in _parsed(engine, _dealt(tasks, slots, task_bytes), mappings, folder):
            if parsed.lost:
                vanished |= batch.without(vanished).paths_of(parsed.lost)
            else:
                staged = staged.with_parsed(parsed.files, parsed.figures, parsed.counts)
    return replace(staged, vanished=sorted(vanished))


def _dealt(tasks: Sequence[ReadTask], slots: int, task_bytes: int) -> list[list[ReadTask]]:
    """One group where the bytes are few, else as many as there are slots: three would keep one of two cores idle."""
    is_little = sum(map(_weight, tasks)) <= task_bytes
    return deal(tasks, 1 if is_little else slots, _weight)


def _parsed(engine: Engine, groups: list[list[ReadTask]], mappings: Sequence[Mapping], folder: Storage) -> list[Parsed]:
    named = {mapping.name: mapping for mapping in mappings}
    return [
        Parsed(**parsed) for parsed in run_tasks(engine, groups, lambda group: asdict(read_group(group, named, folder)))
    ]


def read_group(tasks: Sequence[ReadTask], mappings: dict[str, Mapping], folder: Storage) -> Parsed:
    """Read a group of files and write their rows; runs within a task of the engine."""
    from bronze.staged import staged_table

    counts, lost, figures = {}, [], defaultdict[str, Counter[str]](Counter)
    written = TaskFiles(folder, lambda name, rows: figures[name].update(count(rows, staged_table(name))))
    with written as files, Archives() as archives:
        for task in tasks:
            found = read_file(task, at_path(mappings[task.mapping], task.path), files.write, archives)
            if found is None:
                lost.append(task.file_id)
            else:
                counts[task.file_id] = found
    return Parsed(files.names, {name: dict(counted) for name, counted in figures.items()}, counts, lost)


def _weight(task: ReadTask) -> int:
    return task.size + _OPENING_BYTES
