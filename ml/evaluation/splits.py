"""Splits by time, each with its embargo on every side, and the split that leaves machines out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml.data.dataset import Dataset, Mask
from ml.errors import LeakError
from ml.evaluation.episodes import EpisodeEvaluator
from ml.policy import US_PER_DAY, Policy


@dataclass(frozen=True, slots=True)
class Origin:
    """One moment at which a model could have been trained, and the block that follows it.

    Attributes:
        train_until_us: Last time of a training row, inclusive.
        test_from_us: First time of the held-out block, inclusive.
        test_until_us: End of the held-out block, exclusive.
    """

    train_until_us: int
    test_from_us: int
    test_until_us: int

    @property
    def embargo_us(self) -> int:
        """Time between the last training row and the block."""
        return self.test_from_us - self.train_until_us

    def train(self, dataset: Dataset) -> Mask:
        """Labelled rows that may train this origin's model."""
        return dataset.labelled & (dataset.scored_us <= self.train_until_us)

    def past(self, dataset: Dataset) -> Mask:
        """The rows that train it, and those before an intervention of that time."""
        return dataset.evaluated & (dataset.scored_us <= self.train_until_us)

    def test(self, dataset: Dataset) -> Mask:
        """Rows that evaluate this origin's model: labelled ones, and those before an intervention."""
        inside = (dataset.scored_us >= self.test_from_us) & (dataset.scored_us < self.test_until_us)
        return dataset.evaluated & inside


def rolling_origins(dataset: Dataset, policy: Policy, embargo_us: int) -> tuple[Origin, ...]:
    """Origins from the first with enough failures to learn from, to the end of the labelled rows.

    The blocks are disjoint and without gap, so each later failure is tested exactly once.
    Empty when there are too few failures or too little time.
    """
    first_us = _first_origin_us(dataset, policy, embargo_us)
    if first_us is None:
        return ()
    end_us = int(dataset.scored_us[dataset.labelled].max()) + 1
    step_us = policy.origin_step_days * US_PER_DAY
    starts = range(first_us, end_us, step_us)
    origins = tuple(Origin(start - embargo_us, start, min(start + step_us, end_us)) for start in starts)
    for origin in origins:
        check_embargo(origin, embargo_us)
    return origins


def check_embargo(origin: Origin, embargo_us: int) -> None:
    """Refuse an origin whose training rows come nearer to its test rows than the embargo.

    Raises:
        LeakError: Says the distance and the least that is legal.
    """
    distance = origin.test_from_us - origin.train_until_us
    if distance < embargo_us:
        raise LeakError(
            f"training rows end {distance / 3.6e9:g} h before the test block, the embargo is "
            f"{embargo_us / 3.6e9:g} h: end the training rows earlier"
        )


def machine_folds(dataset: Dataset, folds: int) -> Iterator[tuple[Mask, Mask]]:
    """Pairs of masks (train, test) of labelled and of evaluated rows, no machine in both.

    Machines are dealt out in order of their id, so the folds depend on the ids alone.
    """
    machines = np.unique(dataset.machine_ids)
    for fold in range(min(folds, len(machines))):
        out = np.isin(dataset.machine_ids, machines[fold::folds])
        yield dataset.labelled & ~out, dataset.evaluated & out


def purged_folds(rows: Dataset, folds: int, embargo_us: int) -> Iterator[tuple[Mask, Mask]]:
    """Pairs of masks (train, test) of labelled and of evaluated rows: those to test are one stretch of time.

    For plants of few machines. The first stretch is scored by boosters that never saw a young plant, so machines are
    the better folds where there are enough. Source: measured, `docs/decisions/0166-thresholds-transfer.md`.

    The stretches hold about the same number of positive rows. Training rows lie an embargo before the stretch or an
    embargo behind it: no observation and no failure is in both. A stretch without later and earlier rows of both
    classes is left out.

    Source: purged cross-validation, López de Prado, Advances in Financial Machine Learning, 2018, chapter 7.
    """
    at_us = rows.scored_us
    positive_us = np.sort(at_us[rows.label == 1])
    if not len(positive_us):
        return
    edges = np.unique(positive_us[np.arange(1, folds) * len(positive_us) // folds])
    fold = np.searchsorted(edges, at_us, side="right")
    for number in range(len(edges) + 1):
        test = rows.evaluated & (fold == number)
        if not test.any():
            continue
        is_apart = (at_us <= at_us[test].min() - embargo_us) | (at_us >= at_us[test].max() + embargo_us)
        train = rows.labelled & is_apart
        if len(np.unique(rows.label[train])) == 2:
            yield train, test


def _first_origin_us(dataset: Dataset, policy: Policy, embargo_us: int) -> int | None:
    if not dataset.labelled.any():
        return None
    rows = dataset.keep(dataset.labelled)
    learnable = EpisodeEvaluator(rows, policy).failures
    times = np.sort(learnable.failed_us)
    if len(times) < policy.minimum_train_failures:
        return None
    learned_us = int(times[policy.minimum_train_failures - 1])
    return learned_us + embargo_us
