"""Where a gateway's counter of records was begun again, seen from the numbers in the order of time.

Source of the rules: a counter that restarts begins near 0, so that the number falls to less than half and climbs
from there. A number that a retry, a correction or a wrong clock puts at another time is alone among its neighbours,
and a median of five does not see it; numbers given sensor by sensor are in disorder, but fall and rise in turn.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
MEDIAN_OF = 5
CONFIRMED_BY = 25
"""Of so many numbers on each side of a fall, where there are as many, all but a fifth have to be on that side of it."""
NEAR = 100
"""A number further from the median of its neighbours than this is out of order."""
_HALF = MEDIAN_OF // 2


def segments_of(numbers: Numbers) -> Numbers:
    """For each number how often the counter was begun again before it.

    Args:
        numbers: In the order of time, none of them twice at one time.

    Example:
        >>> segments_of(np.array([500, 501, 502, 503, 504, 1, 2, 3, 900, 4, 5, 6])).tolist()
        [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
    """
    smooth, restarts = _smooth(numbers), np.zeros(len(numbers), np.int64)
    for place in np.flatnonzero(fell(smooth[:-1], smooth[1:])).tolist():
        before, after = numbers[max(0, place + 1 - CONFIRMED_BY) : place + 1], numbers[place + 1 :][:CONFIRMED_BY]
        if _lasts(before, after):
            restarts[_first_below(numbers, place + 1, float(smooth[place]))] = 1
    return np.cumsum(restarts)


def fell(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a counter that was at `before` has begun again where it is at `after`.

    >>> fell(np.array([1000, 1000]), np.array([600, 400])).tolist()
    [False, True]
    """
    found: NDArray[np.bool_] = np.asarray(2 * after < before)
    return found


def _lasts(before: Numbers, after: Numbers) -> bool:
    """Whether all but a fifth of the numbers on each side are above and below the fall."""
    least, most = np.sort(before)[len(before) // 5], np.sort(after)[len(after) - 1 - len(after) // 5]
    return bool(2 * most < least)


def disordered(numbers: Numbers, segments: Numbers) -> NDArray[np.bool_]:
    """Which numbers are far from the median of their neighbours of the same segment.

    Where most are, the gateway does not give its numbers in the order of time, and none is.
    """
    found = np.zeros(len(numbers), np.bool_)
    for part in np.unique(segments).tolist():
        here = segments == part
        is_far = np.abs(numbers[here] - _smooth(numbers[here])) > NEAR
        found[here] = is_far & (2 * np.count_nonzero(is_far) <= len(is_far))
    return found


def _first_below(numbers: Numbers, place: int, level: float) -> int:
    """The first number of the new run: the first below half the level, near the place where the median fell."""
    near = range(max(0, place - _HALF), min(len(numbers), place + _HALF + 1))
    return next((at for at in near if 2 * int(numbers[at]) < level), place)


def _smooth(numbers: Numbers) -> NDArray[np.float64]:
    """The median of five around each number; of fewer at the ends."""
    if len(numbers) < MEDIAN_OF:
        return numbers.astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(numbers, MEDIAN_OF)
    middle = np.partition(windows, _HALF, axis=1)[:, _HALF].astype(np.float64)
    head, tail = middle[:1].repeat(_HALF), middle[-1:].repeat(_HALF)
    return np.concatenate([head, middle, tail])
