"""What kind of model the data can carry: computed before anything is trained, reported with the training's result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from ml.data.dataset import Dataset, Mask
from ml.data.healthy import HealthyRows, HealthySplit, healthy_split
from ml.data.label_gaps import longest_gap_hours, longest_unlabelled_hours
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.splits import Origin, rolling_origins
from ml.gates.failure_gate import Check, Verdict, at_least, at_most
from ml.policy import US_PER_DAY, US_PER_HOUR, Policy

DAYS_PER_MONTH = 30.4375
"""365.25 / 12."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Figures of the records and what follows from them.

    Attributes:
        machines: Machines with rows.
        machines_failed: Machines with at least one learnable failure.
        failures: Failures with a labelled row in their warning window.
        months: From the first row to the last.
        rows: All rows.
        labelled_share: Rows with a label, of all rows.
        longest_gap_hours: Longest time between two rows of one machine.
        longest_unlabelled_hours: Longest run of rows of one machine without a label.
        healthy_rows: Rows that may train the anomaly model.
        failure_model: PASS, WARN (provisional at best) or INSUFFICIENT_DATA.
        anomaly_model: PASS or INSUFFICIENT_DATA.
        reasons: The same in sentences.
        table: What was found, what is asked, and the verdict on each: for people and for queries.
    """

    machines: int
    machines_failed: int
    failures: int
    months: float
    rows: int
    labelled_share: float
    longest_gap_hours: float
    longest_unlabelled_hours: float
    healthy_rows: int
    failure_model: Verdict
    anomaly_model: Verdict
    reasons: tuple[str, ...]
    table: tuple[Check, ...]


def assess_readiness(dataset: Dataset, healthy: Mask, policy: Policy, embargo_us: int) -> Readiness:
    """Readiness of a data set under a policy; an empty one is INSUFFICIENT_DATA for both models."""
    labelled = dataset.keep(dataset.labelled)
    failures = EpisodeEvaluator(labelled, policy).failures
    span_us = int(np.ptp(dataset.scored_us)) if len(dataset) else 0
    failure_model, failure_reason = _failure_model(len(failures), len(dataset.failures), policy)
    if failure_model is not Verdict.INSUFFICIENT_DATA:
        unfit = _unfit(dataset, rolling_origins(dataset, policy, embargo_us), policy, embargo_us)
        failure_model, failure_reason = (Verdict.INSUFFICIENT_DATA, unfit) if unfit else (failure_model, failure_reason)
    split = healthy_split(dataset, HealthyRows(healthy, ""), embargo_us, policy.healthy_periods)
    anomaly_model, anomaly_reason = _anomaly_model(split, int(healthy.sum()), policy)
    if anomaly_model is Verdict.PASS and not split.is_whole:
        reason = _outside(split) if policy.healthy_periods else _too_short("healthy rows", embargo_us)
        anomaly_model, anomaly_reason = Verdict.INSUFFICIENT_DATA, reason
    months = span_us / US_PER_DAY / DAYS_PER_MONTH
    gap_hours, unlabelled_hours = longest_gap_hours(dataset), longest_unlabelled_hours(dataset, policy)
    return Readiness(
        machines=len(np.unique(dataset.machine_ids)),
        machines_failed=len(np.unique(failures.machine_ids)),
        failures=len(failures),
        months=months,
        rows=len(dataset),
        labelled_share=len(labelled) / len(dataset) if len(dataset) else 0.0,
        longest_gap_hours=gap_hours,
        longest_unlabelled_hours=unlabelled_hours,
        healthy_rows=int(healthy.sum()),
        failure_model=failure_model,
        anomaly_model=anomaly_model,
        reasons=(failure_reason, anomaly_reason),
        table=(
            *_failure_table(len(failures), months, embargo_us, policy),
            *_gap_table(gap_hours, unlabelled_hours, policy),
            *_anomaly_table(split, int(healthy.sum()), policy),
        ),
    )


def _failure_table(failures: int, months: float, embargo_us: int, policy: Policy) -> tuple[Check, ...]:
    learn, test, pair = policy.minimum_train_failures, policy.minimum_tested_failures, policy.paired_failures
    # An embargo lies before each of two later blocks: those that test, and those that choose and evaluate the forest.
    least_months = 2 * embargo_us / US_PER_DAY / DAYS_PER_MONTH
    return (
        at_least("failures_to_learn_from_and_test_on", failures, learn + test, evidence=True),
        _wanted(at_least("failures_to_compare_models_by", failures, learn + pair)),
        replace(
            at_least("months", months, least_months, evidence=True),
            text=f"records of {_span(months * DAYS_PER_MONTH)}, at least {_span(2 * embargo_us / US_PER_DAY)} needed: "
            f"two embargoes of {_span(embargo_us / US_PER_DAY)} (horizon and longest look-back)",
        ),
    )


def _gap_table(gap_hours: float, unlabelled_hours: float, policy: Policy) -> tuple[Check, ...]:
    """A hole as long as a held-out block leaves a machine untested for the whole of one."""
    block_hours = policy.origin_step_days * US_PER_DAY / US_PER_HOUR
    return (
        _wanted(at_most("longest_hours_without_a_row", gap_hours, block_hours)),
        _wanted(at_most("longest_hours_without_a_label", unlabelled_hours, block_hours)),
    )


def _anomaly_table(split: HealthySplit, healthy_rows: int, policy: Policy) -> tuple[Check, ...]:
    choosing, least = int(split.choosing.sum()), policy.minimum_anomaly_rows
    rows = at_least("healthy_rows", healthy_rows, least, evidence=True)
    chosen_by = at_least("healthy_rows_to_choose_a_threshold_by", choosing, policy.threshold_rows, evidence=True)
    return (
        replace(rows, text=f"{_rows(healthy_rows)} healthy rows, {_rows(least)} needed (minimum_anomaly_rows)"),
        replace(chosen_by, text=_threshold_text(choosing, policy)),
    )


def _threshold_text(choosing: int, policy: Policy) -> str:
    """How many rows choose a threshold, how many the budget asks for, and what to change where they are too few."""
    budget, needed = policy.anomaly_alarms_per_machine_year, policy.threshold_rows
    what = f"healthy rows that choosing a threshold within a budget of {budget:g} alarms a machine-year needs"
    if choosing >= needed:
        return f"{_rows(choosing)} rows for the {_rows(needed)} {what}"
    text = f"{_rows(choosing)} of the {_rows(needed)} {what}"
    enough = f" to {ceil(budget * needed / choosing):,}" if choosing else ""
    return (
        f"{text}; collect longer, score less often (score_every in [plant] of the profile), or raise the "
        f"budget{enough} (alarms_per_machine_year in [anomaly])"
    )


def _rows(count: float) -> str:
    """A number of rows for people.

    >>> _rows(9025), _rows(2_629_746)
    ('9,025', '2.6 million')
    """
    return f"{count / 1e6:,.1f} million" if count >= 1e6 else f"{count:,.0f}"


def _span(days: float) -> str:
    """A length of time for people.

    >>> _span(0.0008), _span(0.5), _span(30.4375)
    ('1.2 min', '12.0 h', '30.4 d')
    """
    if days >= 2:
        return f"{days:,.1f} d"
    return f"{days * 24:,.1f} h" if days * 24 >= 1 else f"{days * 1440:,.1f} min"


def _wanted(check: Check) -> Check:
    """WARN instead of FAIL: the models can do without it, not as well."""
    return check if check.verdict is Verdict.PASS else replace(check, verdict=Verdict.WARN)


def _failure_model(learnable: int, recorded: int, policy: Policy) -> tuple[Verdict, str]:
    """Verdict and reason, by failures with a labelled row in their warning window and by those on record."""
    least = policy.minimum_train_failures + policy.minimum_tested_failures
    if recorded == 0:
        return Verdict.INSUFFICIENT_DATA, (
            "No failure is on record for a machine that has feature rows: no model can learn to predict one. "
            "Isolation Forest only."
        )
    if learnable < least:
        return Verdict.INSUFFICIENT_DATA, (
            f"{_learnable(learnable, recorded, policy)}, {least} are needed ({policy.minimum_train_failures} to "
            f"learn from, {policy.minimum_tested_failures} to be tested on): Isolation Forest only."
        )
    if learnable < policy.minimum_train_failures + policy.paired_failures:
        return Verdict.WARN, (
            f"{learnable} failures carry a failure model, but fewer than {policy.paired_failures} "
            "of them can be tested: it will be provisional, evaluated by rolling origins."
        )
    return Verdict.PASS, f"{learnable} failures carry a failure model and its comparison."


def _unfit(dataset: Dataset, origins: Sequence[Origin], policy: Policy, embargo_us: int) -> str | None:
    """Why no failure model can be evaluated; None where one can. The rows before the first origin are in all others."""
    if not origins:
        return _too_short("failures", embargo_us)
    if len(np.unique(dataset.label[origins[0].train(dataset)])) == 2:
        return None
    return (
        f"A failure follows within {policy.horizon} of every row before the first held-out block: there is no row to "
        "tell the others from. Choose a shorter horizon, or collect longer."
    )


def _learnable(learnable: int, recorded: int, policy: Policy) -> str:
    """Failures to learn from; of those on record that are none, why."""
    if learnable == recorded:
        return "1 failure" if learnable == 1 else f"{learnable} failures"
    return (
        f"{learnable} of {recorded} failures on record have a labelled row in the {policy.horizon} before them (none "
        "has one where there is no row, where the machine is down, or where the records end before the horizon does)"
    )


def _anomaly_model(split: HealthySplit, healthy_rows: int, policy: Policy) -> tuple[Verdict, str]:
    least, chosen_by = policy.minimum_anomaly_rows, int(split.choosing.sum())
    if healthy_rows < least:
        return (
            Verdict.INSUFFICIENT_DATA,
            f"{healthy_rows:,} healthy rows, {least:,} are needed for an Isolation Forest.",
        )
    if split.is_whole and chosen_by < policy.threshold_rows:
        return Verdict.INSUFFICIENT_DATA, f"{_rows(healthy_rows)} healthy rows; {_threshold_text(chosen_by, policy)}."
    return Verdict.PASS, f"{healthy_rows:,} healthy rows carry an Isolation Forest."


def _outside(split: HealthySplit) -> str:
    return (
        f"{_rows(int(split.growing.sum()))} healthy rows in the training period that the profile states, "
        f"{_rows(int(split.choosing.sum()))} in the threshold period, {_rows(int(split.testing.sum()))} an embargo "
        "after it to evaluate on, each needs one at least: correct [anomaly] of the profile, or collect longer."
    )


def _too_short(what: str, embargo_us: int) -> str:
    return (
        f"The {what} to learn from leave no later rows to evaluate on, an embargo of "
        f"{embargo_us / US_PER_HOUR:g} h (horizon and longest look-back) in between: collect longer."
    )
