"""Gates: whether a model may become champion, with every number and the limit it met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from expectations.plant.plant_profile import Costs
from ml.evaluation.ablation import Ablation
from ml.evaluation.block_frequency import BlockFrequency
from ml.evaluation.held_out import Evaluation
from ml.evaluation.metrics import poisson_at_least
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.paired import Pair
from ml.evaluation.plain_rules import PlainRule
from ml.evaluation.saving import Saving, paired_saving
from ml.policy import Policy

BOOTSTRAP_SEED = 20150101


class Verdict(Enum):
    """Answer of a check or a gate; ``INSUFFICIENT_DATA`` is an answer of its own, not a failure."""

    PASS = "PASS"  # noqa: S105 - a verdict, no password
    WARN = "WARN"
    FAIL = "FAIL"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


WEIGHT = (Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.INSUFFICIENT_DATA)
"""Ascending: without the evidence no other answer counts."""
_NEEDED = {">=": "needed {}", ">": "needed more than {}", "<=": "at most {} allowed", "<": "must be below {}"}
_WORDS = {
    "random_column_gain": "gain of a column of random numbers, 1 where features are no better",
    "rows_nearer_than_the_embargo": "training rows nearer to the rows that test than the embargo",
    "shuffled_labels_distance_from_chance": "score of shuffled labels, standard deviations from chance",
    "paired_failures": "failures since the champion was trained",
    "normal_rows": "normal rows since the champion was trained",
    "recall_difference": "recall, difference from the champion's",
    "saving": "saving against the champion",
    "cost_against_never_alarming": "cost, compared with never alarming",
    "cost_against_always_alarming": "cost, compared with always alarming",
    "cost_against_no_telemetry": "cost, compared with a model without sensor data",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One number against its limit.

    Attributes:
        name: Stable name of the check.
        verdict: Answer of this check alone.
        value: What was found; None where it cannot be known.
        relation: How value and limit must compare, as ``>=``.
        limit: What was asked.
        text: The same in words, for people.
    """

    name: str
    verdict: Verdict
    value: float | None
    relation: str
    limit: float | None
    text: str


