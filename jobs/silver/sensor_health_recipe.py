"""How `silver.sensor_health` follows from the days of sensors, master data, the profile and the policy."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import pyarrow as pa

from expectations.policy.file import starting_policy
from expectations.tables.bronze import BAD_QUALITY
from expectations.tables.silver_anomalies import SENSOR_DAYS
from expectations.tables.silver_sensor_health import SENSOR_HEALTH
from jobs.silver.path_versions import replaced_readings
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.reaches import Built, Dated, Since
from lakehouse.publish.recipe import Beside, Inputs, Recipe
from lakehouse.publish.timed import Timed
from silver import bad_values, sensor_health
from silver.bad_values import BadValues
from silver.sensor_rules import SensorRules


@dataclass(frozen=True, slots=True)
class SensorValues:
    """What verdicts follow from beside tables.

    Attributes:
        digest: Of the profile's rules of sensors and the policy's numbers.
    """

    digest: str

    def now(self, built: Built) -> CommitMetadata:
        """The digest of now."""
        del built
        return CommitMetadata(sensors=self.digest)

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Every date with other rules or numbers."""
        return None if built.last is not None and built.last.sensors == now.sensors else set(built.dates)


def recipe(plant: Plant) -> Recipe:
    """A date looks back over its reference and the recent dates; where calibration is declared, at master data.

    What sources call bad counts on its own date.
    """
    profile, machines = plant.profile, plant.tables["silver.machines"]
    rules = SensorRules.of({number.name: number.value for number in plant.policy or starting_policy()})
    others = (Since(machines),) if profile.sensor_health.calibration_due else ()

    def build(given: Inputs) -> pa.Table:
        bad = BadValues.of(given.tables.get(BAD_QUALITY.name), replaced_readings(plant))
        held = sensor_health.Held(profile, rules, given.tables.get(machines.name), bad)
        return sensor_health.build(given.rows, held, given.dates)

    return Recipe(
        SENSOR_HEALTH, Dated(SENSOR_DAYS, later=rules.days - 1, rows_later=0), sensor_health.READS, build,
        others=others, beside=(Beside(Timed(BAD_QUALITY, "stated_at"), bad_values.READS),),
        values=SensorValues(_digest(plant, rules)),
    )  # fmt: skip


def _digest(plant: Plant, rules: SensorRules) -> str:
    limits = {
        name: (metric.resolution, metric.limits.minimum, metric.counter is not None)
        for name, metric in sorted(plant.profile.metrics.items())
    }
    return sha256(repr((plant.profile.sensor_health, limits, rules)).encode()).hexdigest()
