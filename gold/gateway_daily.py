"""`gold.gateway_daily`: what came of each gateway on each UTC day, and how late."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import stamps
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_gateways import GATEWAY_DAILY
from gold.arrivals import NEVER, Came
from gold.gateway_readings import ACCEPTED, CLOCK_SUSPECT, QUARANTINED, Readings, Source, by_day, readings_of


def build(
    bronze: pa.Table, aside: pa.Table, came: Mapping[str, Came], days: Sequence[date], profile: Profile
) -> pa.Table:
    """Rows of some UTC days, key (factory_id, gateway_id, mapping, day), in its order.

    A day on which no reading of the source has a time that can be true was made by a wrong clock and has no row: it is
    in `gold.clock_suspects`. Quantiles are by the nearest rank: times that were.

    Args:
        bronze: As of `gold.gateway_readings.readings_of`.
        aside: As there.
        came: As there.
        days: The days.
        profile: The plant: the lead that it allows its clocks, and its deadline for fresh tables.
    """
    sources, readings = readings_of(bronze, aside, came, days, profile.ahead_s)
    ordered = sorted(
        _rows(readings, sources, profile), key=lambda row: tuple(str(row[name] or "") for name in GATEWAY_DAILY.key)
    )
    return pa.Table.from_pylist(ordered, arrow_schema(GATEWAY_DAILY))


def _rows(readings: Readings, sources: Sequence[Source], profile: Profile) -> Iterator[dict[str, Any]]:
    for named, day, mine in by_day(readings, sources):
        if np.any(mine.outcome != CLOCK_SUSPECT):
            yield {**named, "day": day, **_counts(mine), **_delivered(mine, profile)}


def _counts(mine: Readings) -> dict[str, Any]:
    accepted, quarantined, suspect = (
        int(np.sum(mine.outcome == one)) for one in (ACCEPTED, QUARANTINED, CLOCK_SUSPECT)
    )
    timed = mine.at_us[mine.outcome != CLOCK_SUSPECT]
    return {
        "last_reading_at": stamps(timed.max(keepdims=True))[0].as_py() if len(timed) else None,
        "accepted_count": accepted, "quarantined_count": quarantined, "clock_suspect_count": suspect,
        "bad_frac": (quarantined + suspect) / (accepted + quarantined + suspect),
    }  # fmt: skip


def _delivered(mine: Readings, profile: Profile) -> dict[str, Any]:
    """Of readings with a true time."""
    timed = mine.only(mine.outcome != CLOCK_SUSPECT)
    is_known = timed.came_us != NEVER
    known = timed.only(is_known)
    after = np.sort(np.maximum(known.came_us - known.at_us, 0))
    counts = {
        "delivered_late_count": int(np.sum(after > profile.freshness_s * 1_000_000)),
        "delivered_unknown_count": int(np.sum(~is_known)),
    }
    if not len(after):
        return counts
    half, most, longest = (int(after[-(-len(after) * part // 100) - 1]) / 1e6 for part in (50, 95, 100))
    return counts | {
        "delivered_last_at": stamps(known.came_us.max(keepdims=True))[0].as_py(),
        "delivered_after_p50_s": half, "delivered_after_p95_s": most, "delivered_after_max_s": longest,
    }  # fmt: skip
