"""The time that is left to a machine, by its margin: a small table counted on rows that no scoring model had seen."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Dataset, Float32, Mask
from ml.data.failure_events import FailureEvents, Int64, next_failure_us
from ml.data.survival import FollowUp, follow_up_of, kaplan_meier
from ml.evaluation.metrics import Proportion
from ml.outlook.periods import periods_followed
from ml.policy import Policy

MINIMUM_FAILURES = 10
"""Distinct failures of a bin: a tenth of fewer is less than one failure, and the interval begins at a tenth."""

HALVINGS = 7
"""Most edges: the first has half of the rows above it, each further one half of those; the last 1 row in 128."""

EARLIEST, EXPECTED, LATEST = 0.1, 0.5, 0.9
"""Fractions of failed machines at the interval's ends and between: an 80 % interval round the median."""


@dataclass(frozen=True, slots=True)
class OutlookBin:
    """What was seen of rows whose margin lay in one bin.

    Attributes:
        margin_from: Least margin, float32; None for the lowest bin.
        rows: Held-out rows.
        failures: Distinct failures that ended the follow-up of at least one of them.
        episodes: Of the bin's episodes, those that a failure followed within the horizon. A machine's first row in
            the bin opens one, and then the first at least one horizon after the last opening. Neighbouring rows are
            nearly one observation; of openings a horizon apart no two count the same failure.
        expected_h: Median hours from a row to its machine's next failure, by `kaplan_meier`; None: beyond the records.
        earliest_h: Hours by which a tenth had failed, or None.
        latest_h: Hours by which nine tenths had failed, or None.
    """

    margin_from: float | None
    rows: int
    failures: int
    episodes: Proportion
    expected_h: float | None
    earliest_h: float | None
    latest_h: float | None

    @property
    def confidence_frac(self) -> float:
        """1 less the width of the Wilson 95 % interval of the fraction of episodes that a failure followed."""
        low, high = self.episodes.interval
        return 1.0 - (high - low)


@dataclass(frozen=True, slots=True)
class Seen:
    """Held-out rows, their margins, and the outcome of their machines.

    Attributes:
        rows: Labelled rows, n of them.
        margins: From models that had not seen them, shape (n,).
        follow_up: Hours to the next failure, or to what censored it.
    """

    rows: Dataset
    margins: Float32
    follow_up: FollowUp

    @classmethod
    def of(cls, rows: Dataset, margins: Float32, maintenance: FailureEvents, until_us: Int64) -> Seen:
        """The rows with all that was known of their machines until ``until_us``, one time for each row."""
        return cls(rows, margins, follow_up_of(rows, maintenance, until_us))

    def keep(self, mask: Mask) -> Seen:
        """Rows where ``mask`` is true, same order."""
        return Seen(self.rows.keep(mask), self.margins[mask], self.follow_up.keep(mask))

    def failures(self) -> set[tuple[str, int]]:
        """Machine and time of every failure that ended a follow-up."""
        ended = self.rows.keep(self.follow_up.failed)
        times = next_failure_us(ended.failures, ended.machine_ids, ended.scored_us)
        return set(zip(ended.machine_ids.tolist(), times.tolist(), strict=True))


def outlook_bins(seen: Seen, policy: Policy) -> tuple[OutlookBin, ...]:
    """The bins, lowest margins first; none where there are too few failures for even one.

    Edges are quantiles of the margin, finer towards its top, where machines are about to fail. A bin with too few
    distinct failures is merged with the one below it, and so are two of which the higher is expected to last longer:
    expected times never rise with the margin. The interval's ends are left as they were counted.
    """
    knots = _quantiles(seen.margins)
    while True:
        drafts = [_counted(seen.keep(mask)) for mask in _masks(seen.margins, knots)]
        worst = _fault(drafts)
        if worst is None:
            break
        if not knots:
            return ()
        knots = knots[: max(worst - 1, 0)] + knots[max(worst, 1) :]
    masks = _masks(seen.margins, knots)
    return tuple(
        OutlookBin(at, draft.rows, draft.failures, periods_followed(seen.rows, mask, policy.horizon_us), *draft.hours)
        for at, draft, mask in zip((None, *knots), drafts, masks, strict=True)
    )


def bin_of(bins: tuple[OutlookBin, ...], margins: Float32) -> NDArray[np.int64]:
    """Number of each margin's bin, shape (n,); the rule of `edge_bundle.format.outlook`."""
    knots = np.array([one.margin_from for one in bins[1:]], dtype=np.float64)
    return np.searchsorted(knots, margins.astype(np.float64), side="right")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A bin before its episodes are counted; hours in the order expected, earliest, latest."""

    rows: int
    failures: int
    hours: tuple[float | None, float | None, float | None]


def _quantiles(margins: Float32) -> tuple[float, ...]:
    """Margins with a half, a quarter, an eighth ... of the rows at or above them; the least margin is no edge."""
    ranks = 1.0 - 0.5 ** np.arange(1, HALVINGS + 1)
    if not len(margins):
        return ()
    edges = np.unique(np.quantile(margins, ranks, method="higher"))
    return tuple(float(edge) for edge in edges if edge > margins.min())


def _masks(margins: Float32, knots: tuple[float, ...]) -> list[Mask]:
    place = np.searchsorted(np.array(knots), margins.astype(np.float64), side="right")
    return [np.asarray(place == number, dtype=np.bool_) for number in range(len(knots) + 1)]


def _counted(seen: Seen) -> _Draft:
    curve = kaplan_meier(seen.follow_up)
    hours = (curve.failed_by(EXPECTED), curve.failed_by(EARLIEST), curve.failed_by(LATEST))
    return _Draft(len(seen.rows), len(seen.failures()), hours)


def _fault(drafts: list[_Draft]) -> int | None:
    """The highest bin that must be merged with the one below it; the lowest with the one above."""
    for number in range(len(drafts) - 1, -1, -1):
        lasts_longer = number > 0 and _or_never(drafts[number]) > _or_never(drafts[number - 1])
        if drafts[number].failures < MINIMUM_FAILURES or lasts_longer:
            return number
    return None


def _or_never(draft: _Draft) -> float:
    return inf if draft.hours[0] is None else draft.hours[0]
