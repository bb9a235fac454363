"""Probabilities of several horizons in order: a failure within a day is one within a week, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

Foreseen = tuple[Optional[int], Optional[float]]
"""Hours ahead that a model predicts, and its calibrated probability; None where it has none."""


def in_order(foreseen: Sequence[Foreseen]) -> list[float | None]:
    """The probabilities, none below that of a shorter horizon: the running maximum over the horizons.

    A maximum is one of its arguments, so it has the same bits on every machine. The shortest horizon keeps its own
    probability, and what has no horizon or no probability stays as it is. Source: a failure within 24 h is one within
    7 d, so P(24 h) <= P(7 d).

    >>> in_order([(24, 0.25), (None, None), (672, 0.125), (168, 0.5)])
    [0.25, None, 0.5, 0.5]
    """
    found = [probability for _, probability in foreseen]
    known = sorted(
        (hours, place, probability)
        for place, (hours, probability) in enumerate(foreseen)
        if hours is not None and probability is not None
    )
    highest = 0.0
    for _, place, probability in known:
        highest = max(highest, probability)
        found[place] = highest
    return found


def need_order(hours: Sequence[int | None]) -> bool:
    """Whether models of these horizons could contradict each other.

    >>> need_order([24, None]), need_order([24, None, 168])
    (False, True)
    """
    return len({each for each in hours if each is not None}) > 1
