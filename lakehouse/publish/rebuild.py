"""Dates of a table rebuilt from pieces of another by tasks, and replaced where they differ."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.tables.contract import Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.engine.tasks import Engine, spread
from lakehouse.files.row_groups import Piece, pieces, read_piece, runs
from lakehouse.files.staging import staging_folder
from lakehouse.files.table_files import TableFiles, Written, nothing_of
from lakehouse.files.task_files import PartFiles
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import Replaced, mark, name_of, replace_by_changed
from lakehouse.publish.gate import audit_written

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the dates of a table follow from another: which of its columns are read, and what becomes of a date's rows.

    Attributes:
        target: What is rebuilt; partitioned by one date.
        source: What it is built from; partitioned by a date first.
        columns: The source's columns that `build` looks at.
        near: For a date of the target, the source's dates that may hold rows of it.
        build: Rows of these dates, and some of the target's dates, to rows of these: the contract's columns.
    """

    target: Table
    source: Table
    columns: Sequence[str]
    near: Callable[[date], Sequence[date]]
    build: "Callable[[pa.Table, Sequence[date]], pa.Table]"


def rebuild_dates(
    engine: Engine, lake: Lake, recipe: Recipe, dates: Sequence[date], metadata: CommitMetadata
) -> Replaced:
    """Rebuild those dates and replace, in one commit, those whose content differs from what stands.

    Args:
        engine: Gives a session, where there is much to do.
        lake: The lake.
        recipe: What is built from what.
        dates: Candidate dates of the target.
        metadata: Of the commit; the outcome of the audit joins it.

    Raises:
        GateRefused: The new content breaks the table's contract; nothing was replaced.
    """
    if not dates:
        mark(lake, recipe.target, metadata)
        return Replaced((), changed=False)
    with staging_folder(lake.root) as folder:
        days = _sources(lake, recipe, dates)
        answers = spread(
            engine, runs(days, lambda day: sum(piece.rows for piece in day[1]) // len(recipe.near(day[0]))),
            lambda share: asdict(_write(share, recipe, folder)),
        )  # fmt: skip
        written = Written.of([nothing_of(recipe.target), *(Written(**answer) for answer in answers)])
        batch = audit_written(written, recipe.target, lake, folder, name_of(dates))
        return replace_by_changed(lake, batch, dates, metadata)


def _sources(lake: Lake, recipe: Recipe, dates: Sequence[date]) -> list[tuple[date, list[Piece]]]:
    """For each date the pieces that may hold rows of it."""
    import pyarrow.dataset as ds

    column = recipe.source.partition_by[0]
    wanted = {day for target in dates for day in recipe.near(target)}
    found: dict[Any, list[Piece]] = {}
    for piece in pieces(lake, recipe.source, ds.field(column).isin(sorted(wanted))):
        found.setdefault(piece.partition[column], []).append(piece)
    near = [(target, [piece for day in recipe.near(target) for piece in found.get(day, ())]) for target in dates]
    return [(target, of_it) for target, of_it in near if of_it]


def _write(share: Sequence[tuple[date, list[Piece]]], recipe: Recipe, folder: Path) -> Written:
    """Some dates; runs within a task of the engine. A piece that several of them look at is read once."""
    import pyarrow as pa

    looked_at = {(piece.path, piece.row_group): piece for _, of_it in share for piece in of_it}
    with PartFiles(folder) as out:
        table = TableFiles(recipe.target, out)
        rows = [read_piece(piece, recipe.source, recipe.columns) for piece in looked_at.values()]
        table.write(recipe.build(pa.concat_tables(rows), [day for day, _ in share]))
    return table.written()
