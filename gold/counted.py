"""What counters counted, added up as whole numbers of steps by series and time."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import coded, integers, plain_texts
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from expectations.tables.counters import SERIES

_KINDS = ("reset", "rollover", "decrease")


def counted(changes: pa.Table, times: tuple[str, ...], target: Table, profile: Profile) -> pa.Table:
    """A row per series and time, in the order of the target's key.

    Args:
        changes: Columns of `silver.counter_changes`, and those of `times`; texts plain or by code.
        times: Columns of the time to add up by.
        target: The contract: `increment_steps`, `increment`, `unit`, `reading_count` and a count of each kind.
        profile: The plant; rows of metrics that are no longer counters are passed over.
    """
    plain = plain_texts(changes)
    rows = plain.filter(pc.is_in(plain.column("metric"), pa.array(list(profile.counters), pa.string())))
    for kind in _KINDS:
        rows = rows.append_column(f"{kind}_count", pc.equal(rows.column("kind"), kind).cast(pa.int64()))
    sums = ["increment_steps", *(f"{kind}_count" for kind in _KINDS)]
    by = [*SERIES, "unit", *times]
    found = rows.group_by(by, use_threads=False).aggregate([*((name, "sum") for name in sums), ([], "count_all")])
    found = found.rename_columns([*by, *sums, "reading_count"])
    resolution = coded(found, "metric").each(lambda name: profile.metric(name).resolution, np.float64)
    increment = integers(found, "increment_steps").astype(np.float64) * resolution
    schema = arrow_schema(target)
    whole = found.append_column("increment", pa.array(increment)).select(schema.names).cast(schema)
    return whole.sort_by([(name, "ascending") for name in target.key])
