"""What a bundle raises: the forest on all rows that it will see, and its alarms and the failure model's together."""

from __future__ import annotations

from ml.candidates.anomaly_model import AnomalyModel
from ml.candidates.failure_result import FailureResult
from ml.data.dataset import Dataset, Mask
from ml.evaluation.by_chance import Chance, against_chance
from ml.evaluation.episodes import EpisodeEvaluator
from ml.gates.failure_gate import Check, Verdict, figure
from ml.policy import Policy


def bundle_checks(dataset: Dataset, failure: FailureResult, anomaly: AnomalyModel, policy: Policy) -> list[Check]:
    """The forest against chance, and the union of both against its budget; WARN at worst.

    Both on rows that neither had seen, healthy or not. A forest beside a failure model may add little and cost calls:
    a person must know, and the failure model's gate decides.
    """
    tested = dataset.evaluated & (dataset.scored_us >= anomaly.tested_from_us)
    rows = dataset.keep(tested)
    if not len(rows) or not len(EpisodeEvaluator(rows, policy).failures):
        return []
    checks = [chance_check(against_chance(rows, anomaly.flags(rows.values), policy))]
    held_out = failure.evaluation.held_out
    late = held_out.rows.scored_us >= anomaly.tested_from_us
    if late.any():
        both = held_out.rows.keep(late)
        checks.append(union_check(both, failure.evaluation.flags[late], anomaly.flags(both.values), policy))
    return checks


def chance_check(chance: Chance) -> Check:
    """WARN where the forest catches no more failures than it would by chance."""
    recall = chance.recall.value or 0.0
    text = (
        f"forest's recall on all rows: {chance.recall}; failures shifted in time give "
        f"{figure(round(chance.expected, 3))} on average, {figure(round(chance.upper, 3))} in 1 of 20 shifts"
    )
    if chance.is_better:
        return Check("forest_recall_against_chance", Verdict.PASS, recall, ">", chance.upper, text)
    advice = "; its alarms tell nothing of failures here: more sensors, or failures of kinds that they show, would"
    return Check("forest_recall_against_chance", Verdict.WARN, recall, ">", chance.upper, text + advice)


def union_check(rows: Dataset, failing: Mask, unusual: Mask, policy: Policy) -> Check:
    """WARN where all that the bundle raises is beyond the false alarms that both budgets allow together."""
    evaluator = EpisodeEvaluator(rows, policy)
    alone, both = evaluator.evaluate(failing), evaluator.evaluate(failing | unusual)
    budget = policy.false_alarms_per_machine_year + policy.anomaly_alarms_per_machine_year
    rate = both.false_alarms_per_machine_year
    text = (
        f"failure model and forest together: {both.recall.hits} of {both.recall.total} failures caught, "
        f"{both.false_episodes} false alarms in {figure(round(both.machine_years, 2))} machine-years "
        f"({figure(round(rate, 1))} a machine-year, at most {figure(budget)} allowed); the failure model alone: "
        f"{alone.recall.hits} caught, {alone.false_episodes} false"
    )
    if rate <= budget:
        return Check("union_false_alarms_per_machine_year", Verdict.PASS, rate, "<=", budget, text)
    advice = "; raise the budgets in policy.toml, or collect more normal rows for the forest's threshold"
    return Check("union_false_alarms_per_machine_year", Verdict.WARN, rate, "<=", budget, text + advice)
