"""The anomaly model: an isolation forest on healthy rows, its threshold set by a budget of alarms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import IsolationForest

from ml.dataset import Dataset, Float64
from ml.episodes import EventOutcome
from ml.errors import TooLittleDataError
from ml.evaluation import episode_judge
from ml.forest import Forest, Int32, export_forest, path_lengths
from ml.healthy import HealthySplit
from ml.policy import Policy
from ml.threshold import candidates

QUANTILES = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, slots=True)
class AnomalyParams:
    """Parameters of the forest. Source: REQUIREMENTS E2 (100 trees); sample size of Liu et al. 2008."""

    trees: int = 100
    max_samples: int = 256
    seed: int = 20150101


@dataclass(frozen=True, slots=True)
class AnomalyModel:
    """A forest with what its path lengths mean.

    Attributes:
        forest: The trees as plain arrays.
        threshold: Alarm where the path length is below it.
        healthy_rule: How the healthy rows were chosen.
        trained_until_us: Last time of a training row, UTC microseconds.
        trained_rows: Healthy rows that grew the trees.
        held_out_rows: Later healthy rows that set the threshold.
        held_out_alarms_per_machine_year: Episodes the threshold gives on them.
        healthy_quantiles: Path lengths of the held-out healthy rows at 0, 1, ... 100 %: the map
            from a path length to how unusual it is.
        outcome: What its alarms did for the failures of the held-out time, labelled rows only;
            None without a labelled row there.
    """

    forest: Forest
    threshold: float
    healthy_rule: str
    trained_until_us: int
    trained_rows: int
    held_out_rows: int
    held_out_alarms_per_machine_year: float
    healthy_quantiles: tuple[float, ...]
    outcome: EventOutcome | None


def train_anomaly_model(
    dataset: Dataset, split: HealthySplit, positions: Int32, policy: Policy, params: AnomalyParams
) -> AnomalyModel:
    """A forest on the earlier healthy rows, judged on the later ones.

    Args:
        dataset: All rows; labels are not used for training.
        split: Healthy rows of training and of the held-out time.
        positions: Columns the forest may use, positions in the feature list.
        policy: Budget of alarms and horizon.
        params: Parameters of the forest.

    Raises:
        TooLittleDataError: No healthy row is left to grow trees or to set the threshold.
    """
    if not split.train.any() or not split.held_out.any():
        raise TooLittleDataError(
            f"{int(split.train.sum())} healthy rows to train on, {int(split.held_out.sum())} an embargo "
            "later to set the threshold: collect longer; see the readiness report"
        )
    held_out = dataset.keep(split.held_out)
    forest = grow_forest(dataset.keep(split.train), positions, params)
    lengths = path_lengths(forest, held_out.matrix)
    threshold, rate = budget_threshold(held_out, lengths, policy)
    later = dataset.keep(split.later & dataset.labelled)
    return AnomalyModel(
        forest=forest,
        threshold=threshold,
        healthy_rule=split.rule,
        trained_until_us=split.train_until_us,
        trained_rows=int(split.train.sum()),
        held_out_rows=len(held_out),
        held_out_alarms_per_machine_year=rate,
        healthy_quantiles=tuple(np.quantile(lengths, QUANTILES).tolist()),
        outcome=_outcome(later, forest, threshold, policy),
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
    """Largest path length to alarm below, within the alarm budget, and the rate it gives.

    Rates grow with the threshold but for the cool-down's edges, so the search stops at the first
    candidate beyond the budget.
    """
    judge = episode_judge(rows, policy)
    threshold, rate = float(lengths.min()), 0.0
    for candidate in np.sort(-candidates(-lengths)):
        outcome = judge.judge(lengths < candidate)
        found = outcome.episodes / outcome.machine_years
        if found > policy.anomaly_alarms_per_machine_year:
            break
        threshold, rate = float(candidate), found
    return threshold, rate


def _outcome(rows: Dataset, forest: Forest, threshold: float, policy: Policy) -> EventOutcome | None:
    if not len(rows):
        return None
    flags = path_lengths(forest, rows.matrix) < threshold
    return episode_judge(rows, policy).judge(np.asarray(flags, dtype=np.bool_))
