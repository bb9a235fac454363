"""`silver.readings_quarantine`: records that cannot be true, as they arrived, with their faults."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.tables.arrow_columns import Flags, coded, stamps
from expectations.tables.silver import QUARANTINE
from silver.outcomes import ASIDE, Outcome, Resolved
from silver.rulebook import Rulebook, resolutions

_LOST = {
    Outcome.LOSES: ["conflicting_value"], Outcome.SUPERSEDED: ["superseded"], Outcome.WITHDRAWN: ["withdrawn"]
}  # fmt: skip


def build(flagged: pa.Table, resolved: Resolved, book: Rulebook) -> pa.Table:
    """Every record with faults, and every record that lost a conflict. Never deduplicated: each record counts.

    Args:
        flagged: Records with their faults.
        resolved: Their outcomes.
        book: What they were flagged by.
    """
    lost = resolved.is_one_of(*_LOST)
    value = resolved.steps.astype(np.float64) * resolutions(book, coded(flagged, "metric"))
    columns = flagged.append_column("current_value", pa.array(value, mask=~(lost & resolved.has_steps))).append_column(
        "version_at", _masked(stamps(resolved.at_us), lost & (resolved.at_us != 0))
    )
    is_open = resolved.is_one_of(Outcome.LOSES) & ~resolved.has_steps
    columns = columns.append_column("is_open", pa.array(is_open))
    named = pa.array([file or None for file in resolved.by.tolist()], pa.string())
    columns, aside = columns.append_column("replaced_by", named), resolved.is_one_of(*ASIDE)
    return _with_faults(columns.filter(pa.array(aside)), resolved, aside)


def is_conflict(rows: pa.Table) -> Flags:
    """Whether each row of the table lost a conflict, or was withdrawn."""
    found = pc.list_element(rows.column("_faults"), 0)
    lost: Flags = pc.is_in(found, pa.array([code for codes in _LOST.values() for code in codes])).to_numpy()
    return lost


def _with_faults(rows: pa.Table, resolved: Resolved, aside: Flags) -> pa.Table:
    codes = rows.column("_faults").to_pylist()
    for outcome, fault in _LOST.items():
        for place in np.flatnonzero(resolved.is_one_of(outcome)[aside]).tolist():
            codes[place] = fault
    where = rows.column_names.index("_faults")
    return rows.set_column(where, "_faults", pa.array(codes, pa.list_(pa.string()))).select(
        list(QUARANTINE.column_names)
    )


def _masked(times: pa.Array, shown: Flags) -> pa.Array:
    return pc.if_else(pa.array(shown), times, pa.scalar(None, times.type))
