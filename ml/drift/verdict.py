"""What follows from the distances of a window, with its reasons."""

from __future__ import annotations

from enum import StrEnum

from ml.drift.distances import Distances

LEAST_FOR_DRIFT = 2
"""Distances beyond their limits that make a drift. Measured: `python -m bench.drift`; one alone is a warning."""


class Verdict(StrEnum):
    """The outcome of a comparison; not enough data is an outcome of its own, never no drift."""

    NO_DRIFT = "NO_DRIFT"
    WARN = "WARN"
    DRIFT = "DRIFT"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


def verdict_of(found: Distances, limits: Distances) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict, and the distances beyond their limits.

    >>> verdict_of(Distances(0.3, 0.2, 0.1), Distances(0.2, 0.25, 0.3))
    (<Verdict.WARN: 'WARN'>, ('ks',))
    """
    beyond = found.beyond(limits)
    if len(beyond) >= LEAST_FOR_DRIFT:
        return Verdict.DRIFT, beyond
    return (Verdict.WARN if beyond else Verdict.NO_DRIFT), beyond
