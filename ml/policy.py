"""The numbers a plant may change: costs, horizons, minimum evidence, gate limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from domain.alarm import AlarmRule
from domain.score_alarm import CLEAR_S, REPEAT_S, score_rule
from expectations.durations import seconds
from expectations.plant.plant_profile import Costs, Profile
from ml.errors import FrameError

US_PER_HOUR = 3_600_000_000
US_PER_DAY = 24 * US_PER_HOUR
HOURS_PER_YEAR = 8766.0
"""365.25 days. Source: Julian year."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a plant asks of its models. Source of starting values: `docs/decisions/0124-starting-values.md`.

    Attributes:
        horizon: As the profile writes it, ``24h``; the label column is ``failure_within_<horizon>``.
        score_every_s: Distance of two rows of one machine, seconds.
        least_lead_hours: Time before a failure by which its alarm must have been raised, at most half the horizon: less
            leaves nobody time to act. Starting value: half a shift.
        alarm_clear_s: An alarm clears when its condition was absent for this long; a gateway's, see
            `domain.score_alarm`.
        alarm_repeat_s: It is announced again while it lasts, this long after the last announcement.
        origin_step_days: Length of one held-out block.
        minimum_train_failures: Failures before the first origin opens.
        minimum_tuning_failures: Held-out failures before a threshold is tuned instead of computed.
        minimum_tested_failures: First champion's evidence. Source: `docs/decisions/0052-first-champion.md`.
        paired_failures: Challenger's evidence. Source: simulation, `docs/decisions/0053-challenger-gate.md`.
        recall_slack: Least the challenger must reach: champion's recall less this. Starting value.
        false_alarm_ratio: Most false alarms per machine-year, as a multiple of the champion's.
        minimum_normal_rows: More new normal rows than these are needed to evaluate a model that follows a champion.
            Starting value.
        minimum_anomaly_rows: Healthy rows for a first anomaly model: ten times the forest's
            sample of 256 (start value).
        bootstrap_confidence: One-sided confidence of the paired recall difference.
        bootstrap_rounds: Resamples of that bootstrap.
        healthy_margin_days: Rows this near a failure or maintenance are not called healthy.
        minimum_healthy_rows: Fewer healthy rows make the margin shrink.
        anomaly_alarms_per_machine_year: Budget that sets the anomaly threshold.
        budget_confidence: One-sided confidence with which alarms beyond that budget are no accident.
        maintenance_probability: Asks for maintenance. Starting value.
        stop_probability: Asks for a safe stop. Starting value.
        machine_folds: Groups of the report that leaves machines out; 0 leaves the report out.
        golden_rows: Rows stored with their scores to prove a compiled model.
    """

    horizon: str = "24h"
    score_every_s: int = 3600
    least_lead_hours: float = 4.0
    alarm_clear_s: int = CLEAR_S
    alarm_repeat_s: int = REPEAT_S
    origin_step_days: int = 14
    minimum_train_failures: int = 10
    minimum_tuning_failures: int = 5
    minimum_tested_failures: int = 5
    paired_failures: int = 50
    recall_slack: float = 0.05
    false_alarm_ratio: float = 1.1
    minimum_normal_rows: int = 10_000
    minimum_anomaly_rows: int = 2_560
    bootstrap_confidence: float = 0.95
    bootstrap_rounds: int = 2_000
    healthy_margin_days: int = 7
    minimum_healthy_rows: int = 5_000
    anomaly_alarms_per_machine_year: float = 12.0
    budget_confidence: float = 0.95
    maintenance_probability: float = 0.8
    stop_probability: float = 0.95
    machine_folds: int = 4
    golden_rows: int = 256
    costs: Costs = field(default_factory=Costs)

    def __post_init__(self) -> None:
        seconds(self.horizon)
        for costs in (self.costs, *(own for _, own in self.costs.overrides)):
            self._check_prices(costs)

    @staticmethod
    def _check_prices(costs: Costs) -> None:
        if not 0 < costs.planned_repair < costs.missed_failure or costs.false_alarm <= 0:
            raise FrameError(
                f"{costs} make no alarm worth raising: need 0 < planned_repair < missed_failure "
                "and false_alarm > 0; correct them in the plant's profile"
            )

    @classmethod
    def of(cls, profile: Profile, horizon: str = "24h") -> Policy:
        """The defaults with a plant's costs and score grid.

        Args:
            profile: The plant.
            horizon: One of its label horizons, in any unit: where the profile says ``7d``, ``168h`` is the same.

        Raises:
            ContractError: The horizon is no duration.
            FrameError: The plant's labels do not have the horizon.
        """
        same = [name for name in profile.labels.horizons if seconds(name) == seconds(horizon)]
        if not same:
            raise FrameError(
                f"plant {profile.name} has no labels within {horizon!r}, it has "
                f"{list(profile.labels.horizons)}: use one of these or add it to the profile"
            )
        return cls(horizon=same[0], score_every_s=profile.score_every_s, costs=profile.costs)

    @property
    def label_column(self) -> str:
        """Name of the label column of this horizon."""
        return f"failure_within_{self.horizon}"

    @property
    def horizon_us(self) -> int:
        """Horizon in microseconds."""
        return seconds(self.horizon) * 1_000_000

    @property
    def least_lead_h(self) -> float:
        """Least lead of an alarm in hours: the policy's, and at most half the horizon.

        >>> Policy().least_lead_h, Policy(horizon="1h").least_lead_h
        (4.0, 0.5)
        """
        return min(self.least_lead_hours, self.horizon_us / US_PER_HOUR / 2)

    @property
    def alarm_rule(self) -> AlarmRule:
        """How alarms of scores behave."""
        return score_rule(self.alarm_clear_s, self.alarm_repeat_s)

    @property
    def threshold_rows(self) -> int:
        """Healthy rows over which the alarm budget allows one alarm: fewer cannot find a threshold within it.

        >>> Policy().threshold_rows
        731
        """
        budget = self.anomaly_alarms_per_machine_year
        return ceil(HOURS_PER_YEAR * 3600 / self.score_every_s / budget)

    def embargo_us(self, longest_window_s: int) -> int:
        """Least distance of a training row from the first held-out row, microseconds.

        A label looks ahead by the horizon, a feature back by its window: only rows this far
        apart have no observation in common. Source: purging and embargo, López de Prado, Advances in Financial
        Machine Learning, 2018, chapter 7.

        >>> Policy().embargo_us(3 * 3600) // US_PER_HOUR
        27
        """
        return self.horizon_us + longest_window_s * 1_000_000
