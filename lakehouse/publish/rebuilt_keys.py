"""Some machines, sensors or other keys of a small table, built in this process and replaced where they differ."""

from collections.abc import Sequence
from typing import Any

import pyarrow.dataset as ds

from lakehouse.arrow_reading import by_contract
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import Replaced, are_same, mark
from lakehouse.publish.gate import audit_rows
from lakehouse.publish.recipe import KeyedRecipe
from lakehouse.publish.stale import KeyedWork
from lakehouse.writing.rows import put_rows


def rebuild_keys(lake: Lake, recipe: KeyedRecipe, work: KeyedWork) -> Replaced:
    """Build the rows of those keys, and replace theirs where they differ; a key without rows any more has none.

    Raises: as `lakehouse.publish.rebuild.rebuild`.
    """
    where = None if work.keys is None else ds.field(recipe.by).isin(list(work.keys))
    tables = {
        source.name: by_contract(lake.arrow(source, list(columns), where), source).select(list(columns))
        for source, columns in recipe.columns.items()
    }
    rows = by_contract(recipe.build(tables), recipe.target)
    if are_same(rows, lake.arrow(recipe.target, where=where), recipe.target):
        mark(lake, recipe.target, work.metadata)
        return Replaced((), changed=False)
    name = "all" if work.keys is None else f"{len(work.keys)} of {recipe.by}"
    put_rows(lake, audit_rows(rows, recipe.target, lake, name), _condition(recipe.by, work.keys), work.metadata)
    return Replaced((), changed=True)


def _condition(by: str, keys: Sequence[Any] | None) -> str:
    """Rows of those keys, as SQL."""
    if keys is None:
        return "true"
    return f"{by} IN ({', '.join(map(_literal, keys))})"


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
