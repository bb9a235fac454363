"""Whether a safe stop may be requested: of the alarms at its probability, those that a failure followed."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from ml.evaluation.cross_fit import CrossFitted
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.metrics import Proportion
from ml.policy import Policy


@dataclass(frozen=True, slots=True)
class StopEvidence:
    """What alarms from a margin on are worth as requests to stop a machine.

    Attributes:
        margin: Where the policy's probability is reached; inf where no margin reaches it.
        followed: Alarms that a failure followed or an intervention confirmed, of these and the false ones; other
            interventions and alarms that are still active say neither.
        needed: Lower bound of their precision that a request to stop needs.
    """

    margin: float
    followed: Proportion
    needed: float

    @property
    def is_allowed(self) -> bool:
        """Whether the lower end of the Wilson 95 % interval is high enough."""
        return isfinite(self.margin) and self.followed.interval[0] >= self.needed

    @property
    def allowed_margin(self) -> float:
        """Margin to request a stop from; inf where the next lower decision, maintenance, is all that is requested."""
        return self.margin if self.is_allowed else inf

    @property
    def reason(self) -> str:
        """Why, in words, and what would change the answer."""
        if not isfinite(self.margin):
            return "no margin reaches the probability: more failures on record, or a lower stop_probability, would"
        low = self.followed.interval[0]
        found = (
            f"of {self.followed.total} alarms from this probability on, {self.followed.hits} were right: "
            f"precision at least {low:.3f} (Wilson 95 %), {self.needed:g} is needed"
        )
        if self.is_allowed:
            return found
        return f"{found}; maintenance is requested instead, until more alarms were followed by a failure"


def stop_evidence(fitted: CrossFitted, margin: float, policy: Policy) -> StopEvidence:
    """The evidence for stops from a margin on, on rows that the boosters of these margins had not seen."""
    flags = np.asarray(fitted.margins >= margin, dtype=np.bool_)
    counts = EpisodeEvaluator(fitted.rows, policy).evaluate(flags).counts
    followed = counts.alarms - counts.false - counts.intervened - counts.active + counts.confirmed
    return StopEvidence(margin, Proportion(followed, followed + counts.false), policy.stop_precision)
