"""How long a training tries alternatives to its parameters."""

import time
from math import isfinite

from jobs.models.parameters import ASKED, states_alternatives
from jobs.models.wish import Wish
from lakehouse.errors import UsageError
from ml.evaluation.booster_choice import IsOver, never

MOST_MINUTES = 120
"""A search holds the lake as any training does, so other runs wait: hourly ones are late by two at the most."""


def checked_minutes(wish: Wish) -> float | None:
    """The minutes of a search; None where nobody asked for one.

    Raises:
        UsageError: They are not legal, or the number of alternatives is stated as well.
    """
    minutes = wish.search_minutes
    if minutes is None:
        return None
    if not isfinite(minutes) or not 0 < minutes <= MOST_MINUTES:
        raise UsageError(f"--search {minutes:g}; legal: above 0 to {MOST_MINUTES:,} minutes")
    if states_alternatives(wish.changes):
        raise UsageError(
            f"--search {minutes:g} with --set {ASKED}: a search tries as many alternatives as its time allows; "
            "leave out one of them"
        )
    return minutes


def over_after(minutes: float | None) -> IsOver:
    """Whether so many minutes have passed since it was first asked; never without a limit."""
    if minutes is None:
        return never
    began = list[float]()

    def is_over() -> bool:
        began.append(time.monotonic())
        return began[-1] - began[0] >= minutes * 60

    return is_over
