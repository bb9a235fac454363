"""How the tables of drift follow from features, scores, and the numbers of the policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import pyarrow as pa

from expectations.features import features_of
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_drift import DRIFT, DRIFT_SKETCHES
from jobs.drift.policy import policy_of
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.reaches import Built, Dated
from lakehouse.publish.recipe import Beside, Inputs, Recipe
from ml.drift import drift_table, sketch_table
from ml.drift.rules import DriftRules


@dataclass(frozen=True, slots=True)
class DriftBasis:
    """What the tables follow from beside tables.

    Attributes:
        digest: Of the features that are compared, or of the windows and limits.
    """

    digest: str

    def now(self, built: Built) -> CommitMetadata:
        """The digest of now."""
        del built
        return CommitMetadata(drift=self.digest)

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Every date with other features or numbers."""
        return None if built.last is not None and built.last.drift == now.drift else set(built.dates)


def recipes(plant: Plant) -> tuple[Recipe, Recipe]:
    """Sketches of the dates whose rows changed, and windows that reach back to them."""
    rules = DriftRules.of(policy_of(plant.policy))
    return _sketches(plant, sketch_table.compared(features_of(plant.profile), rules.window_days)), _drift(rules)


def _sketches(plant: Plant, names: Sequence[str]) -> Recipe:
    def build(given: Inputs) -> pa.Table:
        return sketch_table.build(given.rows, given.tables[PREDICTIONS.name], names, given.dates)

    return Recipe(
        DRIFT_SKETCHES, Dated(plant.tables["gold.machine_features"]), sketch_table.feature_reads(names), build,
        beside=(Beside(Dated(PREDICTIONS), sketch_table.SCORE_READS),), values=DriftBasis(_digest(names)),
    )  # fmt: skip


def _drift(rules: DriftRules) -> Recipe:
    """A date looks back over its window and the reference."""
    return Recipe(
        DRIFT, Dated(DRIFT_SKETCHES, later=rules.days - 1, rows_later=0), drift_table.READS,
        lambda given: drift_table.build(given.rows, rules, given.dates), values=DriftBasis(_digest(rules)),
    )  # fmt: skip


def _digest(value: object) -> str:
    return sha256(repr(value).encode()).hexdigest()
