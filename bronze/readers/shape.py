"""Source columns to the columns of a feed: constants, tables, templates, wide to long. Vectorised, for every format."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from string import Formatter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bronze.readers.batch import row_schema
from bronze.readers.coded_text import CODED, by_code, looked_up, plain, repeated, tidied
from bronze.readers.corrected import corrected
from bronze.readers.plan import Cell, ReadPlan
from domain.record.canonical import json_text
from domain.record.names import NAMES


@dataclass(frozen=True, slots=True)
class SourceRows:
    """Typed rows of a source, before the mapping: column -> array (text plain or by code, number, bool, UTC timestamp).

    Blank cells are null. `rescued` is null or the JSON of unknown fields; `line` the place of each row, and `place`
    where in its line it is, for lines that hold several. `is_other`: which rows are none of the mapping's records, so
    that nothing else of them counts; None: no row is.
    """

    columns: dict[str, pa.Array]
    rescued: pa.Array
    line: NDArray[np.int64]
    place: pa.Array | None = None
    is_other: NDArray[np.bool_] | None = None

    def only(self, mask: NDArray[np.bool_]) -> "SourceRows":
        """The rows where `mask` is true."""
        return self if mask.all() else self.taken(np.flatnonzero(mask))

    def taken(self, order: NDArray[np.int64]) -> "SourceRows":
        """The rows of those numbers, in that order."""
        return _take(self, pa.array(order))

    def moved(self, lines: int) -> "SourceRows":
        """The same rows, so many lines further down."""
        return replace(self, line=self.line + lines)


def shape(rows: SourceRows, plan: ReadPlan) -> pa.RecordBatch:
    """The rows of the feed, in the order of lines and cells; a cell without a value gives none."""
    rows = rows if rows.is_other is None else replace(rows.only(~rows.is_other), is_other=None)
    long = _long(rows, plan)
    ours = {**long.ours, **_named(long.rows, plan)}
    _add_looked_up(ours, plan)
    _add_templates(ours, plan.mapping.templates)
    if plan.mapping.corrections:
        ours |= corrected(ours, plan.mapping)
    if plan.mapping.attributes:
        ours["attributes"] = _attributes(long.rows, plan)
    if long.rows.place is not None:
        ours["_column"] = _placed(long.rows.place, ours.get("_column"))
    ours |= {"_rescued": long.rows.rescued, "_line": pa.array(long.rows.line)}
    size = len(long.rows.line)
    schema = row_schema(plan.mapping.feed)
    arrays = [_typed(ours[f.name], f.type) if f.name in ours else pa.nulls(size, f.type) for f in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def numbered(rows: SourceRows, plan: ReadPlan) -> dict[str, pa.Array]:
    """Number, time and gateway of source rows, of whatever cells: those of our columns that the mapping fills."""
    ours = _named(rows, plan)
    template = plan.mapping.templates.get("gateway_id")
    columns = [column for _, column, _, _ in Formatter().parse(template or "") if column]
    if template is not None and all(column in ours for column in columns):
        _add_templates(ours, {"gateway_id": template})
    return {name: ours[name] for name in ("gateway_id", "sequence", plan.mapping.feed.time) if name in ours}


def _placed(place: pa.Array, column: pa.Array | None) -> pa.Array:
    """Where in its line each row is: its place, and the cell where a place has several."""
    if column is None:
        return place
    if pa.types.is_dictionary(place.type) and pa.types.is_dictionary(column.type) and not column.null_count:
        places, cells = len(place.dictionary), len(column.dictionary)
        if places * cells <= 2 * len(place):  # most pairs are there: none has to be looked for
            of_places = place.dictionary.take(pa.array(np.repeat(np.arange(places), cells)))
            of_cells = column.dictionary.take(pa.array(np.tile(np.arange(cells), places)))
            pairs = pc.add(pc.multiply(place.indices, cells), column.indices.cast(pa.int32()))
            return pa.DictionaryArray.from_arrays(
                pairs.cast(pa.int32()), pc.binary_join_element_wise(of_places, of_cells, ".")
            )
    return pc.coalesce(pc.binary_join_element_wise(plain(place), plain(column), "."), plain(column))


def _typed(column: pa.Array, kind: pa.DataType) -> pa.Array:
    return by_code(column) if kind == CODED else column.cast(kind)


@dataclass(frozen=True, slots=True)
class _Long:
    """One row per reading: source rows repeated, and what the cells say, by our column."""

    rows: SourceRows
    ours: dict[str, pa.Array]


def _long(rows: SourceRows, plan: ReadPlan) -> _Long:
    if plan.is_wide:
        return _unpivoted(rows, plan)
    if not plan.cells:
        return _Long(rows, {})
    mask = rows.columns[plan.cells[0].column].is_valid()
    return _Long(rows if pc.all(mask).as_py() else _take(rows, pc.indices_nonzero(mask)), {})


def _unpivoted(rows: SourceRows, plan: ReadPlan) -> _Long:
    """Wide to long, by line and then by cell: value k of row i is at i * cells + k of the full grid."""
    count, width = len(rows.line), len(plan.cells)
    values = pa.concat_arrays([_scaled(rows.columns[cell.column], cell) for cell in plan.cells])
    grid = np.arange(count * width).reshape(width, count).T.ravel()
    grid = grid[values.is_valid().to_numpy(zero_copy_only=False)[grid]]
    row, cell = pa.array(grid % max(count, 1)), pa.array(grid // max(count, 1))
    texts_of: dict[str, list[str | None]] = {
        "_column": [c.column for c in plan.cells],
        "metric": [c.metric for c in plan.cells],
        "unit": [c.unit for c in plan.cells],
        "machine_id": [c.machine for c in plan.cells],
        "sensor_id": [c.sensor for c in plan.cells],
    }
    ours = {name: by_code(pa.array(texts, pa.string())).take(cell) for name, texts in texts_of.items() if any(texts)}
    others = {name: array for name, array in rows.columns.items() if name not in plan.cell_columns}
    repeated = _take(SourceRows(others, rows.rescued, rows.line, rows.place), row)
    return _Long(repeated, ours | {"value": values.take(pa.array(grid))})


def _scaled(values: pa.Array, cell: Cell) -> pa.Array:
    if cell.divisor != 1.0:
        values = pc.divide(values, cell.divisor)
    return values if (cell.factor, cell.offset) == (1.0, 0.0) else pc.add(pc.multiply(values, cell.factor), cell.offset)


def _take(rows: SourceRows, index: pa.Array) -> SourceRows:
    columns = {name: array.take(index) for name, array in rows.columns.items()}
    place = None if rows.place is None else rows.place.take(index)
    places = index.to_numpy(zero_copy_only=False)
    is_other = None if rows.is_other is None else rows.is_other[places]
    return SourceRows(columns, rows.rescued.take(index), rows.line[places], place, is_other)


def _named(rows: SourceRows, plan: ReadPlan) -> dict[str, pa.Array]:
    """Our columns that a source column, the time or a constant fills."""
    mapping = plan.mapping
    ours = {
        name: tidied(rows.columns[column]) if name in NAMES else rows.columns[column]
        for name, column in mapping.columns.items()
        if column in rows.columns
    }
    if mapping.time:
        ours[mapping.feed.time] = rows.columns[mapping.time.column]
    if mapping.exported:
        ours["revised_at"] = rows.columns[mapping.exported.column]
    size = len(rows.line)
    return ours | {name: repeated(text, size) for name, text in mapping.constants.items()}


def _add_looked_up(ours: dict[str, pa.Array], plan: ReadPlan) -> None:
    mapping = plan.mapping
    for name in mapping.named if mapping.names else ():
        if name in ours:
            ours[name] = pc.coalesce(looked_up(ours[name], mapping.names), plain(ours[name]))
    if mapping.machine_of:
        ours["machine_id"] = looked_up(ours["sensor_id"], mapping.machine_of)
    if mapping.unit_names:
        ours["unit"] = pc.coalesce(looked_up(ours["unit"], mapping.unit_names), plain(ours["unit"]))
    if mapping.units:
        units = looked_up(ours["metric"], mapping.units)
        ours["unit"] = pc.coalesce(plain(ours["unit"]), units) if "unit" in ours else units


def _add_templates(ours: dict[str, pa.Array], templates: Mapping[str, str]) -> None:
    filled = {}
    for name, template in templates.items():
        parts: list[object] = []
        for literal, column, _, _ in Formatter().parse(template):
            parts += [literal] if column is None else [literal, plain(ours[column])]
        filled[name] = pc.binary_join_element_wise(*parts, "")
    ours |= filled


def _attributes(rows: SourceRows, plan: ReadPlan) -> pa.Array:
    names = sorted(plan.mapping.attributes)
    lists = [rows.columns[plan.mapping.attributes[name]].to_pylist() for name in names]
    texts = [json_text(dict(zip(names, values, strict=True))) for values in zip(*lists, strict=True)]
    return pa.array(texts, pa.string())
