"""Records of gateways with numbers, as bronze has them, and what silver set aside of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from expectations.feeds import READINGS
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import feed_table
from expectations.tables.silver import QUARANTINE

INGESTED_AT = datetime(2026, 3, 9, tzinfo=UTC)
"""When the batch of every record was read."""


@dataclass(frozen=True)
class Record:
    """One record: its number, the time it states, and the faults that silver finds in it."""

    number: int | None
    at: datetime
    faults: tuple[str, ...] = ()
    gateway: str = "g1"
    sensor: str = ""


def bronze_of(records: Sequence[Record]) -> pa.Table:
    """Rows of `bronze.readings`, a line each; a sensor for each number where none is named."""
    rows = [
        {
            "measured_at": one.at, "sensor_id": one.sensor or f"S{one.number}", "machine_id": "M1", "factory_id": "F1",
            "metric": "temperature", "value": 1.0, "unit": "C", "gateway_id": one.gateway, "sequence": one.number,
            "_line": place, "_file_id": "f", "_batch_id": 1, "_ingested_at": INGESTED_AT,
        }
        for place, one in enumerate(records)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, arrow_schema(feed_table(READINGS)))


def aside_of(records: Sequence[Record]) -> pa.Table:
    """Those with faults, as `silver.readings_quarantine` has them."""
    rows = [
        {"measured_at": one.at, "_faults": list(one.faults), "_line": place, "_file_id": "f", "_batch_id": 1}
        for place, one in enumerate(records)
        if one.faults
    ]
    return pa.Table.from_pylist(rows, arrow_schema(QUARANTINE))
