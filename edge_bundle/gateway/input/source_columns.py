"""The columns of a source: which are read, and which of them hold values."""

from __future__ import annotations

from domain.record.quality import quality_columns
from domain.record.unit_key import unit_key

from edge_bundle.format.pipeline import Pipeline, Source


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


def other_units(pipeline: Pipeline, source: Source) -> dict[str, frozenset[str]]:
    """Column -> spellings of units that it is not in: a row of units below a header must not have one.

    As `expectations.mapping.other_units`: a column with a scale of its own may be in any unit, and so may all where a
    correction changes a unit.
    """
    if not source.csv.skip_after_header or any(rule.unit for rule in source.corrections):
        return {}
    found: dict[str, frozenset[str]] = {}
    for cell in source.metrics:
        rule = pipeline.metrics.get(cell.metric)
        own = None if rule is None else rule.units.get(unit_key(cell.unit))
        if rule is None or own is None or (cell.divisor, cell.factor, cell.offset) != (1.0, 1.0, 0.0) or cell.states:
            continue
        found[cell.column] = frozenset(text for text, conversion in rule.units.items() if conversion != own)
    return found
