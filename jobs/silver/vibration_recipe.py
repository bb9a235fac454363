"""How `silver.vibration_windows` follows from waveforms, master data and the readings of a shaft's speed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from expectations.plant.vibration import VibrationRules
from expectations.tables.silver import READINGS_TABLE
from expectations.tables.silver_vibration import VIBRATION_WINDOWS
from expectations.units import conversion
from jobs.silver import clocks
from jobs.silver.limits_in_force import OF_THE_FILE
from jobs.silver.path_versions import replaced_readings
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.reaches import Built, Since, looks_back
from lakehouse.publish.recipe import Beside, Inputs, Recipe
from lakehouse.publish.timed import Timed
from silver import vibration_windows
from silver.shaft_data import SPEED_READS, ShaftData
from silver.vibration_windows import Waveforms

_NO_RULES = VibrationRules()


@dataclass(frozen=True, slots=True)
class VibrationValues:
    """What the windows follow from beside tables: the profile's rules, and how many contents were read again."""

    rules: str
    replaced: int | None

    def now(self, built: Built) -> CommitMetadata:
        """The values of now."""
        del built
        return CommitMetadata(clock=OF_THE_FILE, replaced=self.replaced, vibration=self.rules)

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Every date where the values are others."""
        last = None if built.last is None else (built.last.vibration, built.last.replaced)
        return None if last == (now.vibration, now.replaced) else set(built.dates)


def due(plant: Plant) -> Sequence[Recipe]:
    """The recipe where waveforms have landed."""
    tables = (plant.tables["bronze.waveforms"], VIBRATION_WINDOWS)
    return (recipe(plant),) if any(map(plant.lake.row_count, tables)) else ()


def recipe(plant: Plant) -> Recipe:
    """A window looks at waveforms of its date, at master data of any date, and back to the readings of its shaft."""
    waveforms, profile = plant.tables["bronze.waveforms"], plant.profile
    machines, rules = plant.tables["silver.machines"], profile.vibration or _NO_RULES
    metric = profile.metrics.get(rules.speed_metric)
    factor = conversion(metric.unit, "rpm")[0] if metric is not None else 1.0
    records = waveform_rules(plant)

    def build(given: Inputs) -> pa.Table:
        speeds = given.tables.get(READINGS_TABLE.name)
        shafts = ShaftData(given.tables[machines.name], speeds, rules, factor)
        return vibration_windows.build(given.rows, shafts, records, given.dates)

    beside = () if metric is None else (Beside(looks_back(READINGS_TABLE, rules.speed_valid_s), SPEED_READS),)
    return Recipe(
        VIBRATION_WINDOWS, Timed(waveforms, "started_at"), vibration_windows.READS, build, others=(Since(machines),),
        beside=beside, values=VibrationValues(repr(rules), len(records.replaced) or None),
    )  # fmt: skip


def waveform_rules(plant: Plant) -> Waveforms:
    """Which records of waveforms count."""
    return Waveforms(plant.profile, clocks.file_clocks(plant), frozenset(replaced_readings(plant)))
