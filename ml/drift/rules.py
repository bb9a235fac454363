"""By which numbers of the policy windows are compared."""

from __future__ import annotations

from dataclasses import dataclass, field

from ml.drift.distances import Distances
from ml.policy import Policy


def _limits() -> Distances:
    policy = Policy()
    return Distances(policy.drift_ks_limit, policy.drift_psi_limit, policy.drift_kl_limit)


@dataclass(frozen=True, slots=True)
class DriftRules:
    """The windows and limits of a plant.

    A window that ends with a date is compared with the `reference_windows` of the same length before it. They move on
    with the date: what came twelve weeks ago is the normal of today, for a model is trained again every month.

    Attributes:
        window_days: Length of a window.
        reference_windows: Windows of the reference.
        minimum_windows: Of them, so many need rows enough.
        minimum_rows: Rows with a value that a window needs.
        own_quantile: The limit of a feature is at least this quantile of its own windows, each against the others.
        limits: The policy's.
    """

    window_days: int = Policy().drift_window_days
    reference_windows: int = Policy().drift_reference_windows
    minimum_windows: int = Policy().drift_minimum_windows
    minimum_rows: int = Policy().drift_minimum_rows
    own_quantile: float = Policy().drift_own_quantile
    limits: Distances = field(default_factory=_limits)

    @classmethod
    def of(cls, policy: Policy) -> DriftRules:
        """Those of a policy."""
        return cls(
            policy.drift_window_days,
            policy.drift_reference_windows,
            policy.drift_minimum_windows,
            policy.drift_minimum_rows,
            policy.drift_own_quantile,
            Distances(policy.drift_ks_limit, policy.drift_psi_limit, policy.drift_kl_limit),
        )

    @property
    def days(self) -> int:
        """Dates that a comparison looks at, its own the last.

        >>> DriftRules().days
        91
        """
        return self.window_days * (self.reference_windows + 1)
