"""The numbers a plant may change: costs, horizons, minimum evidence, gate limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any

from domain.alarm import AlarmRule
from domain.score_alarm import score_rule
from expectations.durations import seconds
from expectations.plant.plant_profile import Costs, Profile
from expectations.policy.file import PolicyNumber, starting_policy
from ml.errors import FrameError

US_PER_HOUR = 3_600_000_000
US_PER_DAY = 24 * US_PER_HOUR
HOURS_PER_YEAR = 8766.0
"""365.25 days. Source: Julian year."""


def _start(name: str) -> float:
    """The shipped number of a name."""
    return next(float(number.value) for number in starting_policy() if number.name == name)


def _whole(name: str) -> int:
    return int(_start(name))


@dataclass(frozen=True, slots=True)
class Policy:
    """What a plant asks of its models. The numbers are those of `expectations/policy/starting_policy.toml`.

    A plant sets its own in `policy.toml` beside its profile.

    Attributes:
        horizon: As the profile writes it, ``24h``; the label column is ``failure_within_<horizon>``.
        score_every_s: Distance of two rows of one machine, seconds.
        least_lead_hours: Time before a failure by which its alarm must have been raised, at most half the horizon: less
            leaves nobody time to act. Starting value: half a shift.
        alarm_clear_s: An alarm clears when its condition was absent for this long; a gateway's, see
            `domain.score_alarm`.
        alarm_repeat_s: It is announced again while it lasts, this long after the last announcement.
        intervention_repair_frac: What an alarm that ended by an intervention costs beyond its inspections, as a
            fraction of a planned repair.
        origin_step_days: Length of one held-out block.
        minimum_train_failures: Failures before the first origin opens.
        minimum_tuning_failures: Cross-fitted failures before a threshold is tuned instead of computed.
        calibration_folds: Groups of machines that a booster of the others scores, for threshold and calibration.
        calibration_failures: Cross-fitted failures from which probabilities are calibrated.
        choosing_failures: Newest failures that choose threshold and calibration.
        booster_rounds: Trees of the failure model that a training starts from; these seven as `FailureParams` has them.
        booster_max_depth: Levels of each.
        booster_eta: Step of each.
        booster_gamma: Least loss that a split must save.
        booster_min_child_weight: Least weight of the rows on each side of a split.
        booster_subsample: Fraction of the rows that each tree learns from.
        booster_colsample_bytree: Fraction of the columns.
        booster_alternatives: Alternatives to the parameters of the failure model that a training tries.
        isotonic_failures: From so many failures on probabilities follow isotonic steps.
        transfer_failures: Failures known, from which predicted positives of a block must be near the observed.
        least_predicted_ratio: Least predicted by observed positives of such a block.
        most_predicted_ratio: Most.
        minimum_tested_failures: First champion's evidence. Source: `docs/decisions/0052-first-champion.md`.
        plain_rules: Features whose limits alone the first champion must beat.
        false_alarms_per_machine_year: Most false alarms of a first champion.
        chance_shifts: Shifts in time of all failures, against which the recall of a forest is compared.
        chance_deviations: Most that the scores of shuffled labels are away from chance, standard deviations.
        random_column_gain: A column of random numbers must gain less than this, as a multiple of an equal share.
        paired_failures: Challenger's evidence. Source: simulation, `docs/decisions/0053-challenger-gate.md`.
        recall_slack: Least the challenger must reach: champion's recall less this. Starting value.
        false_alarm_ratio: Most false alarms per machine-year, as a multiple of the champion's.
        minimum_normal_rows: More new normal rows than these are needed to evaluate a model that follows a champion.
            Starting value.
        minimum_anomaly_rows: Healthy rows for a first anomaly model: ten times the forest's
            sample of 256 (start value).
        bootstrap_confidence: One-sided confidence of the lower bound of what a challenger saves.
        bootstrap_rounds: Resamples of that bootstrap.
        healthy_margin_days: Rows this near a failure or maintenance are not called healthy.
        minimum_healthy_rows: Fewer healthy rows make the margin shrink.
        anomaly_alarms_per_machine_year: Budget that sets the anomaly threshold.
        healthy_periods: First and last moment of the healthy rows that train an anomaly model, then of those that
            choose its threshold, UTC microseconds, as the profile states them; empty: chosen by their number.
        budget_confidence: One-sided confidence with which alarms beyond that budget are no accident.
        power_hours: How long a disturbance lasts that measures what an anomaly model sees.
        power_trials: Disturbances of each kind.
        power_shift_sd: Size of a shift, usual deviations of the machine's metric.
        power_relation: Correlation from which two metrics have a relation that can break.
        least_shift_power: Least fraction of shifts that an anomaly model finds.
        least_stuck_power: Of stuck values.
        least_relation_power: Of broken relations.
        maintenance_probability: Asks for maintenance. Starting value.
        stop_probability: Asks for a safe stop. Starting value.
        sensitive_probability: Probability from which the first stage of alarms counts.
        specific_probability: From which the second does.
        stop_precision: Lower bound of the precision that lets a stop be requested at all.
        machine_folds: Groups of the report that leaves machines out; 0 leaves the report out.
        golden_rows: Rows stored with their scores to prove a compiled model.
        drift_window_days: Length of the window that is compared with those before it, see `ml.drift.rules`.
        drift_reference_windows: Windows before it that are the reference.
        drift_minimum_windows: Of them, so many need rows enough.
        drift_minimum_rows: Rows with a value that a window needs.
        drift_own_quantile: A limit is at least this quantile of a feature's own windows.
        drift_ks_limit: Least Kolmogorov-Smirnov distance that counts.
        drift_psi_limit: Least population stability index that counts, nats.
        drift_kl_limit: Least KL(current || reference) that counts, nats. Starting value.
        drift_retrain_features: So many have to drift before a training is started between months.
        drift_cooldown_days: After a training drift, or a week that was worse, starts no other for so long.
        sensor_reference_days: Dates before that are usual for a sensor; these nine say when a sensor is not healthy.
        sensor_recent_days: Dates after them that are looked at.
        sensor_minimum_days: Dates with readings that the reference needs.
        sensor_missing_frac: Least fraction of missing readings that counts.
        sensor_equal_readings: Fewer equal readings in a row are never stuck.
        sensor_noise_ratio: Least ratio of a sensor's scatter to its usual one that counts.
        sensor_deviations: How far Shewhart's limits are from the usual.
        sensor_cusum_slack: What a date's deviation must exceed to add to a cumulative sum.
        sensor_cusum_decision: The cumulative sum that signals.
        retrain_false_alarm_ratio: False alarms of a week by those before, from which a training is started.
        retrain_missed_failures: Missed failures of a week, likewise.
        missed_case_days: Time after a missed failure in which its case is an alert.
        unanswered_alarm_hours: Time after which an alarm of a machine that nobody answered is critical.
        certificate_warning_days: Time before the end of a certificate from which it is an alert.
        battery_low_pct: Charge of a gateway's battery from which on down it is one.
        gateway_silent_hours: Time after the newest heartbeat of a gateway from which its silence is one.
        gateway_lost_hours: Time from which it is critical.
        retrain_recall_ratio: Recall of a week by that before, below which one is started.
        promotion_approvals: Persons who must say yes before a version that passed its gate becomes champion.
        sample_quiet_frac: Scores without a request that are drawn for a technician to look at the machine.
        sample_request_frac: Scores with one.
        sample_answer_hours: Time in which a finding answers a drawn score.
        second_stage_epochs: Passes that train the autoencoder of a second stage at most; 0: there is no such stage.
        second_stage_rows: Consecutive rows in a window of it.
        second_stage_int8_loss: Its INT8 form must lose less than this of what the float form finds.
    """

    horizon: str = "24h"
    score_every_s: int = 3600
    least_lead_hours: float = _start("least_lead_hours")
    alarm_clear_s: int = _whole("alarm_clear_s")
    alarm_repeat_s: int = _whole("alarm_repeat_s")
    intervention_repair_frac: float = _start("intervention_repair_frac")
    origin_step_days: int = _whole("origin_step_days")
    minimum_train_failures: int = _whole("minimum_train_failures")
    minimum_tuning_failures: int = _whole("minimum_tuning_failures")
    calibration_folds: int = _whole("calibration_folds")
    calibration_failures: int = _whole("calibration_failures")
    choosing_failures: int = _whole("choosing_failures")
    booster_rounds: int = _whole("booster_rounds")
    booster_max_depth: int = _whole("booster_max_depth")
    booster_eta: float = _start("booster_eta")
    booster_gamma: float = _start("booster_gamma")
    booster_min_child_weight: float = _start("booster_min_child_weight")
    booster_subsample: float = _start("booster_subsample")
    booster_colsample_bytree: float = _start("booster_colsample_bytree")
    booster_alternatives: int = _whole("booster_alternatives")
    isotonic_failures: int = _whole("isotonic_failures")
    transfer_failures: int = _whole("transfer_failures")
    least_predicted_ratio: float = _start("least_predicted_ratio")
    most_predicted_ratio: float = _start("most_predicted_ratio")
    minimum_tested_failures: int = _whole("minimum_tested_failures")
    plain_rules: int = _whole("plain_rules")
    false_alarms_per_machine_year: float = _start("false_alarms_per_machine_year")
    chance_shifts: int = _whole("chance_shifts")
    chance_deviations: float = _start("chance_deviations")
    random_column_gain: float = _start("random_column_gain")
    paired_failures: int = _whole("paired_failures")
    recall_slack: float = _start("recall_slack")
    false_alarm_ratio: float = _start("false_alarm_ratio")
    minimum_normal_rows: int = _whole("minimum_normal_rows")
    minimum_anomaly_rows: int = _whole("minimum_anomaly_rows")
    bootstrap_confidence: float = _start("bootstrap_confidence")
    bootstrap_rounds: int = _whole("bootstrap_rounds")
    healthy_margin_days: int = _whole("healthy_margin_days")
    minimum_healthy_rows: int = _whole("minimum_healthy_rows")
    anomaly_alarms_per_machine_year: float = _start("anomaly_alarms_per_machine_year")
    budget_confidence: float = _start("budget_confidence")
    power_hours: float = _start("power_hours")
    power_trials: int = _whole("power_trials")
    power_shift_sd: float = _start("power_shift_sd")
    power_relation: float = _start("power_relation")
    least_shift_power: float = _start("least_shift_power")
    least_stuck_power: float = _start("least_stuck_power")
    least_relation_power: float = _start("least_relation_power")
    maintenance_probability: float = _start("maintenance_probability")
    stop_probability: float = _start("stop_probability")
    sensitive_probability: float = _start("sensitive_probability")
    specific_probability: float = _start("specific_probability")
    stop_precision: float = _start("stop_precision")
    machine_folds: int = _whole("machine_folds")
    golden_rows: int = _whole("golden_rows")
    drift_window_days: int = _whole("drift_window_days")
    drift_reference_windows: int = _whole("drift_reference_windows")
    drift_minimum_windows: int = _whole("drift_minimum_windows")
    drift_minimum_rows: int = _whole("drift_minimum_rows")
    drift_own_quantile: float = _start("drift_own_quantile")
    drift_ks_limit: float = _start("drift_ks_limit")
    drift_psi_limit: float = _start("drift_psi_limit")
    drift_kl_limit: float = _start("drift_kl_limit")
    drift_retrain_features: int = _whole("drift_retrain_features")
    drift_cooldown_days: int = _whole("drift_cooldown_days")
    retrain_false_alarm_ratio: float = _start("retrain_false_alarm_ratio")
    retrain_missed_failures: int = _whole("retrain_missed_failures")
    missed_case_days: int = _whole("missed_case_days")
    unanswered_alarm_hours: float = _start("unanswered_alarm_hours")
    certificate_warning_days: int = _whole("certificate_warning_days")
    battery_low_pct: float = _start("battery_low_pct")
    gateway_silent_hours: float = _start("gateway_silent_hours")
    gateway_lost_hours: float = _start("gateway_lost_hours")
    retrain_recall_ratio: float = _start("retrain_recall_ratio")
    sensor_reference_days: int = _whole("sensor_reference_days")
    sensor_recent_days: int = _whole("sensor_recent_days")
    sensor_minimum_days: int = _whole("sensor_minimum_days")
    sensor_missing_frac: float = _start("sensor_missing_frac")
    sensor_equal_readings: int = _whole("sensor_equal_readings")
    sensor_noise_ratio: float = _start("sensor_noise_ratio")
    sensor_deviations: float = _start("sensor_deviations")
    sensor_cusum_slack: float = _start("sensor_cusum_slack")
    sensor_cusum_decision: float = _start("sensor_cusum_decision")
    promotion_approvals: int = _whole("promotion_approvals")
    sample_quiet_frac: float = _start("sample_quiet_frac")
    sample_request_frac: float = _start("sample_request_frac")
    sample_answer_hours: float = _start("sample_answer_hours")
    second_stage_epochs: int = _whole("second_stage_epochs")
    second_stage_rows: int = _whole("second_stage_rows")
    second_stage_int8_loss: float = _start("second_stage_int8_loss")
    costs: Costs = field(default_factory=Costs)
    healthy_periods: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        seconds(self.horizon)
        if self.sensitive_probability >= self.specific_probability:
            raise FrameError(
                f"sensitive_probability {self.sensitive_probability:g} is not below specific_probability "
                f"{self.specific_probability:g}: a later stage asks for more; correct them in the plant's policy.toml"
            )
        if self.maintenance_probability >= self.stop_probability:
            raise FrameError(
                f"maintenance_probability {self.maintenance_probability:g} is not below stop_probability "
                f"{self.stop_probability:g}: a stop asks for more; correct them in the plant's policy.toml"
            )
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
    def of(cls, profile: Profile, horizon: str = "24h", numbers: Sequence[PolicyNumber] = ()) -> Policy:
        """A plant's numbers with its costs and score grid.

        Args:
            profile: The plant.
            numbers: The plant's, of `load_policy`; the shipped ones where a number is not among them. What the
                profile states in ``[anomaly]`` goes before them.
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
        own: dict[str, Any] = {number.name: number.value for number in numbers}
        if profile.anomaly.alarms_per_machine_year is not None:
            own["anomaly_alarms_per_machine_year"] = profile.anomaly.alarms_per_machine_year
        periods = [each for each in (profile.anomaly.training, profile.anomaly.threshold) if each is not None]
        return cls(
            horizon=same[0],
            score_every_s=profile.score_every_s,
            costs=profile.costs,
            healthy_periods=tuple(_us(at) for each in periods for at in (each.from_at, each.until_at)),
            **own,
        )

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


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1e6)
