"""Some dates of a table built from the row groups that they need, on the engine's tasks where these are many."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import pyarrow as pa
import pyarrow.dataset as ds

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from lakehouse.arrow_reading import by_contract
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.engine.tasks import Engine, run_tasks
from lakehouse.files.row_groups import RowGroup, read_row_group, runs
from lakehouse.files.staging import staging_folder
from lakehouse.files.table_files import TableFiles, Written, nothing_of
from lakehouse.files.task_files import TaskFiles
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import Replaced, mark, name_of, replace_by_changed
from lakehouse.publish.gate import audit_written
from lakehouse.publish.reaches import DatedReach
from lakehouse.publish.recipe import Beside, Inputs, Recipe
from lakehouse.publish.stale import Work
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage


@dataclass(frozen=True, slots=True)
class _Day:
    """A date to be built: for each source by date the row groups that may hold rows of it, and its weight in rows."""

    day: date
    row_groups: tuple[tuple[RowGroup, ...], ...]
    weight: int


@dataclass(frozen=True, slots=True)
class _Given:
    """What every task of a rebuild is given beside its row groups."""

    tables: "Mapping[str, pa.Table]"
    metadata: CommitMetadata
    folder: Storage


def rebuild_dates(engine: Engine, lake: Lake, recipe: Recipe, work: Work) -> Replaced:
    """Build those dates, and replace those that differ. Raises: as `lakehouse.publish.rebuild.rebuild`."""
    if not work.dates:
        mark(lake, recipe.target, work.metadata)
        return Replaced((), changed=False)
    tables = _small(lake, recipe)
    with staging_folder(lake.storage) as folder:
        days, given = _days(lake, recipe, work.dates), _Given(tables, work.metadata, folder)
        answers = run_tasks(
            engine, runs(days, lambda day: day.weight), lambda run: asdict(_write(run, recipe, given))
        )  # fmt: skip
        written = Written.of([nothing_of(recipe.target), *(Written(**answer) for answer in answers)])
        batch = audit_written(written, recipe.target, lake, folder, name_of(work.dates))
        return replace_by_changed(lake, batch, work.dates, work.metadata)


def _small(lake: Lake, recipe: Recipe) -> dict[str, "pa.Table"]:
    """The sources that are read whole."""
    tables = {}
    for table in (other.table for other in recipe.others):
        names = recipe.small_columns.get(table.name)
        rows = lake.arrow(table, None if names is None else list(names))
        tables[table.name] = rows if names is None else by_contract(rows, table).select(list(names))
    return tables


def _days(lake: Lake, recipe: Recipe, dates: Sequence[date]) -> list[_Day]:
    """The dates for which there may be rows."""
    of_sources = [_row_groups(lake, source.reach, dates) for source in recipe.by_date]
    found = []
    for day in dates:
        near = [needed[day] for needed in of_sources]
        found.append(_Day(day, tuple(tuple(groups) for groups, _ in near), sum(rows for _, rows in near)))
    return [day for day in found if any(day.row_groups)]


def _row_groups(lake: Lake, reach: DatedReach, dates: Sequence[date]) -> dict[date, tuple[list[RowGroup], int]]:
    """For each date the row groups of a source, and about how many rows of them are of one date."""
    needed = reach.needed(lake, dates)
    found, rows = defaultdict[date, list[RowGroup]](list), Counter[date]()
    for day, row_group, count in reach.row_groups(lake, {day for days in needed.values() for day in days}):
        found[day].append(row_group)
        rows[day] += count
    return {
        target: (
            [one for day in days for one in found[day]],
            sum(rows[day] for day in days) // max(1, len(days)),
        )
        for target, days in needed.items()
    }


def _place(group: RowGroup) -> tuple[Key, int]:
    return group.key, group.number


def built_dates(
    lake: Lake, recipe: Recipe, dates: Sequence[date], metadata: CommitMetadata
) -> Iterator[tuple[date, "pa.Table"]]:
    """Each of the dates as the sources give it, in this process, as much at a time as one task builds.

    Args:
        lake: The sources.
        recipe: How the dates follow from them.
        dates: Which; those for which the sources have nothing are left out.
        metadata: The values that the rows follow from.
    """
    tables = _small(lake, recipe)
    column = ds.field(recipe.target.partition_by[0])
    for run in runs(_days(lake, recipe, dates), lambda day: day.weight):
        rows = by_contract(_built(run, recipe, tables, metadata), recipe.target)
        yield from ((day.day, rows.filter(column == day.day)) for day in run)


def _write(run: Sequence[_Day], recipe: Recipe, given: _Given) -> Written:
    """Some dates; runs within a task of the engine."""
    with TaskFiles(given.folder) as out:
        table = TableFiles(recipe.target, out)
        table.write(_built(run, recipe, given.tables, given.metadata))
    return table.written()


def _built(
    run: Sequence[_Day], recipe: Recipe, small: "Mapping[str, pa.Table]", metadata: CommitMetadata
) -> "pa.Table":
    """Some dates. A row group that several of them look at is read once."""
    rows, *beside = (
        _read(source, [group for day in run for group in day.row_groups[place]], [day.day for day in run])
        for place, source in enumerate(recipe.by_date)
    )
    names = [source.reach.table.name for source in recipe.beside]
    tables = {**small, **dict(zip(names, beside, strict=True))}
    return recipe.build(Inputs(rows, tables, [day.day for day in run], metadata))


def _read(source: Beside, groups: Sequence[RowGroup], days: Sequence[date]) -> "pa.Table":
    reach, columns = source.reach, source.columns
    different = {_place(group): group for group in groups}
    found = [reach.of_dates(read_row_group(group, reach.table, columns), days) for group in different.values()]
    return pa.concat_tables(found) if found else _nothing(reach.table, columns)


def _nothing(table: Table, columns: Sequence[str]) -> "pa.Table":
    schema = arrow_schema(table)
    return pa.schema([schema.field(name) for name in columns]).empty_table()
