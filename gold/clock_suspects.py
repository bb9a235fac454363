"""`gold.clock_suspects`: readings whose time cannot be true, by the day that they state."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from expectations.tables.arrow_columns import stamps
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_gateways import CLOCK_SUSPECTS
from gold import gateway_readings
from gold.arrivals import NEVER, Came
from gold.gateway_readings import CODE, Numbers, Readings, Source, by_day, readings_of

READS = (*gateway_readings.READS, "_faults")


def build(aside: pa.Table, came: Mapping[str, Came], days: Sequence[date]) -> pa.Table:
    """Rows of some UTC days, as stated, key (factory_id, gateway_id, mapping, stated_date), in its order.

    A reading that came again when its time could be true counts in `gold.gateway_daily` too.

    Args:
        aside: The columns `READS` of `silver.readings_quarantine`, of the days and of others.
        came: `_file_id` -> when its records came, from `gold.arrivals`.
        days: The days.
    """
    is_suspect = [CODE in faults for faults in aside.column("_faults").to_pylist()]
    mine = aside.filter(pa.array(is_suspect, pa.bool_()))
    found = _rows(*readings_of(mine, mine, came, days, None))
    ordered = sorted(found, key=lambda row: tuple(str(row[name] or "") for name in CLOCK_SUSPECTS.key))
    return pa.Table.from_pylist(ordered, arrow_schema(CLOCK_SUSPECTS))


def _rows(sources: Sequence[Source], readings: Readings) -> Iterator[dict[str, Any]]:
    for named, day, mine in by_day(readings, sources):
        known = mine.came_us[mine.came_us != NEVER]
        yield {
            **named, "stated_date": day, "reading_count": len(mine.at_us),
            **_ends("stated", mine.at_us), **_ends("delivered", known),
        }  # fmt: skip


def _ends(name: str, times_us: Numbers) -> dict[str, Any]:
    """The first and the last of some times; null without any."""
    if not len(times_us):
        return {}
    first, last = (stamps(found)[0].as_py() for found in (times_us.min(keepdims=True), times_us.max(keepdims=True)))
    return {f"{name}_first_at": first, f"{name}_last_at": last}
