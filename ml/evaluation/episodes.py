"""What alarms did for failures: caught with time to act, too late, missed; and alarms that ended with nothing."""

from __future__ import annotations

import numpy as np

from domain.intervention import CONFIRMED, REFUTED
from ml.data.dataset import Dataset, Float64, Mask
from ml.data.failure_events import NEVER_US, FailureEvents, Int64
from ml.evaluation.alarm_outcomes import AlarmOutcomes
from ml.evaluation.alarms import Alarms, alarms_of_machines
from ml.evaluation.machine_times import MachineClock, any_between
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
        self._machines, number = np.unique(rows.machine_ids, return_inverse=True)
        self._order = np.argsort(number, kind="stable")
        self._number, self._times_us = number[self._order], rows.scored_us[self._order]
        self._ends = np.searchsorted(self._number, self._number, side="right")
        self._models = rows.models
        self._clock = _clock(rows, policy.horizon_us)
        self._recorded = self._of_machines(rows.failures)
        self._works = [
            self._of_machines(_with_finding(rows.interventions, finding)) for finding in ("", CONFIRMED, REFUTED)
        ]
        self._failures = rows.failures.keep(self._tested(rows.failures))
        self._failed_number = np.searchsorted(self._machines, self._failures.machine_ids)
        self._previous_us = self._previous()

    @property
    def failures(self) -> FailureEvents:
        """Failures that these rows test, ordered by machine and time."""
        return self._failures

    def evaluate(self, flags: Mask) -> EventOutcome:
        """Outcome of alarming at the rows where ``flags`` is true."""
        rule = self._policy.alarm_rule
        alarms, rows = alarms_of_machines(self._times_us, self._ends, flags[self._order], rule)
        machine = self._number[rows]
        lead, outcomes = self._lead_hours(alarms, machine), self._outcomes(alarms, machine)
        caught = np.asarray(lead >= self._policy.least_lead_h, dtype=np.bool_)
        counts = outcomes.counts_of(machine, len(self._machines))
        first = np.searchsorted(machine, np.arange(len(self._machines) + 1)).tolist()
        alarmed = [(place, str(self._machines[place])) for place in np.unique(machine).tolist()]
        return EventOutcome(
            failures=self._failures,
            caught=caught,
            too_late=np.asarray(~np.isnan(lead) & ~caught, dtype=np.bool_),
            lead_hours=lead,
            machine_years=self._machine_years,
            by_machine={machine_id: counts[place] for place, machine_id in alarmed},
            models=self._models,
            intervention_repair_frac=self._policy.intervention_repair_frac,
            alarms={machine_id: outcomes.part(*first[place : place + 2]) for place, machine_id in alarmed},
        )

    def _lead_hours(self, alarms: Alarms, machine: Int64) -> Float64:
        """Hours from the raise of the first alarm active in each failure's warning window, NaN where none was."""
        failed_us, number = self._failures.failed_us, self._failed_number
        cleared = self._clock(machine, alarms.cleared_us)
        place = np.searchsorted(cleared, self._clock(number, failed_us - self._policy.horizon_us), side="right")
        is_his = np.append(machine, -1)[place] == number
        raised = np.where(is_his, np.append(alarms.raised_us, NEVER_US)[place], NEVER_US)
        from_us = np.maximum(raised, self._previous_us)
        return np.where(raised < failed_us, (failed_us - from_us) / US_PER_HOUR, np.nan)

    def _outcomes(self, alarms: Alarms, machine: Int64) -> AlarmOutcomes:
        clock, horizon_us = self._clock, self._policy.horizon_us
        is_active = alarms.cleared_us == NEVER_US
        ended_us = np.where(is_active, NEVER_US - horizon_us, alarms.cleared_us)
        raised, calls, caller = clock(machine, alarms.raised_us), alarms.calls_us, machine[alarms.alarm_of_call]
        is_followed = any_between(self._recorded, raised, clock(machine, ended_us + horizon_us))
        worked, confirmed, refuted = (
            any_between(works, raised, clock(machine, ended_us)) & ~is_followed for works in self._works
        )
        return AlarmOutcomes(
            alarms=alarms,
            is_followed=is_followed,
            is_intervened=confirmed | (worked & ~refuted),
            is_confirmed=confirmed,
            is_useful=any_between(self._recorded, clock(caller, calls), clock(caller, calls + horizon_us + 1)),
        )

    def _of_machines(self, events: FailureEvents) -> Int64:
        """Times of the events of machines that have rows, by the clock, ascending."""
        number = np.searchsorted(self._machines, events.machine_ids)
        is_known = np.append(self._machines, "")[number] == events.machine_ids
        return np.sort(self._clock(number[is_known], events.failed_us[is_known]))

    def _tested(self, failures: FailureEvents) -> Mask:
        """Failures with a row in the horizon before them."""
        number = np.searchsorted(self._machines, failures.machine_ids)
        is_known = np.append(self._machines, "")[number] == failures.machine_ids
        rows = self._clock(self._number, self._times_us)
        failed = self._clock(number, failures.failed_us)
        first = np.searchsorted(rows, self._clock(number, failures.failed_us - self._policy.horizon_us), side="left")
        return np.asarray(is_known & (np.searchsorted(rows, failed, side="left") > first), dtype=np.bool_)

    def _previous(self) -> Int64:
        """Time of the failure before each tested one at its machine; before all times where there is none."""
        failed = self._clock(self._failed_number, self._failures.failed_us)
        place = np.searchsorted(self._recorded, failed, side="left") - 1
        width = self._clock.end_us - self._clock.first_us + 1
        before = np.append(self._recorded, -1)[place]
        is_his = (place >= 0) & (before // width == self._failed_number)
        return np.where(is_his, before % width + self._clock.first_us, self._clock.first_us)


def _clock(rows: Dataset, horizon_us: int) -> MachineClock:
    events = (rows.failures.failed_us, rows.interventions.failed_us)
    at_us = np.concatenate([rows.scored_us, *events])
    first, last = (int(at_us.min()), int(at_us.max())) if len(at_us) else (0, 0)
    return MachineClock(first - horizon_us, last + 1)


def _with_finding(interventions: FailureEvents, finding: str) -> FailureEvents:
    return interventions.keep(np.array([code == finding for code in interventions.codes], dtype=np.bool_))
