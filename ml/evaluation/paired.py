"""Champion and challenger on the same rows and failures, none of which either has seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.errors import LeakError
from ml.evaluation.outcome import EventOutcome


@dataclass(frozen=True, slots=True)
class Pair:
    """Two outcomes over one set of rows.

    Raises:
        LeakError: The outcomes are not of the same failures and the same observed time.
    """

    champion: EventOutcome
    challenger: EventOutcome

    def __post_init__(self) -> None:
        old, new = self.champion, self.challenger
        same = np.array_equal(old.failures.failed_us, new.failures.failed_us)
        if not same or old.machine_years != new.machine_years:
            raise LeakError(
                f"champion was evaluated on {len(old.caught)} failures in {old.machine_years:g} "
                f"machine-years, challenger on {len(new.caught)} in {new.machine_years:g}: evaluate "
                "both on the same rows"
            )

    @property
    def failures(self) -> int:
        """Number of failures both were tested on."""
        return len(self.champion.caught)

    @property
    def recall_difference(self) -> float:
        """Challenger's recall less the champion's; 0 without failures."""
        if not self.failures:
            return 0.0
        new, old = self.challenger.caught, self.champion.caught
        return float(new.mean() - old.mean())
