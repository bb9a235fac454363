"""Which rows may be called healthy: known to run on, far from failures and, where possible, from maintenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Dataset, Mask, as_text
from ml.data.failure_events import FailureEvents, Int64, Strings
from ml.data.survival import known_until_us
from ml.errors import FrameError
from ml.policy import US_PER_DAY, US_PER_HOUR, Policy

Int32 = NDArray[np.int32]

FRACTIONS = (0.6, 0.2, 0.2)
"""Of the healthy rows in the three blocks: that grow the trees, choose the threshold, evaluate it.

Start values: a forest needs few rows (256 for each tree), a rate of rare alarms needs many.
"""

BOUNDARIES = 101
"""Times at which a block may end: the percentiles of the healthy rows."""


@dataclass(frozen=True, slots=True)
class HealthyRows:
    """A choice of healthy rows and the rule that made it, for the model card."""

    mask: Mask
    rule: str


def healthy_rows(dataset: Dataset, maintenance: FailureEvents, policy: Policy) -> HealthyRows:
    """The widest distance to trouble that still leaves ``minimum_healthy_rows``.

    Machines that are serviced every week would have no healthy row at all under the widest rule;
    it gives way step by step, and the rule taken is reported. The last rule is taken however few rows
    it leaves.

    No rule takes a row of which nobody knows whether its machine ran on: see `known_to_run_on`.
    """
    days, incident = policy.healthy_margin_days, " or known incident" if len(dataset.incidents) else ""
    margin_us = days * US_PER_DAY
    known = known_to_run_on(dataset, maintenance, policy.horizon_us)
    off_failures = known & ~near_events(dataset, dataset.failures, margin_us) & ~_near_incidents(dataset, margin_us)
    rules = (
        (
            f"more than {days} d from any failure{incident} or maintenance",
            off_failures & ~near_events(dataset, maintenance, margin_us),
        ),
        (f"more than {days} d from any failure{incident}", off_failures),
    )
    for rule, mask in rules:
        if int(mask.sum()) >= policy.minimum_healthy_rows:
            return HealthyRows(mask, rule)
    near = near_events(dataset, dataset.failures, policy.horizon_us) | _near_incidents(dataset, policy.horizon_us)
    return HealthyRows(known & ~near, f"more than {policy.horizon} from any failure{incident}")


def with_readings(healthy: HealthyRows, dataset: Dataset, positions: Int32) -> HealthyRows:
    """Those of the rows in which some window has a value: of the others no model can learn.

    Args:
        healthy: The rows chosen.
        dataset: All rows.
        positions: Columns of windows; where a plant has none, every row counts.
    """
    if not len(positions):
        return healthy
    has_some = np.asarray(~np.isnan(dataset.values[:, positions]).all(axis=1), dtype=np.bool_)
    return replace(healthy, mask=healthy.mask & has_some)


def known_to_run_on(dataset: Dataset, maintenance: FailureEvents, horizon_us: int) -> Mask:
    """True where gold knows what came within the horizon, and something of the machine is on record behind it.

    A row has no label where its machine is down, from a failure until the repair, or where the plant's records end
    too early. Of a machine that fell silent before them nobody knows either, though its rows have labels.
    """
    until_us = known_until_us(dataset, maintenance, dataset.machine_ids)
    return dataset.labelled & np.asarray(until_us - dataset.scored_us >= horizon_us, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class HealthySplit:
    """Healthy rows in three blocks of time, an embargo before the second and the third; any may be empty.

    Attributes:
        growing: Rows that grow the trees.
        choosing: Later rows that choose the threshold.
        testing: Still later rows, which nothing was made from: they alone test the model.
        testing_time: All rows of the testing time, healthy or not.
        grown_until_us: Last time of a growing row.
        tested_from_us: First moment of the testing time.
        rule: How the healthy rows were chosen.
    """

    growing: Mask
    choosing: Mask
    testing: Mask
    testing_time: Mask
    grown_until_us: int
    tested_from_us: int
    rule: str

    @property
    def rows(self) -> int:
        """Healthy rows in the three blocks, those of the embargoes left out."""
        return int(self.growing.sum() + self.choosing.sum() + self.testing.sum())

    def only(self, scored: Mask) -> HealthySplit:
        """The same blocks, without the rows that a model does not score."""
        if scored.all():
            return self
        return replace(
            self, growing=self.growing & scored, choosing=self.choosing & scored, testing=self.testing & scored,
            testing_time=self.testing_time & scored,
            rule=f"{self.rule}; rows with windows missing that are usually there are left out",
        )  # fmt: skip

    @property
    def is_whole(self) -> bool:
        """Whether no block is empty."""
        return bool(self.growing.any() and self.choosing.any() and self.testing.any())


def healthy_split(dataset: Dataset, healthy: HealthyRows, embargo_us: int, periods: Sequence[int] = ()) -> HealthySplit:
    """The healthy rows in three blocks of about `FRACTIONS`, as large as the two embargoes allow.

    The rows of an embargo count for no block, and healthy rows may lie dense in one month and thin in the next: so
    the boundaries are searched for. Where the plant states the periods, its rows are those within them, and those an
    embargo after the second test.

    Args:
        dataset: All rows.
        healthy: Which are healthy.
        embargo_us: Least distance of two blocks.
        periods: `Policy.healthy_periods`.

    Raises:
        FrameError: The stated periods lie nearer than the embargo.
    """
    if periods:
        return _stated_split(dataset, healthy, embargo_us, periods)
    at_us, mask = dataset.scored_us, healthy.mask
    grown_until_us, chosen_until_us = _boundaries(np.sort(at_us[mask]), embargo_us)
    choosing = (at_us >= grown_until_us + embargo_us) & (at_us <= chosen_until_us)
    testing_time = np.asarray(at_us >= chosen_until_us + embargo_us, dtype=np.bool_)
    return HealthySplit(
        growing=mask & (at_us <= grown_until_us),
        choosing=mask & choosing,
        testing=mask & testing_time,
        testing_time=testing_time,
        grown_until_us=grown_until_us,
        tested_from_us=chosen_until_us + embargo_us,
        rule=healthy.rule,
    )


def _stated_split(dataset: Dataset, healthy: HealthyRows, embargo_us: int, periods: Sequence[int]) -> HealthySplit:
    at_us, mask = dataset.scored_us, healthy.mask
    grown_from_us, grown_until_us, chosen_from_us, chosen_until_us = periods
    if chosen_from_us < grown_until_us + embargo_us:
        raise FrameError(
            f"[anomaly] of the profile: the threshold period begins {as_text(chosen_from_us)}, less than an embargo of "
            f"{embargo_us / US_PER_HOUR:g} h (horizon and longest look-back) after the training period: begin it at "
            f"{as_text(grown_until_us + embargo_us)} or later"
        )
    testing_time = np.asarray(at_us >= chosen_until_us + embargo_us, dtype=np.bool_)
    return HealthySplit(
        growing=mask & (at_us >= grown_from_us) & (at_us <= grown_until_us),
        choosing=mask & (at_us >= chosen_from_us) & (at_us <= chosen_until_us),
        testing=mask & testing_time,
        testing_time=testing_time,
        grown_until_us=grown_until_us,
        tested_from_us=chosen_until_us + embargo_us,
        rule=f"{healthy.rule}, within the periods that the profile states",
    )


def near_events(dataset: Dataset, events: FailureEvents, margin_us: int) -> Mask:
    """True where the row is within ``margin_us`` of an event of its machine, on either side."""
    near = np.zeros(len(dataset), dtype=np.bool_)
    for machine_id in np.unique(events.machine_ids).tolist():
        rows = dataset.machine_ids == machine_id
        near[rows] = _near(dataset.scored_us[rows], events.of_machine(machine_id), margin_us)
    return near


def _near_incidents(dataset: Dataset, margin_us: int) -> Mask:
    return dataset.incidents.near(dataset.machine_ids, dataset.scored_us, margin_us)


def maintenance_events(machine_ids: Strings, occurred_us: Int64) -> FailureEvents:
    """Maintenance in the shape of events, in any incoming order."""
    order = np.lexsort((occurred_us, machine_ids))
    codes = ("maintenance",) * len(order)
    return FailureEvents(machine_ids[order], occurred_us[order], codes)


def _boundaries(times: Int64, embargo_us: int) -> tuple[int, int]:
    """Last times of the growing and of the choosing rows: where the smallest block, by its fraction, is largest.

    Args:
        times: Of the healthy rows, ascending; may be empty.
        embargo_us: Least distance of two blocks.
    """
    if not len(times):
        return 0, 0
    ends = np.unique(times[np.linspace(0, len(times) - 1, BOUNDARIES).astype(np.int64)])
    until = np.searchsorted(times, ends, side="right")
    behind = np.searchsorted(times, ends + embargo_us, side="left")
    growing, choosing, testing = until[:, None], until[None, :] - behind[:, None], len(times) - behind[None, :]
    sizes = [rows / fraction for rows, fraction in zip((growing, choosing, testing), FRACTIONS, strict=True)]
    smallest = np.minimum(np.minimum(*sizes[:2]), sizes[2])
    grown, chosen = np.unravel_index(int(smallest.argmax()), smallest.shape)
    return int(ends[grown]), int(ends[chosen])


def _near(at_us: Int64, events_us: Int64, margin_us: int) -> Mask:
    first = np.searchsorted(events_us, at_us - margin_us, side="left")
    last = np.searchsorted(events_us, at_us + margin_us, side="right")
    return np.asarray(last > first, dtype=np.bool_)
