"""Probabilities of several horizons in order: a failure within a day is one within a week, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

Foreseen = tuple[Optional[int], Optional[float]]
"""Hours ahead that a model predicts, and its calibrated probability; None where it has none."""


def in_order(foreseen: Sequence[Foreseen], leads: int = 0) -> list[float | None]:
    """The probabilities, none below that of a shorter horizon; that of the leading model is its own.

    From the leading model on longer horizons are raised by a running maximum, shorter ones lowered by a running
    minimum: its threshold was chosen by its own probability. A maximum is one of its arguments, so it has the same bits
    on every machine. What has no horizon or no probability stays as it is. Source: a failure within 24 h is one within
    7 d, so P(24 h) <= P(7 d).

    Args:
        foreseen: Of each model, in any order of horizons.
        leads: Place of the leading model among them; the shortest leads where it has no horizon or no probability.

    >>> in_order([(24, 0.25), (None, None), (672, 0.125), (168, 0.5)])
    [0.25, None, 0.5, 0.5]
    >>> in_order([(168, 0.25), (24, 0.5), (672, 0.125)])
    [0.25, 0.25, 0.25]
    """
    found = [probability for _, probability in foreseen]
    known = sorted(
        (hours, place, probability)
        for place, (hours, probability) in enumerate(foreseen)
        if hours is not None and probability is not None
    )
    start = next((at for at, (_, place, _) in enumerate(known) if place == leads), 0)
    for chosen, bounded in ((known[start:], max), (known[start::-1], min)):
        bound = chosen[0][2] if chosen else 0.0
        for _, place, probability in chosen:
            bound = bounded(bound, probability)
            found[place] = bound
    return found


def need_order(hours: Sequence[int | None]) -> bool:
    """Whether models of these horizons could contradict each other.

    >>> need_order([24, None]), need_order([24, None, 168])
    (False, True)
    """
    return len({each for each in hours if each is not None}) > 1
