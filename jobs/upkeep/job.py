"""Small files become few, files that no version needs any more go. Content never changes.

What a registered version was trained on stays readable at the table versions it was trained on: neither their files
nor their log are cleaned until the version is retired.
"""

from collections import Counter
from dataclasses import dataclass
from urllib.parse import unquote

from expectations.tables.contract import Table
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import each
from jobs.runtime.report import RunReport
from jobs.runtime.session import session_when_needed
from jobs.runtime.settings import Settings
from jobs.upkeep.held import Held, held_versions, readable
from lakehouse.delta_tables import open_table
from lakehouse.engine.tasks import Engine
from lakehouse.files.foreign_names import rename_foreign
from lakehouse.files.joining import join_files
from lakehouse.plant import Plant
from lakehouse.storage.key import Key

SMALL_BYTES = 64 * 1024 * 1024
"""Files below this are worth joining. Source: half of the engine's target file size."""
HERE_BYTES = 256 * 1024 * 1024
"""A table of small files up to this is compacted without the engine, which takes longer to start."""

KEEPS_LOG = "delta.enableExpiredLogCleanup"
COMPACT, CLEAN, KEEP_LOG = "OPTIMIZE", "VACUUM", "KEEP LOG"


@dataclass(frozen=True, slots=True)
class _Work:
    """What to do with which tables, and which of their versions are held."""

    todo: dict[str, list[Table]]
    held: Held


def maintain(settings: Settings, *, here_bytes: int = HERE_BYTES) -> RunReport:
    """Compact and clean what needs it; nothing to do writes nothing.

    Args:
        settings: Which lake, and the engine for what is large.
        here_bytes: A table with more bytes, or with a file that is not small, is compacted by the engine.

    Raises:
        EngineError: The engine is needed, and cannot be started or reached.
    """
    plant = open_plant(settings)
    held = held_versions(plant)
    work = _work(plant, held)
    if not any(work.values()):
        return RunReport("upkeep", changed=False, lines=("upkeep: nothing to compact, nothing to clean",))
    with session_when_needed(settings) as engine:
        return _do(engine, plant, _Work(work, held), here_bytes)


def _work(plant: Plant, held: Held) -> dict[str, list[Table]]:
    built = [table for table in plant.tables.values() if plant.lake.exists(table)]
    return {
        KEEP_LOG: [table for table in built if table.name in held and not _keeps_log(plant, table)],
        COMPACT: [table for table in built if _is_scattered(plant, table)],
        CLEAN: [table for table in built if _has_waste(plant, table, held.get(table.name, ()))],
    }


def _is_scattered(plant: Plant, table: Table) -> bool:
    """Whether a partition has several small files."""
    actions = plant.lake.live_files(table)
    keys = [f"partition.{name}" for name in table.partition_by]
    small = Counter(tuple(a[key] for key in keys) for a in actions if a["size_bytes"] < SMALL_BYTES)
    return any(count > 1 for count in small.values())


def _has_waste(plant: Plant, table: Table, held: tuple[int, ...]) -> bool:
    """Whether files lie there that no held version, and none within the table's retention, its property, needs.

    A full dry run names every file whose time is over, those that went long ago and those that no commit ever named.
    """
    folder = plant.lake.storage_of(table)
    named = open_table(folder).vacuum(dry_run=True, full=True, keep_versions=readable(plant, table, held))
    return any(folder.entry(Key(unquote(name))) is not None for name in named if name.endswith(".parquet"))


def _keeps_log(plant: Plant, table: Table) -> bool:
    """Whether Delta leaves the old entries of the table's log alone; by default it cleans them at checkpoints."""
    properties = open_table(plant.lake.storage_of(table)).metadata().configuration
    return bool(properties.get(KEEPS_LOG) == "false")


def _do(engine: Engine, plant: Plant, work: _Work, here_bytes: int) -> RunReport:
    lines, todo = [], [(name, table) for name, tables in work.todo.items() for table in tables]
    for name, table in each(todo, lambda one: f"{one[0]} {one[1].name}"):
        folder = plant.lake.storage_of(table)
        if name == CLEAN:
            versions = readable(plant, table, work.held.get(table.name, ()))
            open_table(folder).vacuum(dry_run=False, full=True, keep_versions=versions)
        elif name == KEEP_LOG:
            open_table(folder).alter.set_table_properties({KEEPS_LOG: "false"})
        elif _is_for_here(plant, table, here_bytes):
            join_files(folder, table, target_bytes=2 * SMALL_BYTES)
        else:
            engine().sql(f"OPTIMIZE delta.`{plant.lake.path(table)}`").collect()
            rename_foreign(folder, table)
        lines.append(f"upkeep: {name} {table.name}")
    data = {name: [table.name for table in tables] for name, tables in work.todo.items()}
    return RunReport("upkeep", changed=bool(lines), lines=tuple(lines) or ("upkeep: nothing to do",), data=data)


def _is_for_here(plant: Plant, table: Table, here_bytes: int) -> bool:
    """Whether this process compacts the table.

    delta-rs joins neighbours only: a large file between two small ones would keep them apart.
    """
    sizes: list[int] = [action["size_bytes"] for action in plant.lake.live_files(table)]
    return sum(sizes) <= here_bytes and max(sizes) < SMALL_BYTES
