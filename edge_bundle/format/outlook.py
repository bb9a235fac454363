"""From a failure model's margin to the time that is left: a table of constants, the same bits on every architecture."""

from bisect import bisect_right
from dataclasses import dataclass
from math import inf
from typing import Optional

from domain.wilson import wilson_interval

from edge_bundle.format.bounds import MAX_EPISODES, MAX_HOURS, MAX_KNOTS
from edge_bundle.format.hex_float import to_float32


@dataclass(frozen=True)
class Outlook:
    """What the trainer saw of machines whose margin lay in one bin; how it was counted: `ml.outlook.outlook`.

    Attributes:
        expected_h: Median of the hours from a score to the machine's next failure; None: beyond the records.
        earliest_h: Hours by which one in ten had failed; None: beyond the records.
        latest_h: Hours by which nine in ten had failed; None: beyond the records.
        confidence_frac: 1 less the width of the Wilson 95 % interval of the bin's failures within the horizon.
        episodes: How many episodes of the bin that fraction is of; None in bundles older than it.
    """

    expected_h: Optional[float]
    earliest_h: Optional[float]
    latest_h: Optional[float]
    confidence_frac: float
    episodes: Optional[int] = None

    def interval(self, probability: Optional[float]) -> tuple[Optional[float], Optional[float]]:
        """The Wilson 95 % interval round a probability, of as many cases as the bin has episodes; None: not known.

        Rows before one failure are nearly one observation: episodes are counted, not rows.
        """
        if probability is None or self.episodes is None:
            return None, None
        return wilson_interval(probability * self.episodes, self.episodes)

    def is_legal(self) -> bool:
        """Whether the hours are in order, the ones beyond the records last, and the other numbers within bounds."""
        hours = (0.0, _or_never(self.earliest_h), _or_never(self.expected_h), _or_never(self.latest_h))
        known = [one for one in hours if one != inf]
        is_counted = self.episodes is None or 0 <= self.episodes <= MAX_EPISODES
        is_in_order = list(hours) == sorted(hours) and max(known) <= MAX_HOURS
        return is_in_order and is_counted and 0.0 <= self.confidence_frac <= 1.0


@dataclass(frozen=True)
class OutlookTable:
    """Bins of one failure model's margin.

    Attributes:
        model: Name of the model.
        knots: Least margin of each bin but the lowest, which has none: float32 values, each above the one before.
        bins: One more than there are knots; a higher margin is never expected to last longer.
    """

    model: str
    knots: tuple[float, ...]
    bins: tuple[Outlook, ...]

    def is_legal(self) -> bool:
        """Whether knots and bins are as the attributes say."""
        expected = [_or_never(one.expected_h) for one in self.bins]
        return (
            len(self.bins) == len(self.knots) + 1 <= MAX_KNOTS
            and all(to_float32(knot) == knot for knot in self.knots)
            and all(low < high for low, high in zip(self.knots, self.knots[1:]))
            and all(one.is_legal() for one in self.bins)
            and expected == sorted(expected, reverse=True)
        )

    def at(self, margin: float) -> Outlook:
        """The bin of a margin; one that equals a knot lies above it, as one that equals a threshold reaches it."""
        return self.bins[bisect_right(self.knots, margin)]


def _or_never(hours: Optional[float]) -> float:
    return inf if hours is None else hours
