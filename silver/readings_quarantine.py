"""`silver.readings_quarantine`: records that cannot be true, as they arrived, with their faults."""

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import Flags
from expectations.tables.silver import QUARANTINE
from silver.outcomes import Fate, SortedOut

_CONFLICT = ["conflicting_value"]


def build(flagged: pa.Table, sorted_out: SortedOut) -> pa.Table:
    """Every record with faults, and every record that lost a conflict. Never deduplicated: each record counts."""
    lost = sorted_out.is_one_of(Fate.LOSES)
    aside = sorted_out.is_one_of(Fate.FAULTY, Fate.LOSES)
    return _with_faults(flagged.filter(pa.array(aside)), lost[aside])


def losers(flagged: pa.Table) -> pa.Table:
    """Records that were accepted and lost since: all of them leave silver with the reading."""
    return _with_faults(flagged, np.ones(flagged.num_rows, dtype=np.bool_))


def _with_faults(flagged: pa.Table, lost: Flags) -> pa.Table:
    faults = flagged.column("_faults").to_pylist()
    said = [_CONFLICT if is_lost else codes for codes, is_lost in zip(faults, lost.tolist(), strict=True)]
    where = flagged.column_names.index("_faults")
    column = pa.array(said, pa.list_(pa.string()))
    return flagged.set_column(where, "_faults", column).select(list(QUARANTINE.column_names))
