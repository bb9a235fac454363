"""Which rows both champion and challenger may be evaluated on, and which gate then decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.candidates.anomaly_model import AnomalyModel
from ml.candidates.candidate_model import CandidateModel, first
from ml.candidates.failure_result import FailureResult
from ml.data.dataset import Dataset, Mask
from ml.data.failure_events import Strings
from ml.evaluation.by_chance import Chance, against_chance
from ml.evaluation.held_out import Evaluation, episode_evaluator
from ml.evaluation.paired import Pair
from ml.gates.anomaly_gate import anomaly_gate, beside_champion, budget_check, forest_checks
from ml.gates.blind_champion import beside_blind
from ml.gates.bundle_gate import bundle_checks
from ml.gates.comparable import Offer, refusal
from ml.gates.failure_gate import (
    Check,
    GateReport,
    Verdict,
    challenger_gate,
    first_champion_gate,
    report,
    small_plant_gate,
    worded,
)
from ml.gates.horizon_gate import lost_horizons
from ml.gates.power_gate import incident_checks, power_checks
from ml.models.champion import AnomalyChampion, Champion, FailureChampion, Names
from ml.policy import Policy


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a training hands to the gates; ``features`` names the columns of ``dataset``."""

    dataset: Dataset
    features: Names
    healthy: Mask
    models: tuple[CandidateModel, ...]
    embargo_us: int

    @property
    def kinds(self) -> Names:
        """Kinds of model it has, as gold.model_versions names them."""
        return tuple(dict.fromkeys(model.kind for model in self.models))

    @property
    def failure(self) -> FailureResult | None:
        """The failure model that is compared."""
        return first(self.models, FailureResult)

    @property
    def anomaly(self) -> AnomalyModel | None:
        """The anomaly model that is compared."""
        return first(self.models, AnomalyModel)

    @property
    def own_checks(self) -> list[Check]:
        """What each model must show on its own."""
        return [check for model in self.models for check in model.checks()]


def decide(
    candidate: Candidate, champion: Champion | None, approved_by: str | None, policy: Policy
) -> GateReport | None:
    """The answer of the gate that fits: first champion, challenger, small plant or anomaly model.

    A champion without a failure model is no champion to a failure model, so that one passes the first
    gate. ``approved_by`` asks for the gate of small plants. A champion that the candidate cannot replace stays,
    with the reason. None where nothing could be trained.
    """
    offer = Offer(candidate.kinds, policy.horizon, candidate.features)
    if not offer.kinds:
        return None
    refused = refusal(champion, offer, approved_by) if champion else None
    if refused is not None:
        return refused
    found = _compared(candidate, champion, approved_by, policy)
    if found is None:
        checks = candidate.own_checks or [unchecked(offer.kinds)]
        return report("models", checks, provisional=True, approved_by=approved_by)
    own = [*found.checks, *candidate.own_checks, *_lost(champion, candidate)]
    return report(found.gate, own, provisional=found.is_provisional, approved_by=found.approved_by)


def _lost(champion: Champion | None, candidate: Candidate) -> list[Check]:
    held = champion.models if champion else ()
    return lost_horizons((one.entry.horizon for one in held), (one.entry.horizon for one in candidate.models))


def unchecked(kinds: Names) -> Check:
    """The answer for models that neither a gate nor a check of their own is made for."""
    text = f"no gate checks models of the kinds {', '.join(kinds)}, and they state no check of their own"
    return worded("checks", Verdict.INSUFFICIENT_DATA, text)


def _compared(
    candidate: Candidate, champion: Champion | None, approved_by: str | None, policy: Policy
) -> GateReport | None:
    """The answer about failure model and anomaly model; None where there is neither."""
    failure, anomaly = candidate.failure, candidate.anomaly
    if failure is not None:
        return _failure_gate(candidate, failure, champion, approved_by, policy)
    if anomaly is None or champion is None or champion.anomaly is None:
        return anomaly_gate(anomaly, policy) if anomaly else None
    pairs = forest_pairs(candidate, anomaly, champion, champion.anomaly, policy)
    sees = [*power_checks(anomaly.power, policy), *incident_checks(anomaly.incidents)]
    return small_plant_gate(*pairs, approved_by, policy, sees)


def forest_pairs(
    candidate: Candidate, anomaly: AnomalyModel, champion: Champion, old: AnomalyChampion, policy: Policy
) -> tuple[Pair, Pair, int]:
    """Both on the rows that neither has seen and both forests score, the healthy ones of them, and how many those are.

    Flags are of all anomaly models of a version together.

    No row counts that the champion's training held, whatever it was used for, nor one that grew the candidate's
    trees or chose its threshold; behind either lies an embargo.
    """
    unseen = _unseen(candidate, anomaly, champion, old)

    def pair(mask: Mask) -> Pair:
        rows = candidate.dataset.keep(mask)
        evaluator = episode_evaluator(rows, policy)
        flags = (champion.unusual(rows, candidate.features), anomaly.flags(rows.values))
        return Pair(*map(evaluator.evaluate, flags))

    normal = unseen & candidate.healthy
    return pair(unseen), pair(normal), int(normal.sum())


