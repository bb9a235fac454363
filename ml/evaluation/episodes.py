"""Alarms as people meet them: episodes with a cool-down, failures caught, hours of warning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from expectations.plant.plant_profile import Costs
from ml.data.dataset import Dataset, Float64, Mask
from ml.data.failure_events import FailureEvents, Int64
from ml.evaluation.metrics import Proportion
from ml.policy import HOURS_PER_YEAR, US_PER_HOUR


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """What a set of alarms did for the failures of its rows.

    Attributes:
        failures: Failures with at least one row in their warning window: those that were tested.
        caught: True where an episode opened within the horizon before the failure.
        lead_hours: Hours from that episode's opening to the failure, NaN where missed.
        episodes: Alarm episodes, one per cool-down.
        false_episodes: Episodes that no failure followed within the horizon.
        machine_years: Observed time: rows x distance of rows.
        false_by_machine: The false episodes by machine, where there are any.
        models: Machine model by machine_id, as far as known: what a decision costs may follow it.
    """

    failures: FailureEvents
    caught: Mask
    lead_hours: Float64
    episodes: int
    false_episodes: int
    machine_years: float
    false_by_machine: Mapping[str, int] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def recall(self) -> Proportion:
        """Failures caught, of failures tested."""
        return Proportion(int(self.caught.sum()), len(self.caught))

    @property
    def precision(self) -> Proportion:
        """Episodes that a failure followed, of all episodes."""
        return Proportion(self.episodes - self.false_episodes, self.episodes)

    @property
    def false_alarms_per_machine_year(self) -> float:
        """False episodes by machine-years; 0 when nothing was observed."""
        return self.false_episodes / self.machine_years if self.machine_years else 0.0

    @property
    def alarms_per_machine_year(self) -> float:
        """All episodes by machine-years; 0 when nothing was observed."""
        return self.episodes / self.machine_years if self.machine_years else 0.0

    def cost(self, costs: Costs) -> float:
        """Money these alarms cost over the rows, each failure and episode at the prices of its machine's model.

        See `event_cost`.
        """
        hits = int(self.caught.sum())
        if not costs.overrides:
            return event_cost(hits, len(self.caught) - hits, self.false_episodes, costs)
        caught, missed = (
            Counter(self.failures.keep(mask).machine_ids.tolist()) for mask in (self.caught, ~self.caught)
        )
        false = self.false_by_machine
        return sum(
            event_cost(
                caught[machine], missed[machine], false.get(machine, 0), costs.of_model(self.models.get(machine))
            )
            for machine in sorted({*caught, *missed, *false})
        )


def event_cost(caught: float, missed: float, false_alarms: float, costs: Costs) -> float:
    """Caught x planned repair + missed x missed failure + false alarms x inspection.

    Source: expected cost of decisions (Elkan, IJCAI 2001), a sum over failures and episodes.

    >>> event_cost(11, 1, 18, Costs())
    57000.0
    """
    return caught * costs.planned_repair + missed * costs.missed_failure + false_alarms * costs.false_alarm


def episode_starts(flagged_us: Int64, cool_down_us: int) -> Int64:
    """Openings of the episodes of one machine's flagged times (ascending).

    A flag within the cool-down of the last opening belongs to that episode; one exactly at its end
    opens the next, so that an alarm that never stops is one episode per cool-down and not one for ever.

    >>> episode_starts(np.array([0, 5, 10, 12, 30]), 10).tolist()
    [0, 10, 30]
    """
    starts, place = [], 0
    while place < len(flagged_us):
        start = int(flagged_us[place])
        starts.append(start)
        place = int(np.searchsorted(flagged_us, start + cool_down_us, side="left"))
    return np.asarray(starts, dtype=np.int64)


class EpisodeEvaluator:
    """Evaluates any number of flag sets on the same rows.

    Args:
        rows: Rows that are evaluated; every one counts as exposure.
        horizon_us: Warning window and cool-down, microseconds.
        step_s: Distance of two rows of a machine, seconds.
    """

    def __init__(self, rows: Dataset, horizon_us: int, step_s: int) -> None:
        self._horizon_us = horizon_us
        self._machine_years = len(rows) * step_s / 3600 / HOURS_PER_YEAR
        self._rows_of = {
            machine_id: np.flatnonzero(rows.machine_ids == machine_id)
            for machine_id in np.unique(rows.machine_ids).tolist()
        }
        self._scored_us = rows.scored_us
        self._models = rows.models
        self._failures = rows.failures.keep(self._tested(rows))

    @property
    def failures(self) -> FailureEvents:
        """Failures that these rows test, ordered by machine and time."""
        return self._failures

    def evaluate(self, flags: Mask) -> EventOutcome:
        """Outcome of alarming at the rows where ``flags`` is true."""
        lead = np.full(len(self._failures), np.nan)
        false: dict[str, int] = {}
        episodes = 0
        for machine_id, places in self._rows_of.items():
            flagged = self._scored_us[places[flags[places]]]
            starts = episode_starts(flagged, self._horizon_us)
            mine = np.flatnonzero(self._failures.machine_ids == machine_id)
            failed = self._failures.failed_us[mine]
            lead[mine] = _lead_hours(starts, failed, self._horizon_us)
            episodes += len(starts)
            not_followed = len(starts) - _followed(starts, failed, self._horizon_us)
            if not_followed:
                false[machine_id] = not_followed
        return EventOutcome(
            failures=self._failures,
            caught=~np.isnan(lead),
            lead_hours=lead,
            episodes=episodes,
            false_episodes=sum(false.values()),
            machine_years=self._machine_years,
            false_by_machine=false,
            models=self._models,
        )

    def _tested(self, rows: Dataset) -> Mask:
        tested = np.zeros(len(rows.failures), dtype=np.bool_)
        for machine_id, places in self._rows_of.items():
            times = self._scored_us[places]
            mine = np.flatnonzero(rows.failures.machine_ids == machine_id)
            failed = rows.failures.failed_us[mine]
            first = np.searchsorted(times, failed - self._horizon_us, side="left")
            tested[mine] = np.searchsorted(times, failed, side="left") > first
        return tested


def _lead_hours(starts: Int64, failed_us: Int64, horizon_us: int) -> Float64:
    """Hours from the first opening within the horizon before each failure, NaN where none."""
    place = np.searchsorted(starts, failed_us - horizon_us, side="left")
    opened = np.append(starts, np.iinfo(np.int64).max)[place]
    return np.where(opened < failed_us, (failed_us - opened) / US_PER_HOUR, np.nan)


def _followed(starts: Int64, failed_us: Int64, horizon_us: int) -> int:
    """Number of openings with a failure strictly later and within the horizon."""
    first = np.searchsorted(failed_us, starts, side="right")
    last = np.searchsorted(failed_us, starts + horizon_us, side="right")
    return int((last > first).sum())
