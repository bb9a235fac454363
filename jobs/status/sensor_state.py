"""Which sensors cannot be believed now, read from silver."""

from datetime import date

import pyarrow as pa
import pyarrow.dataset as ds

from expectations.tables.machine_keys import machine_key
from expectations.tables.silver_sensor_health import SENSOR_FINDINGS, SENSOR_HEALTH
from gold.machine_models import Models
from jobs.status.machine_facts import SensorFound, SensorState
from lakehouse.plant import Plant

_COLUMNS = ["factory_id", "machine_id", "metric", "sensor_id", "measured_date", "findings", "reading_count",
            "bad_quality_count", "bad_quality_codes"]  # fmt: skip
_DATES = 2


def sensor_state(plant: Plant) -> SensorState | None:
    """What the two newest dates have found; None where no sensor was looked at.

    The newest date is not over: a sensor that was stuck yesterday is well only after a whole date without a finding.
    """
    days = sorted(map(date.fromisoformat, plant.lake.dates(SENSOR_HEALTH)))[-_DATES:]
    if not days:
        return None
    where = ds.field("measured_date").isin(pa.array(days, pa.date32()))
    rows = plant.lake.arrow(SENSOR_HEALTH, _COLUMNS, where).to_pylist()
    found: dict[tuple[str, str, str, str], set[str]] = {}
    bad: dict[tuple[str, str, str, str], str] = {}
    for row in sorted(rows, key=lambda row: row["measured_date"]):
        name = row["factory_id"], row["machine_id"], row["metric"], row["sensor_id"]
        found.setdefault(name, set()).update(row["findings"])
        if count := row.get("bad_quality_count"):
            of = f"{count:,} of {count + row['reading_count']:,} on {row['measured_date']}"
            bad[name] = f"{of}, {row['bad_quality_codes']}"
    models = Models.of(plant.lake.arrow(plant.tables["silver.machines"]))
    found = {name: codes for name, codes in found.items() if _is_here(models, name, days[-1])}
    ill = (SensorFound(*name, _ordered(codes), bad.get(name, "")) for name, codes in sorted(found.items()) if codes)
    return SensorState(days[-1], len(found), tuple(ill))


def _is_here(models: Models, name: tuple[str, str, str, str], day: date) -> bool:
    """Whether the machine is in that factory, as far as master data say; one that moved away lacks no readings."""
    key = machine_key(name[1], name[0])
    return not models.has_begun(key, day) or models.is_in_service(key, day)


def _ordered(findings: set[str]) -> tuple[str, ...]:
    return tuple(name for name in SENSOR_FINDINGS if name in findings)