def _unseen(candidate: Candidate, anomaly: AnomalyModel, champion: Champion, old: AnomalyChampion) -> Mask:
    from_us = max(champion.seen_until_us + candidate.embargo_us, anomaly.tested_from_us)
    new = AnomalyChampion(anomaly.entry, anomaly.forest, anomaly.threshold, candidate.features)
    both = [forest.scores(candidate.dataset, candidate.features) for forest in (old, new)]
    return np.asarray((candidate.dataset.scored_us >= from_us) & both[0] & both[1], dtype=np.bool_)


def champions_chance(
    candidate: Candidate, anomaly: AnomalyModel, champion: Champion, old: AnomalyChampion, policy: Policy
) -> Chance:
    """What the champion's anomaly models caught on the rows of `forest_pairs`, beside chance."""
    rows = candidate.dataset.keep(_unseen(candidate, anomaly, champion, old))
    return against_chance(rows, champion.unusual(rows, candidate.features), policy)


def failure_pairs(
    candidate: Candidate, evaluation: Evaluation, champion: FailureChampion, policy: Policy
) -> tuple[Pair, Pair, int]:
    """Both failure models on the held-out rows beyond the champion's training and embargo, and on the healthy ones."""
    rows = evaluation.held_out.rows
    unseen = _beyond(candidate, evaluation, champion)

    def pair(mask: Mask) -> Pair:
        evaluator = episode_evaluator(rows.keep(mask), policy)
        flags = (champion.flags(rows.keep(mask), candidate.features), evaluation.flags[mask])
        return Pair(*map(evaluator.evaluate, flags))

    normal = unseen & np.isin(_keys(rows), _keys(candidate.dataset.keep(candidate.healthy)))
    return pair(unseen), pair(normal), int(normal.sum())


def failure_chance(candidate: Candidate, evaluation: Evaluation, champion: FailureChampion, policy: Policy) -> Chance:
    """What the champion's failure model caught on the rows of `failure_pairs`, beside chance."""
    rows = evaluation.held_out.rows.keep(_beyond(candidate, evaluation, champion))
    return against_chance(rows, champion.flags(rows, candidate.features), policy)


def _beyond(candidate: Candidate, evaluation: Evaluation, champion: FailureChampion) -> Mask:
    """Held-out rows beyond the champion's training and embargo."""
    scored_us = evaluation.held_out.rows.scored_us
    return np.asarray(scored_us >= champion.trained_until_us + candidate.embargo_us, dtype=np.bool_)


def _failure_gate(
    candidate: Candidate,
    failure: FailureResult,
    champion: Champion | None,
    approved_by: str | None,
    policy: Policy,
) -> GateReport:
    forest = _forest_checks(candidate, champion, policy)
    if champion is None or champion.failure is None:
        return first_champion_gate(failure.evaluation, failure.ablation, policy, forest, failure.rules)
    pair, normal, normal_rows = failure_pairs(candidate, failure.evaluation, champion.failure, policy)
    if approved_by is None:
        found = challenger_gate(pair, normal_rows, policy, forest)
        old, evaluation = champion.failure, failure.evaluation
        return beside_blind(found, lambda: failure_chance(candidate, evaluation, old, policy), policy)
    return small_plant_gate(pair, normal, normal_rows, approved_by, policy, forest)


def _forest_checks(candidate: Candidate, champion: Champion | None, policy: Policy) -> list[Check]:
    """Checks of the forest beside a failure model: its budget, its power, and the champion's forest.

    A blind forest is a warning here: the failure model predicts, and its own gate decides.
    """
    anomaly = candidate.anomaly
    if anomaly is None:
        return []
    budget, compared = budget_check("forest_held_out_alarms_per_machine_year", anomaly.tested, policy), list[Check]()
    if champion is not None and champion.anomaly is not None:
        compared_to = (candidate, anomaly, champion, champion.anomaly, policy)
        pairs = forest_pairs(*compared_to)
        budget = beside_champion(budget, pairs[1])
        compared = forest_checks(*pairs, policy, lambda: champions_chance(*compared_to))
    checks = [
        budget,
        *power_checks(anomaly.power, policy, Verdict.WARN),
        *incident_checks(anomaly.incidents),
    ]
    if candidate.failure is not None:
        checks += bundle_checks(candidate.dataset, candidate.failure, anomaly, policy)
    return [*checks, *compared]


def _keys(rows: Dataset) -> Strings:
    return np.char.add(np.char.add(rows.machine_ids, "@"), rows.scored_us.astype(np.str_))
