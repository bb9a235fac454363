"""The anomaly model: an isolation forest on healthy rows, its threshold set by a budget of alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest

from expectations.model_folder.documents import CalibrationMap, OutlookTable, Threshold
from expectations.model_folder.models import ANOMALY_FILE, ANOMALY_NAME, MissingRule, Model, anomaly_model
from ml.candidates.residual_model import ResidualModel
from ml.data.dataset import Dataset, Float64, Mask
from ml.data.healthy import HealthySplit
from ml.errors import TooLittleDataError
from ml.evaluation.held_out import episode_evaluator
from ml.evaluation.incidents import IncidentsFound
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.power import Found
from ml.evaluation.threshold import candidates
from ml.gates.failure_gate import Check
from ml.models.forest import Forest, Int32, export_forest, forest_bytes, path_lengths
from ml.policy import Policy
from ml.second_stage.trained_stage import SecondStage

SILENT = 0.0
"""A threshold that no path length is below: the forest is scored, and raises nothing."""

QUANTILES = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, slots=True)
class AnomalyParams:
    """Parameters of the forest. Source: Liu, Ting & Zhou, ICDM 2008: 100 trees, samples of 256 rows."""

    trees: int = 100
    max_samples: int = 256
    seed: int = 20150101


@dataclass(frozen=True, slots=True)
class AnomalyModel:
    """A forest with what its path lengths mean, a `CandidateModel`, and the residual models that alarm beside it.

    Figures and flags are of all that alarm together.

    Attributes:
        forest: The trees as plain arrays.
        threshold: Alarm where the path length is below it.
        healthy_rule: How the healthy rows were chosen.
        trained_until_us: Last time of a row that grew the trees, UTC microseconds.
        trained_rows: Healthy rows that grew the trees.
        choosing_rows: Later healthy rows that chose the threshold.
        choosing_alarms_per_machine_year: Episodes the threshold gives on them: within the budget by construction.
        tested_from_us: First moment of the testing time, an embargo after the choosing rows.
        tested_rows: Healthy rows of that time.
        tested: What its alarms did on them; every episode counts, whatever came after.
        healthy_quantiles: Path lengths of the choosing rows at 0, 1, ... 100 %: the map
            from a path length to how unusual it is.
        outcome: What its alarms did for the failures of the testing time, evaluated rows only;
            None without one there.
        missing: Which rows it scores, the only ones that its blocks have; None: all.
        incidents: What it does for the known incidents; None where the profile lists none.
        beside: Residual models of the same rows and the same budget, models of the version as well.
        choice: Which of forest and residual model raise alarms, in words; empty where there was no choice.
        options: What each choice would do, by its words.
        second: The second stage behind it, used or not; None where the policy asks for none.
        without_second: Why there is none though the policy asks for it; empty where it does not.
        power: What it finds of disturbances of the testing block, by kind; empty where no metric can be disturbed.
    """

    forest: Forest
    threshold: float
    healthy_rule: str
    trained_until_us: int
    trained_rows: int
    choosing_rows: int
    choosing_alarms_per_machine_year: float
    tested_from_us: int
    tested_rows: int
    tested: EventOutcome
    healthy_quantiles: tuple[float, ...]
    outcome: EventOutcome | None
    missing: MissingRule | None = None
    power: tuple[Found, ...] = ()
    incidents: IncidentsFound | None = None
    beside: tuple[ResidualModel, ...] = ()
    choice: str = ""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    second: SecondStage | None = None
    without_second: str = ""

    @property
    def kind(self) -> str:
        """As gold.model_versions names it."""
        return "anomaly"

    @property
    def entry(self) -> Model:
        """Its entry in ``models.json``."""
        return anomaly_model(self.missing)

    @property
    def column(self) -> str:
        """Name of its scores."""
        return "path_length"

    def score(self, rows: Float64) -> Float64:
        """Path-length sums, float64, shape (n,)."""
        return path_lengths(self.forest, rows.astype(np.float32))

    def flags(self, rows: Float64) -> Mask:
        """Rows that it or a model beside it calls unusual, shape (n,)."""
        found = np.asarray(self.score(rows) < self.threshold, dtype=np.bool_)
        for each in self.beside:
            found |= each.flags(rows)
        return found

    def files(self) -> Mapping[str, bytes]:
        """The forest as plain arrays, and the second stage where it is used."""
        return {ANOMALY_FILE: forest_bytes(self.forest), **(self.second.files() if self.second else {})}

    def thresholds(self) -> tuple[Threshold, ...]:
        """The one below which a row is unusual."""
        return (Threshold("anomaly", ANOMALY_NAME, self.threshold),)

    def calibrations(self) -> tuple[CalibrationMap, ...]:
        """None: a path length is no probability."""
        return ()

    def outlooks(self) -> tuple[OutlookTable, ...]:
        """None: it predicts no failure."""
        return ()

    def checks(self) -> tuple[Check, ...]:
        """None of its own: the gates of anomaly models ask what it must show."""
        return ()

    def figures(self) -> Mapping[str, Any]:
        """What was chosen, and what each choice would do; the second stage. None where there was no choice."""
        chosen = {"choice": self.choice, "options": self.options} if self.choice else {}
        if self.second:
            return {**chosen, "second_stage": self.second.figures()}
        return (
            {**chosen, "second_stage": {"is_used": False, "reason": self.without_second}}
            if self.without_second
            else chosen
        )

    @property
    def second_words(self) -> tuple[str, ...]:
        """What is known of its second stage, in sentences; none where the policy asks for none."""
        return self.second.words if self.second else tuple(filter(None, [self.without_second]))


def train_anomaly_model(
    dataset: Dataset, split: HealthySplit, positions: Int32, policy: Policy, params: AnomalyParams
) -> AnomalyModel:
    """A forest of the first healthy rows, its threshold of later ones, evaluated on the last ones.

    Args:
        dataset: All rows; labels are not used for training.
        split: Healthy rows in three blocks of time.
        positions: Columns the forest may use, positions in the feature list.
        policy: Budget of alarms and horizon.
        params: Parameters of the forest.

    Raises:
        TooLittleDataError: No healthy row is left to grow trees, to choose the threshold or to evaluate it.
    """
    if not split.is_whole:
        raise TooLittleDataError(
            f"{int(split.growing.sum())} healthy rows to grow trees, {int(split.choosing.sum())} an embargo later to "
            f"choose the threshold, {int(split.testing.sum())} another embargo later to evaluate it, each needs one at "
            "least: collect longer; see the readiness report"
        )
    choosing, testing = dataset.keep(split.choosing), dataset.keep(split.testing)
    forest = grow_forest(dataset.keep(split.growing), positions, params)
    lengths = path_lengths(forest, choosing.matrix)
    threshold, rate = budget_threshold(choosing, lengths, policy)
    evaluated = dataset.keep(split.testing_time & dataset.evaluated)
    return AnomalyModel(
        forest=forest,
        threshold=threshold,
        healthy_rule=split.rule,
        trained_until_us=split.grown_until_us,
        trained_rows=int(split.growing.sum()),
        choosing_rows=len(choosing),
        choosing_alarms_per_machine_year=rate,
        tested_from_us=split.tested_from_us,
        tested_rows=len(testing),
        tested=_outcome(testing, forest, threshold, policy),
        healthy_quantiles=tuple(np.quantile(lengths, QUANTILES).tolist()),
        outcome=_outcome(evaluated, forest, threshold, policy) if len(evaluated) else None,
    )


def grow_forest(train: Dataset, positions: Int32, params: AnomalyParams) -> Forest:
    """The trees, from float32 values of the columns at ``positions``."""
    model = IsolationForest(
        n_estimators=params.trees,
        max_samples=min(params.max_samples, len(train)),
        random_state=params.seed,
    )
    model.fit(train.matrix[:, positions])
    return export_forest(model, positions)


def budget_threshold(rows: Dataset, lengths: Float64, policy: Policy) -> tuple[float, float]:
    """Largest path length to alarm below so that later rows expect no more than the budget, and the rate on these rows.

    One episode more than is found here must be within the budget: a threshold with k episodes among these rows
    expects k + 1 among as many later ones. Rates grow with the threshold but for the cool-down's edges, so the search
    stops at the first candidate beyond the budget.

    Source: rank of a new value among exchangeable ones; split conformal prediction (Papadopoulos et al., ECML 2002).
    """
    evaluator = episode_evaluator(rows, policy)
    threshold, rate = float(lengths.min()), 0.0
    for candidate in np.sort(-candidates(-lengths)):
        outcome = evaluator.evaluate(lengths < candidate)
        if outcome.counts.calls + 1 > policy.anomaly_alarms_per_machine_year * outcome.machine_years:
            break
        threshold, rate = float(candidate), outcome.calls_per_machine_year
    return threshold, rate


def outcome_of(rows: Dataset, model: AnomalyModel, policy: Policy) -> EventOutcome:
    """What its alarms, and those of the models beside it, did on some rows."""
    return episode_evaluator(rows, policy).evaluate(model.flags(rows.values))


def _outcome(rows: Dataset, forest: Forest, threshold: float, policy: Policy) -> EventOutcome:
    flags = path_lengths(forest, rows.matrix) < threshold
    return episode_evaluator(rows, policy).evaluate(np.asarray(flags, dtype=np.bool_))
