"""The scalar path: the outcome of one decoded record, which is a row, blank or rejected with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Formatter

import numpy as np
import pyarrow as pa

from bronze.readers.plan import Cell, ReadPlan
from bronze.readers.shape import SourceRows
from bronze.readers.time_columns import STAMP
from domain.record import reasons
from domain.record.cells import BOOLEAN, EXPORTED, INTEGER, NUMBER, ONLY, TIME, TIME_PART, Value
from domain.record.faults import Fault
from domain.record.names import NAMES, tidy

_ARROW = {NUMBER: pa.float64(), INTEGER: pa.int64(), BOOLEAN: pa.bool_(), TIME: pa.int64(), EXPORTED: pa.int64()}
_FILLED_BY_CELLS = "filled by each cell"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A record whose fields are known by name: their values, the faults of those that have none, unknown fields.

    `place` is where in its line it is, where the line holds several. `is_other`: It is none of the mapping's records.
    """

    values: dict[str, Value]
    faults: dict[str, Fault]
    rescued: str | None
    place: str | None = None
    is_other: bool = False


OTHER = Decoded({}, {}, None, is_other=True)
"""A record that is none of the mapping's."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a record: whether it is a row, how many of its cells are blank, what is rejected how often."""

    has_rows: bool
    records: int
    blank: int
    faults: tuple[tuple[Fault, int], ...] = ()


def outcome_of(record: Decoded, plan: ReadPlan) -> Verdict:
    """The verdict on a record. Blank cells count as blank whatever else is wrong with their row.

    A fault of the row (its time, its sensor) rejects every cell that is not blank, as one entry; a fault of a cell
    rejects that cell.
    """
    columns, cells = plan.cell_columns, len(plan.cells)
    blank = sum(record.values.get(column) is None and column not in record.faults for column in columns)
    records = max(cells, 1)
    if record.is_other:
        return Verdict(has_rows=False, records=records, blank=records)
    if cells and blank == cells:
        return Verdict(has_rows=False, records=records, blank=blank)
    if fault := _row_fault(record, plan):
        return Verdict(has_rows=False, records=records, blank=blank, faults=((fault, records - blank),))
    faults = tuple((record.faults[column], 1) for column in columns if column in record.faults)
    return Verdict(has_rows=blank + len(faults) < records, records=records, blank=blank, faults=faults)


def _row_fault(record: Decoded, plan: ReadPlan) -> Fault | None:
    cells = plan.cell_columns if plan.is_wide else ()
    for column in plan.fields:
        if column in record.faults and column not in cells:
            return record.faults[column]
    ours = filled(record, plan)
    for name in plan.tested:
        if ours.get(name) is None:
            return _unfilled(name, ours, plan)
    return None


def filled(record: Decoded, plan: ReadPlan, cell: Cell | None = None) -> dict[str, Value]:
    """Our columns as the record fills them, of a wide one with a cell: the first, or that one; the order of `shape`."""
    mapping = plan.mapping
    ours = {name: _tidy(name, record.values.get(column)) for name, column in mapping.columns.items()}
    ours |= mapping.constants
    if plan.is_wide:
        ours |= {"value": _FILLED_BY_CELLS}
        cell = cell or plan.cells[0]
        given = {"metric": cell.metric, "unit": cell.unit, "machine_id": cell.machine, "sensor_id": cell.sensor}
        ours |= {name: text for name, text in given.items() if text is not None}
    if mapping.time:
        ours[mapping.feed.time] = record.values.get(mapping.time.column)
    ours |= {name: mapping.names.get(str(ours[name]), ours[name]) for name in mapping.named if name in ours}
    if mapping.machine_of:
        ours["machine_id"] = mapping.machine_of.get(str(ours["sensor_id"]))
    if mapping.units and ours.get("unit") is None:
        ours["unit"] = mapping.units.get(str(ours["metric"]))
    return ours | {name: _template(template, ours) for name, template in mapping.templates.items()}


def _tidy(name: str, value: Value) -> Value:
    return tidy(value) if name in NAMES and isinstance(value, str) else value


def _template(template: str, ours: dict[str, Value]) -> Value:
    named = [column for _, column, _, _ in Formatter().parse(template) if column]
    return template if all(ours.get(column) is not None for column in named) else None


def _unfilled(name: str, ours: dict[str, Value], plan: ReadPlan) -> Fault:
    mapping = plan.mapping
    column = mapping.columns.get(name) or (mapping.time.column if mapping.time and name == mapping.feed.time else None)
    if name == "machine_id" and mapping.machine_of and ours.get("sensor_id") is not None:
        detail = f"sensor {ours['sensor_id']!r} is not in [machine_of] of mapping {mapping.name}; add it there"
        return Fault(reasons.SENSOR_UNMAPPED, detail, mapping.columns.get("sensor_id"))
    if name == "sensor_id" or (name == "machine_id" and mapping.machine_of):
        return Fault(reasons.SENSOR_MISSING, f"no sensor in column {mapping.columns.get('sensor_id')!r}", column)
    if name == "unit" and mapping.units:
        detail = f"no unit for metric {ours.get('metric')!r}; add it to [units] of mapping {mapping.name}"
        return Fault(reasons.UNIT_UNMAPPED, detail, column)
    return Fault(reasons.MISSING_FIELD, f"{name} is empty; the feed {mapping.feed.name} requires it", column)


def source_rows(records: Sequence[tuple[int, Decoded]], plan: ReadPlan) -> SourceRows:
    """Accepted records, each with its line, as source columns."""
    columns = {}
    for column, kind in plan.fields.items():
        if kind in (TIME_PART, ONLY):
            continue
        array = pa.array([record.values.get(column) for _, record in records], _ARROW.get(kind, pa.string()))
        columns[column] = array.cast(STAMP) if kind in (TIME, EXPORTED) else array
    rescued = pa.array([record.rescued for _, record in records], pa.string())
    places = [record.place for _, record in records]
    place = pa.array(places, pa.string()) if any(places) else None
    return SourceRows(columns, rescued, np.array([line for line, _ in records], np.int64), place)
