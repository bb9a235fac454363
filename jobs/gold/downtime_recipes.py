"""How the tables of stops follow from events, and uptime from these and from when machines were observed."""

from hashlib import sha256

import pyarrow as pa

from expectations.tables.gold_downtime import DOWNTIME, UPTIME
from expectations.tables.machine_keys import moves_of
from expectations.tables.silver import MACHINE_EVENTS
from expectations.tables.silver_anomalies import SENSOR_DAYS
from gold import downtime, uptime
from gold.machine_models import Models
from jobs.gold.label_basis import label_basis
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeInputs, WholeRecipe


def recipes(plant: Plant) -> tuple[WholeRecipe, WholeRecipe]:
    """Stops, and what follows from them until failures are known."""
    profile, machines = plant.profile, plant.tables["silver.machines"]
    rules = sha256(repr((profile.downtime, profile.labels.repair_s)).encode()).hexdigest()
    basis = label_basis(plant)

    def stops(given: WholeInputs) -> pa.Table:
        history = given.tables[machines.name]
        return downtime.build(given.tables[MACHINE_EVENTS.name], moves_of(history), profile, Models.of(history))

    def in_use(given: WholeInputs) -> pa.Table:
        history = given.tables[machines.name]
        seen = uptime.observed(given.tables[SENSOR_DAYS.name], history, moves_of(history), basis.records_end)
        return uptime.build(seen, given.tables[DOWNTIME.name], profile.name)

    return (
        WholeRecipe(
            DOWNTIME, (MACHINE_EVENTS, machines), stops, "from_at", CommitMetadata(costs=rules),
            columns={MACHINE_EVENTS.name: downtime.READS},
        ),
        WholeRecipe(
            UPTIME, (SENSOR_DAYS, DOWNTIME, machines), in_use, values=CommitMetadata(labels=basis),
            columns={SENSOR_DAYS.name: ("machine_id", "factory_id", "first_at")},
        ),
    )  # fmt: skip
