"""Derived tables rebuilt from their recipes: in the order of their sources, and replaced where they differ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from graphlib import TopologicalSorter
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from lakehouse.arrow_reading import by_contract
from lakehouse.changes import versions_of
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.engine.tasks import Engine, spread
from lakehouse.files.row_groups import Piece, pieces, read_piece, runs
from lakehouse.files.staging import staging_folder
from lakehouse.files.table_files import TableFiles, Written, nothing_of
from lakehouse.files.task_files import PartFiles
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import (
    Replaced,
    mark,
    name_of,
    replace_by_changed,
    replace_changed_table,
)
from lakehouse.publish.gate import audit_written
from lakehouse.publish.recipe import AnyRecipe, Inputs, Recipe, WholeRecipe
from lakehouse.publish.stale import Work, whole_is_behind, work_of
from lakehouse.storage.protocol import Storage


@dataclass(frozen=True, slots=True)
class _Given:
    """What every task of a rebuild is given beside its row groups."""

    tables: "Mapping[str, pa.Table]"
    metadata: CommitMetadata
    folder: Storage


def in_order(recipes: Sequence[AnyRecipe]) -> list[AnyRecipe]:
    """The recipes as given, but each after those of its sources.

    Raises:
        CycleError: Tables follow from each other.
    """
    by_target = {recipe.target.name: recipe for recipe in recipes}
    given = list(by_target)
    names = {name: [source.name for source in one.sources if source.name in given] for name, one in by_target.items()}
    sorter = TopologicalSorter(names)
    sorter.prepare()
    ready, order = list[str](), list[str]()
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=given.index)
        order.append(ready.pop(0))
        sorter.done(order[-1])
    return [by_target[name] for name in order]


def rebuild(
    engine: Engine, lake: Lake, recipe: AnyRecipe, begins: Callable[[], None] = lambda: None
) -> Replaced | None:
    """Rebuild what may differ of a table and replace, in one commit, what does; None where it is not behind.

    The commit records the sources' versions, also where no row changed. Killed before it, the next run finds the table
    behind as before and does the same again.

    Args:
        engine: Gives a session, where there is much to do.
        lake: The lake.
        recipe: How the table follows from others.
        begins: Called before the work of a table that is behind.

    Raises:
        GateRefused: The new content breaks the table's contract; nothing was replaced.
    """
    if isinstance(recipe, Recipe):
        work = work_of(lake, recipe)
        if work is None:
            return None
        begins()
        return _rebuild_dates(engine, lake, recipe, work)
    if not whole_is_behind(lake, recipe):
        return None
    begins()
    return _rebuild_whole(lake, recipe)


def _rebuild_whole(lake: Lake, recipe: WholeRecipe) -> Replaced:
    metadata = replace(recipe.values, built_from=versions_of(lake, *recipe.sources))
    rows = recipe.build({source.name: by_contract(lake.arrow(source), source) for source in recipe.sources})
    return replace_changed_table(lake, recipe.target, rows, metadata, time=recipe.time)


def _rebuild_dates(engine: Engine, lake: Lake, recipe: Recipe, work: Work) -> Replaced:
    if not work.dates:
        mark(lake, recipe.target, work.metadata)
        return Replaced((), changed=False)
    tables = {other.table.name: lake.arrow(other.table) for other in recipe.others}
    with staging_folder(lake.storage) as folder:
        days, given = _sources(lake, recipe, work.dates), _Given(tables, work.metadata, folder)
        answers = spread(
            engine, runs(days, lambda day: sum(piece.rows for piece in day[1]) // len(recipe.source.needed(day[0]))),
            lambda share: asdict(_write(share, recipe, given)),
        )  # fmt: skip
        written = Written.of([nothing_of(recipe.target), *(Written(**answer) for answer in answers)])
        batch = audit_written(written, recipe.target, lake, folder, name_of(work.dates))
        return replace_by_changed(lake, batch, work.dates, work.metadata)


def _sources(lake: Lake, recipe: Recipe, dates: Sequence[date]) -> list[tuple[date, list[Piece]]]:
    """For each date the pieces that may hold rows of it."""
    source, column = recipe.source, recipe.source.table.partition_by[0]
    wanted = {day for target in dates for day in source.needed(target)}
    found: dict[Any, list[Piece]] = {}
    for piece in pieces(lake, source.table, ds.field(column).isin(sorted(wanted))):
        found.setdefault(piece.partition[column], []).append(piece)
    near = [(target, [piece for day in source.needed(target) for piece in found.get(day, ())]) for target in dates]
    return [(target, of_it) for target, of_it in near if of_it]


def _write(share: Sequence[tuple[date, list[Piece]]], recipe: Recipe, given: _Given) -> Written:
    """Some dates; runs within a task of the engine. A piece that several of them look at is read once."""
    looked_at = {(piece.key, piece.row_group): piece for _, of_it in share for piece in of_it}
    with PartFiles(given.folder) as out:
        table = TableFiles(recipe.target, out)
        rows = pa.concat_tables(
            [read_piece(piece, recipe.source.table, recipe.columns) for piece in looked_at.values()]
        )
        table.write(recipe.build(Inputs(rows, given.tables, [day for day, _ in share], given.metadata)))
    return table.written()
