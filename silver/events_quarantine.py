"""`silver.events_quarantine`: events and master data that cannot be true, as they arrived, with their faults."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import Flags
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.silver import EVENTS_QUARANTINE


def build(records: pa.Table, faults: Mapping[str, Flags]) -> pa.Table:
    """Every record that has a fault. Never deduplicated: each record counts.

    Args:
        records: The table's columns but `_faults`, and others.
        faults: Fault code -> whether each record has it; a record's codes keep this order.
    """
    found = np.stack([*faults.values()], axis=1)
    is_aside = found.any(axis=1)
    codes = [[code for code, has in zip(faults, row, strict=True) if has] for row in found[is_aside].tolist()]
    aside = records.filter(pa.array(is_aside)).append_column("_faults", pa.array(codes, pa.list_(pa.string())))
    return aside.select(list(EVENTS_QUARANTINE.column_names)).cast(arrow_schema(EVENTS_QUARANTINE))
