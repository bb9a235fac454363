"""What a detector finds on rows that nothing was made from: failures, incidents, disturbances, and false alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.data.dataset import Dataset, Mask
from ml.data.metric_columns import MetricColumns
from ml.evaluation.alarms import alarms_of
from ml.evaluation.held_out import episode_evaluator
from ml.evaluation.incidents import IncidentsFound, incidents_found
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.power import Found, measure_power
from ml.models.pca import Int32
from ml.policy import Policy
from ml.second_stage.detector import Detector
from ml.second_stage.windowed import first_of_each, only_last, windowed
from ml.sequence.windows import Windows, windows_of

MOST_DISTURBED = 20_000
"""Windows of the testing time that may be disturbed; one of 12 rows and 50 columns has 5 kB."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows with their windows."""

    rows: Dataset
    windows: Windows

    @classmethod
    def of(cls, rows: Dataset, detector: Detector, length: int, policy: Policy) -> Part:
        """The windows of some rows, of the columns of a detector."""
        return cls(rows, windows_of(rows, detector.columns, length, policy.score_every_s * 1_000_000))

    @property
    def scored(self) -> Dataset:
        """The rows with a window."""
        return only_last(self.rows, self.windows)


@dataclass(frozen=True, slots=True)
class HeldOutRows:
    """Rows that nothing was made from.

    Attributes:
        usual: Windows of healthy rows that say what is usual, as `windowed` lays them out.
        quiet: Windows of the testing time that no detector calls unusual: those that are disturbed.
        testing: Healthy rows of that time.
        evaluated: All rows of that time that alarms are evaluated on, but those near a known incident.
        incidents: All rows of machines that had a known incident.
        metrics: What can be disturbed, of the columns of windows.
    """

    usual: Dataset
    quiet: Dataset
    testing: Part
    evaluated: Part
    incidents: Part
    metrics: tuple[MetricColumns, ...]


@dataclass(frozen=True, slots=True)
class Events:
    """What flags do for the events of held-out rows.

    Attributes:
        outcome: Alarms and the failures of the testing time.
        incidents: Known incidents; None where the profile lists none.
    """

    outcome: EventOutcome
    incidents: IncidentsFound | None

    @property
    def found(self) -> int:
        """Failures caught and incidents found."""
        return self.outcome.recall.hits + (self.incidents.found.hits if self.incidents else 0)

    @property
    def tested(self) -> int:
        """How many there are."""
        return self.outcome.recall.total + (self.incidents.found.total if self.incidents else 0)

    @property
    def false_rate(self) -> float:
        """False alarms per machine-year."""
        return self.outcome.false_alarms_per_machine_year

    def figures(self) -> Mapping[str, Any]:
        """Its counts, for people and for the registry."""
        return {
            "found_events": self.found,
            "tested_events": self.tested,
            "caught_failures": self.outcome.recall.hits,
            "tested_failures": self.outcome.recall.total,
            "false_alarms": self.outcome.false_episodes,
            "false_alarms_per_machine_year": self.false_rate,
        }


@dataclass(frozen=True, slots=True)
class First:
    """Rows with a window at which an alarm of the first stage is active.

    Attributes:
        evaluated: Of `HeldOutRows.evaluated`.
        incidents: Of `HeldOutRows.incidents`.
    """

    evaluated: Mask
    incidents: Mask


@dataclass(frozen=True, slots=True)
class Measured:
    """What one detector found.

    Attributes:
        alone: By alarms of its own.
        confirmed: By those of the first stage that it confirmed.
        power: Disturbances of the quiet windows, by kind; they last over the whole window.
        healthy: Its alarms on the healthy rows of the testing time.
    """

    alone: Events
    confirmed: Events
    power: tuple[Found, ...]
    healthy: EventOutcome

    @property
    def disturbances(self) -> tuple[int, int]:
        """Disturbances found, and how many were put in."""
        return sum(each.found.hits for each in self.power), sum(each.found.total for each in self.power)

    def figures(self) -> Mapping[str, Any]:
        """Its counts, for people and for the registry."""
        return {
            **self.alone.figures(),
            "confirmed": self.confirmed.figures(),
            "healthy_alarms_per_machine_year": self.healthy.calls_per_machine_year,
            "found_disturbances": self.disturbances[0],
            "tested_disturbances": self.disturbances[1],
            **{f"found_{each.kind}": each.found.hits for each in self.power},
            **{f"tested_{each.kind}": each.found.total for each in self.power},
        }


def measured(detector: Detector, held_out: HeldOutRows, first: First, policy: Policy) -> Measured:
    """What a detector finds.

    Args:
        detector: With thresholds.
        held_out: Rows to measure on.
        first: Where the first stage is in alarm.
        policy: Alarms, sizes of disturbances.
    """
    flags, in_incidents, healthy = (
        detector.unusual(each.rows, each.windows) for each in (held_out.evaluated, held_out.incidents, held_out.testing)
    )
    return Measured(
        alone=events(held_out, flags, in_incidents, policy),
        confirmed=events(held_out, flags & first.evaluated, in_incidents & first.incidents, policy),
        power=measure_power(held_out.usual, held_out.quiet, held_out.metrics, detector.flags, policy),
        healthy=episode_evaluator(held_out.testing.scored, policy).evaluate(healthy),
    )


def events(held_out: HeldOutRows, flags: Mask, in_incidents: Mask, policy: Policy) -> Events:
    """What flags of the evaluated rows and of those of incidents do, rows with a window only."""
    outcome = episode_evaluator(held_out.evaluated.scored, policy).evaluate(flags)
    return Events(outcome, incidents_found(held_out.incidents.scored, in_incidents, policy))


def in_alarm(rows: Dataset, flags: Mask, policy: Policy) -> Mask:
    """Rows at which an alarm of the flagged rows is active: from its raise until it clears, machine by machine."""
    found = np.zeros(len(rows), dtype=np.bool_)
    for machine_id in np.unique(rows.machine_ids[flags]):
        mine = np.flatnonzero(rows.machine_ids == machine_id)
        times = rows.scored_us[mine]
        alarms = alarms_of(times, flags[mine], policy.alarm_rule)
        place = np.searchsorted(alarms.raised_us, times, side="right") - 1
        found[mine] = (place >= 0) & (times < alarms.cleared_us[place])
    return found


def of_few(part: Part, columns: Int32) -> Dataset:
    """At most `MOST_DISTURBED` windows of some rows, laid out as rows, of all machines alike."""
    chosen = np.flatnonzero(first_of_each(part.scored, MOST_DISTURBED))
    return windowed(part.rows, part.windows.keep(chosen), columns)


def quiet_for_all(rows: Dataset, detectors: Iterable[Detector]) -> Dataset:
    """The windows that no detector calls unusual: what is put into them is found by all alike or by none."""
    return rows.keep(~np.any([each.flags(rows.values) for each in detectors], axis=0))
