"""`silver.readings_quarantine`: records that cannot be true, as they arrived, with their faults."""

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import Flags
from expectations.tables.silver import QUARANTINE
from silver.outcomes import Outcome, Resolved

_CONFLICT = ["conflicting_value"]


def build(flagged: pa.Table, resolved: Resolved) -> pa.Table:
    """Every record with faults, and every record that lost a conflict. Never deduplicated: each record counts."""
    lost = resolved.is_one_of(Outcome.LOSES)
    aside = resolved.is_one_of(Outcome.FAULTY, Outcome.LOSES)
    return _with_faults(flagged.filter(pa.array(aside)), lost[aside])


def losers(flagged: pa.Table) -> pa.Table:
    """Records of replaced readings, as losers of a conflict."""
    return _with_faults(flagged, np.ones(flagged.num_rows, dtype=np.bool_))


def _with_faults(flagged: pa.Table, lost: Flags) -> pa.Table:
    faults = flagged.column("_faults").to_pylist()
    codes_of = [_CONFLICT if is_lost else codes for codes, is_lost in zip(faults, lost.tolist(), strict=True)]
    where = flagged.column_names.index("_faults")
    column = pa.array(codes_of, pa.list_(pa.string()))
    return flagged.set_column(where, "_faults", column).select(list(QUARANTINE.column_names))
