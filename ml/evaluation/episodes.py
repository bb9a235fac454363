"""What alarms did for failures: caught with time to act, too late, missed; and alarms that ended with nothing."""

from __future__ import annotations

import numpy as np

from domain.intervention import CONFIRMED, REFUTED
from ml.data.dataset import Dataset, Float64, Mask
from ml.data.failure_events import NEVER_US, FailureEvents, Int64
from ml.evaluation.alarm_outcomes import AlarmOutcomes
from ml.evaluation.alarms import Alarms, alarms_of
from ml.evaluation.outcome import EventOutcome
from ml.policy import HOURS_PER_YEAR, US_PER_HOUR, Policy


class EpisodeEvaluator:
    """Evaluates any number of flag sets on the same rows.

    An alarm catches a failure where it is active within the horizon before it and was raised by the least lead before
    it. The lead counts from the raise, or from the machine's last failure where the alarm outlasted that one. An
    alarm is false where it ended, and neither a failure followed within the horizon after its end nor an intervention
    came while it was active. One that is still active after the last row is neither. An intervention that found nothing
    refutes its alarm, unless another one in it confirms it: such an alarm is false.

    Args:
        rows: Rows that are evaluated; every one counts as exposure.
        policy: Horizon, least lead, distance of rows, clear and repeat times.
    """

    def __init__(self, rows: Dataset, policy: Policy) -> None:
        self._policy = policy
        self._machine_years = len(rows) * policy.score_every_s / 3600 / HOURS_PER_YEAR
        self._rows_of = {
            machine_id: np.flatnonzero(rows.machine_ids == machine_id)
            for machine_id in np.unique(rows.machine_ids).tolist()
        }
        self._scored_us = rows.scored_us
        self._models = rows.models
        self._recorded = {machine_id: rows.failures.of_machine(machine_id) for machine_id in self._rows_of}
        works = [_with_finding(rows.interventions, finding) for finding in ("", CONFIRMED, REFUTED)]
        self._works = {machine_id: [one.of_machine(machine_id) for one in works] for machine_id in self._rows_of}
        self._failures = rows.failures.keep(self._tested(rows))
        self._failures_of = {
            machine_id: np.flatnonzero(self._failures.machine_ids == machine_id) for machine_id in self._rows_of
        }

    @property
    def failures(self) -> FailureEvents:
        """Failures that these rows test, ordered by machine and time."""
        return self._failures

    def evaluate(self, flags: Mask) -> EventOutcome:
        """Outcome of alarming at the rows where ``flags`` is true."""
        lead = np.full(len(self._failures), np.nan)
        found: dict[str, AlarmOutcomes] = {}
        for machine_id, places in self._rows_of.items():
            alarms = alarms_of(self._scored_us[places], flags[places], self._policy.alarm_rule)
            if len(alarms):
                mine = self._failures_of[machine_id]
                lead[mine] = self._lead_hours(alarms, self._failures.failed_us[mine], self._recorded[machine_id])
                found[machine_id] = self._outcomes(alarms, machine_id)
        caught = np.asarray(lead >= self._policy.least_lead_h, dtype=np.bool_)
        return EventOutcome(
            failures=self._failures,
            caught=caught,
            too_late=np.asarray(~np.isnan(lead) & ~caught, dtype=np.bool_),
            lead_hours=lead,
            machine_years=self._machine_years,
            by_machine={machine_id: one.counts for machine_id, one in found.items()},
            models=self._models,
            intervention_repair_frac=self._policy.intervention_repair_frac,
            alarms=found,
        )

    def _lead_hours(self, alarms: Alarms, failed_us: Int64, recorded_us: Int64) -> Float64:
        """Hours from the raise of the first alarm active in each failure's warning window, NaN where none was."""
        place = np.searchsorted(alarms.cleared_us, failed_us - self._policy.horizon_us, side="right")
        raised = np.append(alarms.raised_us, NEVER_US)[place]
        before = np.searchsorted(recorded_us, failed_us, side="left")
        previous = np.append(recorded_us, 0)[before - 1]
        from_us = np.where(before > 0, np.maximum(raised, previous), raised)
        return np.where(raised < failed_us, (failed_us - from_us) / US_PER_HOUR, np.nan)

    def _outcomes(self, alarms: Alarms, machine_id: str) -> AlarmOutcomes:
        recorded, horizon_us = self._recorded[machine_id], self._policy.horizon_us
        is_active = alarms.cleared_us == NEVER_US
        ended_us = np.where(is_active, NEVER_US - horizon_us, alarms.cleared_us)
        is_followed = _any_between(recorded, alarms.raised_us, ended_us + horizon_us)
        worked, confirmed, refuted = (
            _any_between(worked_us, alarms.raised_us, ended_us) & ~is_followed for worked_us in self._works[machine_id]
        )
        return AlarmOutcomes(
            alarms=alarms,
            is_followed=is_followed,
            is_intervened=confirmed | (worked & ~refuted),
            is_confirmed=confirmed,
            is_useful=_any_between(recorded, alarms.calls_us, alarms.calls_us + horizon_us + 1),
        )

    def _tested(self, rows: Dataset) -> Mask:
        tested = np.zeros(len(rows.failures), dtype=np.bool_)
        for machine_id, places in self._rows_of.items():
            times = self._scored_us[places]
            mine = np.flatnonzero(rows.failures.machine_ids == machine_id)
            failed = rows.failures.failed_us[mine]
            first = np.searchsorted(times, failed - self._policy.horizon_us, side="left")
            tested[mine] = np.searchsorted(times, failed, side="left") > first
        return tested


def _with_finding(interventions: FailureEvents, finding: str) -> FailureEvents:
    return interventions.keep(np.array([code == finding for code in interventions.codes], dtype=np.bool_))


def _any_between(at_us: Int64, after_us: Int64, before_us: Int64) -> Mask:
    """Whether any of the times lies strictly between each pair, shape (n,)."""
    if not len(at_us):
        return np.zeros(len(after_us), dtype=np.bool_)
    first = np.searchsorted(at_us, after_us, side="right")
    return np.asarray(np.searchsorted(at_us, before_us, side="left") > first, dtype=np.bool_)
