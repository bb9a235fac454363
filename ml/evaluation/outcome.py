"""The outcome of a set of alarms in counts and in money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from expectations.plant.plant_profile import Costs
from ml.data.dataset import Float64, Mask
from ml.data.failure_events import FailureEvents
from ml.evaluation.alarm_counts import AlarmCounts
from ml.evaluation.alarm_outcomes import AlarmOutcomes
from ml.evaluation.metrics import Proportion


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """What a set of alarms did for the failures of its rows.

    Attributes:
        failures: Failures with at least one row in their warning window: those that were tested.
        caught: True where an alarm was active within the horizon before the failure, raised by the least lead before.
        too_late: True where the first such alarm was raised later than that.
        lead_hours: Hours from that alarm's raise to the failure, NaN where there was none.
        machine_years: Observed time: rows x distance of rows.
        by_machine: Counts of the machines that had an alarm.
        models: Machine model by machine_id, as far as known: what a decision costs may follow it.
        intervention_repair_frac: The policy's: what an intervention costs, as a fraction of a planned repair.
        alarms: Each alarm of those machines, and what came of it; empty where the outcome was counted by hand.
    """

    failures: FailureEvents
    caught: Mask
    too_late: Mask
    lead_hours: Float64
    machine_years: float
    by_machine: Mapping[str, AlarmCounts] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    intervention_repair_frac: float = 0.0
    alarms: Mapping[str, AlarmOutcomes] = field(default_factory=dict)

    @property
    def counts(self) -> AlarmCounts:
        """Counts of all machines together."""
        return sum(self.by_machine.values(), AlarmCounts())

    @property
    def episodes(self) -> int:
        """Alarms raised."""
        return self.counts.alarms

    @property
    def false_episodes(self) -> int:
        """Alarms that ended with neither failure nor intervention."""
        return self.counts.false

    @property
    def recall(self) -> Proportion:
        """Failures caught, of failures tested."""
        return Proportion(int(self.caught.sum()), len(self.caught))

    @property
    def precision(self) -> Proportion:
        """Calls that were not in vain, of all calls: an alarm that lasts for months is followed by a failure anyway."""
        counts = self.counts
        return Proportion(counts.calls - counts.vain_calls, counts.calls)

    @property
    def false_alarms_per_machine_year(self) -> float:
        """False alarms by machine-years; 0 when nothing was observed."""
        return self.counts.false / self.machine_years if self.machine_years else 0.0

    @property
    def calls_per_machine_year(self) -> float:
        """Raises and repeats by machine-years; 0 when nothing was observed."""
        return self.counts.calls / self.machine_years if self.machine_years else 0.0

    def cost(self, costs: Costs) -> float:
        """Money these alarms cost over the rows, each failure and call at the prices of its machine's model.

        A failure that was announced too late costs what a missed one does. See `event_cost`, of vain calls: an alarm
        that never ends would cost one inspection otherwise, and alarming always would be cheapest. An alarm that ended
        by an intervention costs its inspections and the policy's fraction of a repair: no failure counts as prevented.
        """
        frac = self.intervention_repair_frac
        hits = int(self.caught.sum())
        if not costs.overrides:
            counts = self.counts
            of_events = event_cost(hits, len(self.caught) - hits, counts.vain_calls, costs)
            return of_events + counts.intervention_cost(frac, costs)
        caught, missed = (
            Counter(self.failures.keep(mask).machine_ids.tolist()) for mask in (self.caught, ~self.caught)
        )
        total = 0.0
        for machine in sorted({*caught, *missed, *self.by_machine}):
            own, prices = self.by_machine.get(machine, AlarmCounts()), costs.of_model(self.models.get(machine))
            total += event_cost(caught[machine], missed[machine], own.vain_calls, prices)
            total += own.intervention_cost(frac, prices)
        return total


def event_cost(caught: float, missed: float, vain_calls: float, costs: Costs) -> float:
    """Caught x planned repair + missed x missed failure + vain calls x inspection.

    Source: expected cost of decisions (Elkan, IJCAI 2001), a sum over failures and calls.

    >>> event_cost(11, 1, 18, Costs())
    57000.0
    """
    return caught * costs.planned_repair + missed * costs.missed_failure + vain_calls * costs.false_alarm
