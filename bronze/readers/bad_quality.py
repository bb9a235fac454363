"""The values that their source calls bad, with whose reading each would have been: they count for their sensor."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from bronze.readers.batch import BAD_SCHEMA
from bronze.readers.plan import Cell, ReadPlan
from bronze.readers.record.outcome import Decoded, Verdict, filled
from domain.record.cells import Value
from domain.record.corrections import Corrected, corrected
from domain.record.quality import quality_column

_NAMES = ("factory_id", "machine_id", "sensor_id", "metric")


def bad_values(line: int, record: Decoded, verdict: Verdict, plan: ReadPlan) -> Iterator[dict[str, Any]]:
    """Rows of `BAD_SCHEMA` of one record; none of a value whose sensor or time cannot be read.

    Where times are counted from row to row, no record says its own: such values are in `bronze.rejected` alone.
    """
    for fault, _ in verdict.faults if plan.mapping.each_row_step is None else ():
        if fault.code is None:
            continue
        for cell in _cells(record, fault.column, plan):
            ours = _ours(record, cell, plan)
            stated_us = ours.get(plan.mapping.feed.time)
            row = {name: ours.get(name) for name in _NAMES}
            if isinstance(stated_us, int) and all(isinstance(text, str) and text for text in row.values()):
                column = None if cell is None else cell.column
                yield {**row, "stated_at": stated_us, "quality_code": fault.code, "_line": line, "_column": column}


def _ours(record: Decoded, cell: Cell | None, plan: ReadPlan) -> dict[str, Value]:
    """Our columns, templates filled; the sensor is the one that it continues, where corrections say so."""
    mapping, ours = plan.mapping, filled(record, plan, cell)
    made = {name: text.format_map(ours) for name, text in mapping.templates.items() if ours.get(name) is not None}
    ours |= made
    at_us, sensor, column = ours.get(mapping.feed.time), ours.get("sensor_id"), cell.column if cell else ""
    if mapping.corrections and isinstance(at_us, int) and isinstance(sensor, str):
        sent = Corrected(0.0, "", sensor)
        ours["sensor_id"] = corrected(mapping.corrections, column, str(ours.get("metric")), at_us, sent)[2]
    return ours


def _cells(record: Decoded, column: str | None, plan: ReadPlan) -> Sequence[Cell | None]:
    """The cells of a wide record that the code in a column is of: the one beside it, or all with a value."""
    if not plan.is_wide:
        return (None,)
    own = [cell for cell in plan.cells if quality_column(plan.mapping.quality, cell.column) == column]
    return own or [cell for cell in plan.cells if record.values.get(cell.column) is not None]


def bad_batch(rows: Sequence[dict[str, Any]]) -> pa.RecordBatch:
    """The rows as a record batch."""
    columns = [
        pa.array([row[field.name] for row in rows], pa.int64()).cast(field.type)
        if field.name == "stated_at"
        else pa.array([row[field.name] for row in rows], field.type)
        for field in BAD_SCHEMA
    ]
    return pa.RecordBatch.from_arrays(columns, schema=BAD_SCHEMA)
