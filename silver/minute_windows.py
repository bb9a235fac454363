"""How much each sensor's readings deviate within a minute: a rapid change is one beyond the profile's limit."""

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import Doubles, Flags, Micros, begins, integers, micros
from expectations.tables.row_order import row_order
from silver.named_rows import Names, known, unsorted
from silver.past_windows import PastWindows, Places
from silver.rulebook import Rulebook, bounds, resolutions

_MINUTE_US = 60_000_000


def minute_columns(readings: pa.Table, names: Names, book: Rulebook) -> dict[str, pa.Array]:
    """`minute_deviation` and `is_rapid_change` of readings.

    The deviation is of the sensor's readings later than a minute before the reading, itself among them; null below two
    readings, and where the profile has no `rapid_change` for the machine.

    Args:
        readings: Columns of `silver.readings`; the minute before each reading that counts is there.
        names: Their names.
        book: The plant's rules, and the models of its machines.
    """
    limit = bounds(book, names.machine, names.metric).limit("rapid_change")
    has_limit = ~np.isnan(limit)
    deviation = np.full(len(limit), np.nan)
    if has_limit.any():
        chosen = readings.filter(pa.array(has_limit))
        deviation[has_limit] = _deviations(chosen, names.of_some(has_limit), book)
    return {"minute_deviation": known(deviation), "is_rapid_change": pa.array(deviation > limit)}


def _deviations(readings: pa.Table, names: Names, book: Rulebook) -> Doubles:
    series = (names.sensor.codes, names.metric.codes, names.machine.codes)
    times = micros(readings, "measured_at")
    order = row_order((times, *series))
    is_first = begins(series, order)
    first = _first_within(is_first, times[order])
    steps = integers(readings, "steps")[order]
    windows = PastWindows(steps, np.flatnonzero(is_first), first, np.arange(1, len(order) + 1))
    return unsorted(windows.deviation(resolutions(book, names.metric)[order]), order)


def _first_within(is_first: Flags, times: Micros) -> Places:
    """For each row the place of the first one of its series that is less than a minute older.

    On one axis for all series, on which no row is more than two minutes behind the one before it.
    """
    behind = np.minimum(np.diff(times, prepend=times[:1]), 2 * _MINUTE_US)
    position = np.cumsum(np.where(is_first, 2 * _MINUTE_US, behind))
    found: Places = np.searchsorted(position, position - _MINUTE_US, side="right")
    return found
