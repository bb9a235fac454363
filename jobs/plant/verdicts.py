"""What silver would find in rows that a mapping gives: unknown names and units, values beyond limits."""

from datetime import UTC, datetime

import pyarrow as pa

from expectations.mapping.mapping import Mapping
from expectations.plant.plant_profile import Profile
from silver.readings import flag
from silver.rulebook import Rulebook

READINGS = "readings"
# No file's clock is known here: only a time before the plant began is out of order.
_NO_CLOCK = datetime(9999, 1, 1, tzinfo=UTC)


def with_verdicts(rows: pa.Table, mapping: Mapping, profile: Profile) -> pa.Table:
    """The rows with `faults`, a list of texts: what `silver.readings_quarantine` would name; empty for other feeds."""
    if mapping.feed.name != READINGS or not rows.num_rows:
        return rows.append_column("faults", pa.array([[]] * rows.num_rows, pa.list_(pa.string())))
    clock = pa.repeat(pa.scalar(_NO_CLOCK, pa.timestamp("us", "UTC")), rows.num_rows)
    flagged = flag(rows.append_column("_ingested_at", clock), Rulebook(profile, {}))
    return rows.append_column("faults", flagged["_faults"])
