"""What an anomaly model must show: alarms within budget, power, and no worse than the champion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ml.candidates.anomaly_model import AnomalyModel
from ml.evaluation.by_chance import Chance
from ml.evaluation.metrics import poisson_at_least
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.paired import Pair
from ml.gates.failure_gate import Check, GateReport, Verdict, above, at_least, at_most, figure, report
from ml.gates.power_gate import incident_checks, power_checks
from ml.policy import Policy


def anomaly_gate(model: AnomalyModel, policy: Policy) -> GateReport:
    """The first anomaly model of a plant without failures: enough normal rows, alarms within budget, power."""
    rows = model.trained_rows + model.choosing_rows + model.tested_rows
    checks = [
        at_least("normal_rows", rows, policy.minimum_anomaly_rows, evidence=True),
        budget_check("held_out_alarms_per_machine_year", model.tested, policy),
        *power_checks(model.power, policy),
        *incident_checks(model.incidents),
    ]
    return report("anomaly model", checks, provisional=True)


def budget_check(name: str, tested: EventOutcome, policy: Policy) -> Check:
    """Alarms on healthy rows that nothing was made from, against the budget.

    PASS within the budget. Beyond it WARN where chance alone explains the excess, FAIL where it does not: the
    threshold lies at the edge of the budget on its own rows, so an honest forest is a little beyond it on later ones
    every other time, and one alarm more or less on few rows says nothing.

    Source: one-sided exact test of a Poisson count (Garwood, Biometrika 28, 1936), confidence of the policy.
    """
    rate, budget = tested.calls_per_machine_year, policy.anomaly_alarms_per_machine_year
    chance = poisson_at_least(tested.counts.calls, budget * tested.machine_years)
    verdict = Verdict.PASS
    if rate > budget:
        verdict = Verdict.WARN if chance >= 1 - policy.budget_confidence else Verdict.FAIL
    found = f"{tested.counts.calls} raised or repeated in {figure(tested.machine_years)} machine-years"
    text = (
        f"{name.replace('_', ' ')}: {figure(rate)} ({found}), at most {figure(budget)} allowed; "
        f"a forest within its budget has as many with probability {figure(round(chance, 4))}"
    )
    return Check(name, verdict, rate, "<=", budget, text)


def beside_champion(check: Check, normal: Pair) -> Check:
    """The check of the budget where another forest is in force: WARN where that one raises as many on the same rows.

    A refusal would leave the worse forest. Source: `docs/decisions/0276-forest-beyond-its-budget.md`.

    Args:
        check: Of `budget_check`.
        normal: Both forests on the normal rows that neither has seen.
    """
    old, new = normal.champion.calls_per_machine_year, normal.challenger.calls_per_machine_year
    if check.verdict is not Verdict.FAIL or new > old:
        return check
    text = f"{check.text}; the champion's forest raises {figure(old)} where this one raises {figure(new)}"
    return replace(check, verdict=Verdict.WARN, text=text)


def beside_chance(check: Check, chance: Callable[[], Chance]) -> Check:
    """The check of the recall where chance explains what the champion's forest caught: WARN instead of FAIL.

    A forest that alarms most of the time catches most failures, whatever it sees; a refusal would leave it.
    Source: `docs/decisions/0277-recall-of-a-forest-by-chance.md`.

    Args:
        check: Of the difference of recall.
        chance: Recall of the champion's forest beside that of failures shifted in time; asked only where it decides.
    """
    if check.verdict is not Verdict.FAIL or not (found := chance()).tells_nothing:
        return check
    text = (
        f"{check.text}; the champion's forest has {found.recall}, failures shifted in time give "
        f"{figure(round(found.expected, 3))} on average, {figure(round(found.upper, 3))} in 1 of 20 shifts: its alarms "
        "tell nothing of failures here"
    )
    return replace(check, verdict=Verdict.WARN, text=text)


def forest_checks(
    pair: Pair, normal: Pair, normal_rows: int, policy: Policy, chance: Callable[[], Chance]
) -> list[Check]:
    """A forest beside a failure model, against the champion's forest, by the limits of the failure model.

    The failure model decides what is predicted; the forest must not make the version worse. Within the plant's budget
    it may alarm more often than the champion's.

    Args:
        pair: Both forests on all rows that neither has seen.
        normal: Both on the normal rows among them.
        normal_rows: Number of those rows.
        policy: Limits.
        chance: See `beside_chance`.
    """
    old, new = normal.champion.calls_per_machine_year, normal.challenger.calls_per_machine_year
    allowed = max(policy.false_alarm_ratio * old, policy.anomaly_alarms_per_machine_year)
    return [
        above("forest_normal_rows", normal_rows, policy.minimum_normal_rows, evidence=True),
        beside_chance(at_least("forest_recall_difference", pair.recall_difference, -policy.recall_slack), chance),
        at_most("forest_alarms_per_machine_year_on_normal_rows", new, allowed),
    ]
