"""Since when a record of an event is known: its time and the delay with which records of its feed come.

A feature at a time uses an event only from then on, also where its record came sooner: what a model learns from a
history is what it has on the day. Readings are known at the time of their measurement.

An event at T counts at a time t where ``t - reach_us <= T < t - lag_us``; without a limit of its age ``T < t - lag_us``
is enough. Hours since an event run from the event itself.
"""

from __future__ import annotations

US = 1_000_000


def lag_us(delay_s: int) -> int:
    """How long before a time an event must lie to be known at that time, microseconds.

    Args:
        delay_s: The delay that the event's feed declares, seconds.
    """
    return delay_s * US


def reach_us(window_s: int, delay_s: int) -> int:
    """How far before a time a window of events begins, microseconds: it ends a delay before that time.

    Args:
        window_s: The window's length, seconds.
        delay_s: As for `lag_us`.
    """
    return (window_s + delay_s) * US
