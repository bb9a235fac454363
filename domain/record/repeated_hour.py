"""Which of two passes a local time of the repeated hour is, when clocks are put back: by the order of a file's rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

FIRST, SECOND, BY_ORDER, REFUSE = "first", "second", "by_order", "refuse"
REPEATED = (FIRST, SECOND, BY_ORDER, REFUSE)
"""What a rule may say of the repeated hour."""
NEAR_US = 3 * 3_600 * 1_000_000
"""Rows at most so long before or behind the repeated hour are remembered; that hour is no longer anywhere."""
_HOUR_US = 3_600 * 1_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # plain fields: the zone is added by hand
_NONE = timedelta(0)
_MICROSECOND = timedelta(microseconds=1)


class _Last(NamedTuple):
    """The last row of a series near the repeated hour: its clock, the step to it, whether it is of the second pass."""

    wall_us: int
    step_us: int
    is_repeated: bool
    is_second: bool


class PassOrder:
    """Tells the passes of one file by its rows, series by series; rows must come in the order of time.

    A time that goes back within the hour begins the second pass; so does a time that comes again after a step of an
    hour or more. What comes again after a smaller step is of the same pass. Where no row of the last hour leads into
    the repeated hour, or the rows run backward, nothing can be known: the first pass may be missing.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[str, ...], _Last] = {}

    def is_second(self, series: tuple[str, ...], wall_us: int, zone: ZoneInfo) -> bool | None:
        """Whether a time is of the second pass; None where the rows before it do not show that.

        Args:
            series: What the row belongs to.
            wall_us: Its clock on the wall, microseconds since 1970; one that exists.
            zone: Its zone.
        """
        if not is_near(wall_us, zone):
            return False
        earlier_us, later_us = offsets_of(wall_us, zone)
        is_repeated = earlier_us != later_us
        last = self._last.get(series)
        if last is not None and abs(wall_us - last.wall_us) > NEAR_US:
            last = None
        found = _pass(last, wall_us) if is_repeated else False
        if found is not None:
            step_us = 0 if last is None else wall_us - last.wall_us
            self._last[series] = _Last(wall_us, step_us, is_repeated, found)
        return found


def _pass(last: _Last | None, wall_us: int) -> bool | None:
    """Whether a repeated time behind the last row is of the second pass."""
    if last is None:
        return None
    if not last.is_repeated:
        return False if 0 <= wall_us - last.wall_us <= _HOUR_US else None
    if last.is_second:
        return None if wall_us < last.wall_us else True
    return wall_us < last.wall_us or (wall_us == last.wall_us and last.step_us >= _HOUR_US)


def is_near(wall_us: int, zone: ZoneInfo) -> bool:
    """Whether the clock is put back within `NEAR_US` of a time."""
    return offsets_of(wall_us - NEAR_US, zone)[0] > offsets_of(wall_us + NEAR_US, zone)[1]


def offsets_of(wall_us: int, zone: ZoneInfo) -> tuple[int, int]:
    """The zone's offset at a clock on the wall as first and as second pass, microseconds east of UTC.

    Both are equal, but where the hour is repeated (the first is larger) or left out (the first is smaller).

    Raises:
        ValueError, OverflowError: The zone has no such time.
    """
    wall = (_EPOCH + timedelta(microseconds=wall_us)).replace(tzinfo=zone)
    first, second = wall.utcoffset() or _NONE, wall.replace(fold=1).utcoffset() or _NONE
    return first // _MICROSECOND, second // _MICROSECOND
