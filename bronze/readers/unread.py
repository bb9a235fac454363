"""The numbers that a gateway gave to lines of which no row came, so that nobody takes these for lost on the way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bronze.readers.batch import UNREAD_SCHEMA
from bronze.readers.coded_text import plain
from bronze.readers.plan import ReadPlan
from bronze.readers.record.outcome import Decoded, Verdict, filled
from bronze.readers.shape import SourceRows, numbered

BLANK, REJECTED = "blank", "rejected"


@dataclass(frozen=True, slots=True)
class Unread:
    """One line without a row: its gateway, number and time where they can be read, and why it gave none."""

    line: int
    gateway_id: str | None
    sequence: int
    kind: str
    stated_us: int | None


def is_numbered(plan: ReadPlan) -> bool:
    """Whether records of this mapping have numbers."""
    return "sequence" in plan.mapping.columns


def unread_record(line: int, record: Decoded, verdict: Verdict, plan: ReadPlan) -> Unread | None:
    """What is known of one record; None where it gave a row, is another mapping's, or has no readable number."""
    if verdict.has_rows or record.is_other or not is_numbered(plan):
        return None
    ours = filled(record, plan)
    sequence, gateway = ours.get("sequence"), ours.get("gateway_id")
    if not isinstance(sequence, int):
        return None
    stated = ours.get(plan.mapping.feed.time)
    kind = REJECTED if verdict.faults else BLANK
    name = gateway if isinstance(gateway, str) else None
    return Unread(line, name, sequence, kind, stated if isinstance(stated, int) else None)


def blank_lines(source: SourceRows, plan: ReadPlan) -> Sequence[Unread]:
    """Those of the fast path: lines of which every cell is blank."""
    if not plan.cells or not is_numbered(plan):
        return ()
    is_blank = np.logical_and.reduce([_is_null(source.columns[column]) for column in plan.cell_columns])
    if source.is_other is not None:
        is_blank &= ~source.is_other
    if not is_blank.any():
        return ()
    rows = source.only(is_blank)
    ours = numbered(rows, plan)
    gateways = plain(ours["gateway_id"]).to_pylist() if "gateway_id" in ours else [None] * len(rows.line)
    time = plan.mapping.feed.time
    stated = ours[time].cast(pa.int64()).to_pylist() if time in ours else [None] * len(rows.line)
    found = zip(rows.line.tolist(), gateways, ours["sequence"].to_pylist(), stated, strict=True)
    return [Unread(line, gateway, number, BLANK, at) for line, gateway, number, at in found if number is not None]


def unread_batch(entries: Sequence[Unread]) -> pa.RecordBatch:
    """The entries as a record batch, `UNREAD_SCHEMA`, in the order of lines."""
    ordered = sorted(entries, key=lambda entry: (entry.line, entry.sequence))
    columns = (
        pa.array([entry.gateway_id for entry in ordered], pa.string()),
        pa.array([entry.sequence for entry in ordered], pa.int64()),
        pa.array([entry.kind for entry in ordered], pa.string()),
        pa.array([entry.stated_us for entry in ordered], pa.int64()).cast(UNREAD_SCHEMA.field("stated_at").type),
        pa.array([entry.line for entry in ordered], pa.int64()),
    )
    return pa.RecordBatch.from_arrays(list(columns), schema=UNREAD_SCHEMA)


def _is_null(column: pa.Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = column.is_null().to_numpy(zero_copy_only=False)
    return found
