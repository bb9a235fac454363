"""Rows that a table has not are appended once; what it has is never changed."""

import hashlib
import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from lakehouse.arrow_reading import by_contract
from lakehouse.commit_json import to_text
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import Replaced, mark
from lakehouse.publish.gate import audit_rows
from lakehouse.publish.recipe import AppendRecipe, Inputs
from lakehouse.publish.stale import Work
from lakehouse.transaction import Transaction
from lakehouse.writing.rows import put_rows


def append_missing(lake: Lake, recipe: AppendRecipe, work: Work) -> Replaced:
    """Build, and append the rows that are missing. Raises: as `lakehouse.publish.rebuild.rebuild`."""
    return append(lake, recipe, missing_rows(lake, recipe, work), work.metadata)


def missing_rows(lake: Lake, recipe: AppendRecipe, work: Work) -> "pa.Table":
    """The rows that the sources give and whose key no row of the table has, by key."""
    tables = {other.table.name: lake.arrow(other.table) for other in recipe.others}
    target, column = recipe.target, recipe.target.partition_by[0]
    built = recipe.build(Inputs(_rows(lake, recipe, work), tables, work.dates, work.metadata))
    if not built.num_rows:
        return built
    days = pc.unique(built.column(column)).to_pylist()
    known = lake.arrow(target, [*target.key], ds.field(column).isin(days))
    fresh = built.take(_without(built, by_contract(known, target), list(target.key)))
    return fresh.sort_by([(name, "ascending") for name in target.key])


def _without(rows: "pa.Table", known: "pa.Table", key: list[str]) -> "pa.Array":
    """Places of the rows whose key is not known."""
    numbered = rows.select(key).append_column("_place", pa.array(np.arange(rows.num_rows)))
    return numbered.join(known.select(key), key, join_type="left anti", use_threads=False).column("_place")


def append(lake: Lake, recipe: AppendRecipe, rows: "pa.Table", metadata: CommitMetadata) -> Replaced:
    """Append rows once; without any, record what the table follows from."""
    if not rows.num_rows:
        mark(lake, recipe.target, metadata)
        return Replaced((), changed=False)
    once = Transaction(f"{recipe.target.name}/{_digest(rows, recipe.target.key, metadata)}")
    put_rows(lake, audit_rows(rows, recipe.target, lake, f"{rows.num_rows} rows"), None, metadata, once)
    return Replaced((), changed=True)


def _rows(lake: Lake, recipe: AppendRecipe, work: Work) -> "pa.Table":
    """The first source on the dates that are needed; no rows where there is none."""
    source = recipe.source
    if source is None:
        return pa.table({})
    wanted = {day for days in source.needed(lake, work.dates).values() for day in days}
    return lake.arrow(source.table, where=ds.field(source.table.partition_by[0]).isin(sorted(wanted)))


def _digest(rows: "pa.Table", key: tuple[str, ...], metadata: CommitMetadata) -> str:
    keys = [[str(row[name]) for name in key] for row in rows.select(list(key)).to_pylist()]
    return hashlib.sha256(json.dumps([keys, to_text(metadata)]).encode()).hexdigest()[:16]
