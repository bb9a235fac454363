"""Which rows both champion and challenger may be judged on, and which gate then decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xgboost as xgb

from ml.ablation import Ablation
from ml.anomaly_model import AnomalyModel
from ml.dataset import Dataset, Mask
from ml.evaluation import Evaluation, episode_judge
from ml.failure_events import Strings
from ml.failure_model import margins
from ml.forest import Forest, path_lengths
from ml.gates import (
    GateReport,
    anomaly_gate,
    challenger_gate,
    first_champion_gate,
    small_plant_gate,
)
from ml.paired import Pair
from ml.policy import Policy


@dataclass(frozen=True, slots=True)
class FailureChampion:
    """A failure model in force: alarm where its margin is at or above ``threshold``."""

    booster: xgb.Booster
    threshold: float
    trained_until_us: int

    def flags(self, rows: Dataset) -> Mask:
        """Rows it would alarm at."""
        if not len(rows):
            return np.zeros(0, dtype=np.bool_)
        return np.asarray(margins(self.booster, rows.values) >= self.threshold, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class AnomalyChampion:
    """An anomaly model in force: alarm where its path length is below ``threshold``."""

    forest: Forest
    threshold: float
    trained_until_us: int

    def flags(self, rows: Dataset) -> Mask:
        """Rows it would alarm at."""
        lengths = path_lengths(self.forest, rows.matrix)
        return np.asarray(lengths < self.threshold, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Champion:
    """The version in force, as read from its model folder; a part it lacks is None."""

    version: str
    failure: FailureChampion | None
    anomaly: AnomalyChampion | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a training hands to the gates."""

    dataset: Dataset
    healthy: Mask
    evaluation: Evaluation | None
    ablation: Ablation | None
    anomaly: AnomalyModel | None
    embargo_us: int


def decide(
    candidate: Candidate, champion: Champion | None, approved_by: str | None, policy: Policy
) -> GateReport | None:
    """The answer of the gate that fits: first champion, challenger, small plant or anomaly model.

    A champion without a failure model is no champion to a failure model, so that one passes the first
    gate. ``approved_by`` asks for the road of small plants. None where nothing could be trained.
    """
    old_failure = champion.failure if champion else None
    old_anomaly = champion.anomaly if champion else None
    evaluation = candidate.evaluation
    if evaluation is not None:
        if old_failure is None:
            return first_champion_gate(evaluation, candidate.ablation, policy)
        if approved_by is None:
            return challenger_gate(failure_pair(candidate, evaluation, old_failure, policy), policy)
        return _small_plant_failure(candidate, evaluation, old_failure, approved_by, policy)
    if candidate.anomaly is None:
        return None
    if old_anomaly is None:
        return anomaly_gate(candidate.anomaly, policy)
    return _small_plant_anomaly(candidate, candidate.anomaly, old_anomaly, approved_by, policy)


def failure_pair(candidate: Candidate, evaluation: Evaluation, champion: FailureChampion, policy: Policy) -> Pair:
    """Both failure models on the held-out rows beyond the champion's training and embargo."""
    unseen = _unseen(evaluation.held_out.rows, champion.trained_until_us, candidate.embargo_us)
    return _pair_on(unseen, evaluation, champion, policy)


def _small_plant_failure(
    candidate: Candidate,
    evaluation: Evaluation,
    champion: FailureChampion,
    approved_by: str,
    policy: Policy,
) -> GateReport:
    rows = evaluation.held_out.rows
    unseen = _unseen(rows, champion.trained_until_us, candidate.embargo_us)
    normal = unseen & np.isin(_keys(rows), _keys(candidate.dataset.keep(candidate.healthy)))
    return small_plant_gate(
        _pair_on(unseen, evaluation, champion, policy),
        _pair_on(normal, evaluation, champion, policy),
        int(normal.sum()),
        approved_by,
        policy,
    )


def _pair_on(mask: Mask, evaluation: Evaluation, champion: FailureChampion, policy: Policy) -> Pair:
    rows = evaluation.held_out.rows.keep(mask)
    judge = episode_judge(rows, policy)
    return Pair(judge.judge(champion.flags(rows)), judge.judge(evaluation.flags[mask]))


def _small_plant_anomaly(
    candidate: Candidate,
    anomaly: AnomalyModel,
    champion: AnomalyChampion,
    approved_by: str | None,
    policy: Policy,
) -> GateReport:
    until_us = max(anomaly.trained_until_us, champion.trained_until_us)
    challenger = AnomalyChampion(anomaly.forest, anomaly.threshold, anomaly.trained_until_us)
    unseen = _unseen(candidate.dataset, until_us, candidate.embargo_us)
    pairs = []
    for mask in (unseen, unseen & candidate.healthy):
        rows = candidate.dataset.keep(mask)
        judge = episode_judge(rows, policy)
        pairs.append(Pair(judge.judge(champion.flags(rows)), judge.judge(challenger.flags(rows))))
    normal_rows = int((unseen & candidate.healthy).sum())
    return small_plant_gate(pairs[0], pairs[1], normal_rows, approved_by, policy)


def _unseen(rows: Dataset, trained_until_us: int, embargo_us: int) -> Mask:
    return np.asarray(rows.scored_us >= trained_until_us + embargo_us, dtype=np.bool_)


def _keys(rows: Dataset) -> Strings:
    return np.char.add(np.char.add(rows.machine_ids, "@"), rows.scored_us.astype(np.str_))
