"""Which rows may be called healthy: far from failures and, where possible, from maintenance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.dataset import Dataset, Mask
from ml.failure_events import FailureEvents, Int64, Strings
from ml.policy import US_PER_DAY, Policy

TRAIN_SHARE = 0.7
"""Share of the healthy rows, by time, that grows the trees; the later rest sets the threshold."""


@dataclass(frozen=True, slots=True)
class HealthyRows:
    """A choice of healthy rows and the rule that made it, for the model card."""

    mask: Mask
    rule: str


def healthy_rows(dataset: Dataset, maintenance: FailureEvents, policy: Policy) -> HealthyRows:
    """The widest distance to trouble that still leaves ``minimum_healthy_rows``.

    Machines that are serviced every week would have no healthy row at all under the widest rule;
    it gives way step by step, and the rule taken is told. The last rule is taken however few rows
    it leaves.
    """
    days = policy.healthy_margin_days
    margin_us = days * US_PER_DAY
    off_failures = ~near_events(dataset, dataset.failures, margin_us)
    rules = (
        (
            f"more than {days} d from any failure or maintenance",
            off_failures & ~near_events(dataset, maintenance, margin_us),
        ),
        (f"more than {days} d from any failure", off_failures),
    )
    for rule, mask in rules:
        if int(mask.sum()) >= policy.minimum_healthy_rows:
            return HealthyRows(mask, rule)
    near = near_events(dataset, dataset.failures, policy.horizon_us)
    return HealthyRows(~near, f"more than {policy.horizon} from any failure")


@dataclass(frozen=True, slots=True)
class HealthySplit:
    """Healthy rows in two parts with an embargo between them; either may be empty.

    Attributes:
        train: Rows that grow the trees.
        held_out: Later rows that set the threshold.
        later: All rows of the held-out time, healthy or not.
        train_until_us: Last time of a training row.
        rule: How the healthy rows were chosen.
    """

    train: Mask
    held_out: Mask
    later: Mask
    train_until_us: int
    rule: str


def healthy_split(dataset: Dataset, healthy: HealthyRows, embargo_us: int) -> HealthySplit:
    """The earlier `TRAIN_SHARE` of the healthy rows, and those at least one embargo after it."""
    times = np.sort(dataset.scored_us[healthy.mask])
    train_until_us = int(times[int(TRAIN_SHARE * (len(times) - 1))]) if len(times) else 0
    later = np.asarray(dataset.scored_us >= train_until_us + embargo_us, dtype=np.bool_)
    return HealthySplit(
        train=healthy.mask & (dataset.scored_us <= train_until_us),
        held_out=healthy.mask & later,
        later=later,
        train_until_us=train_until_us,
        rule=healthy.rule,
    )


def near_events(dataset: Dataset, events: FailureEvents, margin_us: int) -> Mask:
    """True where the row is within ``margin_us`` of an event of its machine, on either side."""
    near = np.zeros(len(dataset), dtype=np.bool_)
    for machine_id in np.unique(events.machine_ids).tolist():
        rows = dataset.machine_ids == machine_id
        near[rows] = _near(dataset.scored_us[rows], events.of_machine(machine_id), margin_us)
    return near


def maintenance_events(machine_ids: Strings, occurred_us: Int64) -> FailureEvents:
    """Maintenance in the shape of events, in any incoming order."""
    order = np.lexsort((occurred_us, machine_ids))
    codes = ("maintenance",) * len(order)
    return FailureEvents(machine_ids[order], occurred_us[order], codes)


def _near(at_us: Int64, events_us: Int64, margin_us: int) -> Mask:
    first = np.searchsorted(events_us, at_us - margin_us, side="left")
    last = np.searchsorted(events_us, at_us + margin_us, side="right")
    return np.asarray(last > first, dtype=np.bool_)
