"""By when the sensors of machines are to be calibrated, as master data say it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time

import pyarrow as pa

from silver.sensor_panel import Name


def due_dates(
    machines: pa.Table | None, attributes: Mapping[str, str], names: Sequence[Name], day: date
) -> list[date | None]:
    """For each sensor the date that held at the end of a UTC date; None where master data do not say it.

    Args:
        machines: `silver.machines`; None: master data are not asked.
        attributes: Metric -> the attribute with its date.
        names: Factory, machine, metric, sensor.
        day: The date.
    """
    if machines is None or not attributes:
        return [None] * len(names)
    at = datetime.combine(day, time.max, UTC)
    held = {
        (row["factory_id"], row["machine_id"]): row
        for row in machines.to_pylist()
        if row["valid_from"] <= at and (row["valid_to"] is None or at < row["valid_to"])
    }
    return [
        held.get((factory, machine), {}).get(attributes[metric]) if metric in attributes else None
        for factory, machine, metric, _ in names
    ]