@dataclass(frozen=True, slots=True)
class GateReport:
    """A gate's answer.

    Attributes:
        gate: ``first champion``, ``challenger``, ``small plant``, ``anomaly model``, or ``comparison`` where
            champion and candidate cannot be compared.
        verdict: The weightiest verdict of the checks.
        is_provisional: Promoted on few tested failures, to be replaced at the first chance.
        checks: All of them, passed ones too.
        approved_by: Person who approved, where the gate asks for one.
    """

    gate: str
    verdict: Verdict
    is_provisional: bool
    checks: tuple[Check, ...]
    approved_by: str | None = None

    @property
    def is_promoted(self) -> bool:
        """Whether the model may become champion."""
        return self.verdict in (Verdict.PASS, Verdict.WARN)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Words of the checks that did not pass."""
        return tuple(check.text for check in self.checks if check.verdict is not Verdict.PASS)


def first_champion_gate(
    evaluation: Evaluation,
    ablation: Ablation | None,
    policy: Policy,
    forest: Sequence[Check] = (),
    rules: Sequence[PlainRule] = (),
) -> GateReport:
    """The first model of a plant: enough tested failures, cheaper than not having a model, and than a plain rule.

    Always provisional: there is nothing to compare it with. Source: `docs/decisions/0052-first-champion.md`.

    Args:
        evaluation: Held-out evaluation.
        ablation: The same without telemetry, where there is one.
        policy: Limits.
        forest: Checks of the anomaly model in the same version.
        rules: Plain rules on the same rows, cheapest first.
    """
    outcome, cost = evaluation.outcome, evaluation.outcome.cost(policy.costs)
    checks = [
        at_least("tested_failures", len(outcome.caught), policy.minimum_tested_failures, evidence=True),
        below("cost_against_never_alarming", cost, evaluation.never_cost),
        below("cost_against_always_alarming", cost, evaluation.always_cost),
        *(_rule_check(cost, rule) for rule in rules[:1]),
        at_most(
            "false_alarms_per_machine_year", outcome.false_alarms_per_machine_year, policy.false_alarms_per_machine_year
        ),
        *transfer_checks(evaluation.blocks, policy),
    ]
    if ablation is not None:
        checks.append(_telemetry_check(ablation, policy.costs))
    return report("first champion", [*checks, *intervened(outcome), *forest], provisional=True)


def transfer_checks(blocks: Sequence[BlockFrequency], policy: Policy) -> list[Check]:
    """WARN where the probabilities of a later block do not add up to about the positives that came.

    One check, of the block farthest from 1, by ratio; none where no block had the failures to be calibrated on.
    """
    known = [each for each in blocks if each.failures_known >= policy.transfer_failures]
    ratios = [each.ratio for each in known if each.ratio is not None]
    if not ratios:
        return []
    low, high = policy.least_predicted_ratio, policy.most_predicted_ratio
    outside = sum(not low <= ratio <= high for ratio in ratios)
    beyond = sum(each.interval is not None and not _overlap(each.interval, (low, high)) for each in known)
    text = (
        f"positives predicted by observed: {figure(round(min(ratios), 2))} to {figure(round(max(ratios), 2))} over "
        f"{len(ratios)} blocks with {policy.transfer_failures} failures known, {outside} outside {figure(low)} to "
        f"{figure(high)}"
    )
    if outside:
        text += f", {beyond} of them by more than the count of failures in the block explains"
    verdict = Verdict.WARN if outside else Verdict.PASS
    advice = "; probabilities of later rows are off by that much: wait for more failures" if outside else ""
    return [Check("blocks_with_predicted_far_from_observed", verdict, float(outside), "<=", 0.0, text + advice)]


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def challenger_gate(pair: Pair, normal_rows: int, policy: Policy, forest: Sequence[Check] = ()) -> GateReport:
    """A challenger against the champion, on the same failures.

    It must save money, and the lower bound of the saving must say so too; its recall may be no more than the slack
    below the champion's. Source: `docs/decisions/0053-challenger-gate.md`.

    Args:
        pair: Both models on the rows that neither has seen.
        normal_rows: Normal rows among them.
        policy: Limits.
        forest: Checks of the anomaly model in the same version.
    """
    old, new = pair.champion, pair.challenger
    saving = paired_saving(pair, policy, np.random.default_rng(BOOTSTRAP_SEED))
    checks = [
        at_least("paired_failures", pair.failures, policy.paired_failures, evidence=True),
        above("normal_rows", normal_rows, policy.minimum_normal_rows, evidence=True),
        at_least("recall_difference", pair.recall_difference, -policy.recall_slack),
        above("saving", saving.total, 0.0),
        _bound_check(saving, policy),
        _false_alarm_check(old, new, policy),
    ]
    return report("challenger", [*checks, *intervened(new, old), *forest], provisional=False)


def small_plant_gate(
    pair: Pair,
    normal: Pair,
    normal_rows: int,
    approved_by: str | None,
    policy: Policy,
    forest: Sequence[Check] = (),
) -> GateReport:
    """The gate of a plant with too few failures: evaluation on normal data, and the approval of a person.

    A model that never alarms would pass on normal data alone, so the few failures there are must not be
    caught more rarely than before.

    Args:
        pair: Both models on all common rows.
        normal: Both models on the normal rows among them.
        normal_rows: Number of those rows.
        approved_by: Person who takes the decision; None as long as nobody has.
        policy: Limits.
        forest: Checks of the anomaly model in the same version, where the pairs are failure models.
    """
    caught = (int(pair.challenger.caught.sum()), int(pair.champion.caught.sum()))
    checks = [
        above("normal_rows", normal_rows, policy.minimum_normal_rows, evidence=True),
        at_most("false_alarms_on_normal_rows", normal.challenger.false_episodes,
                normal.champion.false_episodes),
        at_least("failures_caught", caught[0], caught[1]),
        *intervened(pair.challenger, pair.champion),
        *forest,
        _approval(approved_by),
    ]  # fmt: skip
    return report("small plant", checks, provisional=True, approved_by=approved_by)


def intervened(model: EventOutcome, champion: EventOutcome | None = None) -> list[Check]:
    """What the gate says of alarms that ended by an intervention: how many there are; nothing where there is none.

    They decide nothing: nobody knows whether a failure was prevented, and none is counted as prevented.
    """
    counts, before = model.counts, champion.counts if champion else None
    if not counts.intervened and not (before and before.intervened):
        return []
    others = f", the champion's {before.intervened}" if before else ""
    found = f"alarms that ended by an intervention: {counts.intervened}, {counts.confirmed} confirmed{others}"
    return [worded("intervened", Verdict.PASS, f"{found}; they are neither right nor false")]


def report(gate: str, checks: list[Check], *, provisional: bool, approved_by: str | None = None) -> GateReport:
    """The report of some checks: its verdict is the weightiest of theirs."""
    verdict = max((check.verdict for check in checks), key=WEIGHT.index)
    return GateReport(gate, verdict, provisional, tuple(checks), approved_by)


def at_least(name: str, value: float, limit: float, *, evidence: bool = False) -> Check:
    """PASS where value >= limit; else FAIL, or INSUFFICIENT_DATA where the number is evidence."""
    otherwise = Verdict.INSUFFICIENT_DATA if evidence else Verdict.FAIL
    return _check(name, value, ">=", limit, Verdict.PASS if value >= limit else otherwise)


def above(name: str, value: float, limit: float, *, evidence: bool = False) -> Check:
    """PASS where value > limit; else FAIL, or INSUFFICIENT_DATA where the number is evidence."""
    otherwise = Verdict.INSUFFICIENT_DATA if evidence else Verdict.FAIL
    return _check(name, value, ">", limit, Verdict.PASS if value > limit else otherwise)


def at_most(name: str, value: float, limit: float) -> Check:
    """PASS where value <= limit, else FAIL."""
    return _check(name, value, "<=", limit, Verdict.PASS if value <= limit else Verdict.FAIL)


def below(name: str, value: float, limit: float) -> Check:
    """PASS where value < limit, else FAIL."""
    return _check(name, value, "<", limit, Verdict.PASS if value < limit else Verdict.FAIL)


def figure(value: float) -> str:
    """A number for people: six significant digits, thousands apart, the whole part never cut.

    >>> figure(0.1 + 0.2), figure(1_322_500.4), figure(-12.345678901234)
    ('0.3', '1,322,500', '-12.3457')
    """
    return f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:,.6g}"


def worded(name: str, verdict: Verdict, text: str) -> Check:
    """A check that words decide and no number."""
    return Check(name, verdict, None, "is", None, text)


def _check(name: str, value: float, relation: str, limit: float, verdict: Verdict) -> Check:
    words = _WORDS.get(name, name.replace("_", " "))
    wait = "; wait for new data" if verdict is Verdict.INSUFFICIENT_DATA else ""
    text = f"{words}: {figure(value)}, {_NEEDED[relation].format(figure(limit))}{wait}"
    return Check(name, verdict, float(value), relation, float(limit), text)


def _telemetry_check(ablation: Ablation, costs: Costs) -> Check:
    """WARN where the model is no cheaper than one that never looks at a sensor."""
    full, without = ablation.full.cost(costs), ablation.without.cost(costs)
    verdict = Verdict.PASS if full < without else Verdict.WARN
    return _check("cost_against_no_telemetry", full, "<", without, verdict)


def _rule_check(cost: float, rule: PlainRule) -> Check:
    """FAIL where a limit on one figure does as well: nobody needs the model then."""
    verdict = Verdict.PASS if cost < rule.cost else Verdict.FAIL
    text = f"cost, compared with the plain rule {rule.words}: {figure(cost)}, must be below {figure(rule.cost)}" + (
        "" if verdict is Verdict.PASS else "; set that limit in the profile, or wait for more failures to learn from"
    )
    return Check("cost_against_best_plain_rule", verdict, cost, "<", rule.cost, text)


def _bound_check(saving: Saving, policy: Policy) -> Check:
    """INSUFFICIENT_DATA where chance alone may explain what is saved; nothing is asked where nothing is."""
    verdict = Verdict.PASS if saving.bound > 0 else Verdict.INSUFFICIENT_DATA
    if saving.total <= 0:
        verdict = Verdict.FAIL
    advice = "; wait for more failures to compare by" if verdict is Verdict.INSUFFICIENT_DATA else ""
    text = (
        f"saving against the champion, lower bound at {figure(policy.bootstrap_confidence)}: "
        f"{figure(round(saving.bound))}, needed more than 0; {saving.champion_calls} calls in vain were the champion's "
        f"alone, {saving.challenger_calls} the challenger's{advice}"
    )
    return Check("saving_lower_bound", verdict, saving.bound, ">", 0.0, text)


def _false_alarm_check(old: EventOutcome, new: EventOutcome, policy: Policy) -> Check:
    """WARN beyond the allowed multiple of the champion's false alarms where chance explains it, else FAIL.

    Source: one-sided test of a Poisson count, as the alarm budget of an anomaly model has it.
    """
    rate, allowed = new.false_alarms_per_machine_year, policy.false_alarm_ratio * old.false_alarms_per_machine_year
    check = at_most("false_alarms_per_machine_year", rate, allowed)
    chance = poisson_at_least(new.false_episodes, policy.false_alarm_ratio * old.false_episodes)
    if check.verdict is Verdict.PASS or chance < 1 - policy.budget_confidence:
        return check
    text = f"{check.text}; as many by chance with probability {figure(round(chance, 4))}"
    return replace(check, verdict=Verdict.WARN, text=text)


def _approval(approved_by: str | None) -> Check:
    verdict = Verdict.PASS if approved_by else Verdict.INSUFFICIENT_DATA
    words = f"approved by {approved_by}" if approved_by else "nobody has approved it yet"
    return worded("approval", verdict, words)
