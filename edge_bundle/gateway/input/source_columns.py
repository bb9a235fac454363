"""The columns of a source: which are read, and which of them hold values."""

from __future__ import annotations

from domain.record.quality import quality_columns

from edge_bundle.format.pipeline import Source


def value_columns(source: Source) -> tuple[str, ...]:
    """Columns that hold values, in their order."""
    wide = tuple(cell.column for cell in source.metrics) + tuple(source.machines)
    if wide or source.feed != "readings":
        return wide
    return (source.columns.get("value", "value"),)


def read_columns(source: Source) -> tuple[str, ...]:
    """Every column that is read."""
    cells = value_columns(source)
    rule = source.time
    time = (rule.column, *rule.joined, rule.plus_column) if rule else ()
    named = (*source.columns.values(), *source.attributes.values())
    only = source.only_where.column if source.only_where is not None else ""
    found = (*time, *named, *cells, *quality_columns(source.quality, cells), only)
    return tuple(dict.fromkeys(filter(None, found)))
