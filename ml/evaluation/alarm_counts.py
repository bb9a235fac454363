"""Alarms of one machine, or of several, in counts."""

from __future__ import annotations

from dataclasses import dataclass

from expectations.plant.plant_profile import Costs


@dataclass(frozen=True, slots=True)
class AlarmCounts:
    """Alarms of one machine, or of several.

    Attributes:
        alarms: Alarms raised: each lasts until it clears, however long that is.
        false: Those that ended with neither failure nor intervention.
        intervened: Those in which an intervention came, and that no failure followed; refuted ones are false.
        confirmed: Those of them whose defect the technician found.
        active: Those still active after the last row, without failure or intervention so far.
        calls: Raises and repeats: each sends somebody to the machine.
        vain_calls: Calls that no failure followed within the horizon; the raise of an alarm that a failure followed,
            however late, that is still active or that was confirmed, is none.
    """

    alarms: int = 0
    false: int = 0
    intervened: int = 0
    active: int = 0
    calls: int = 0
    vain_calls: int = 0
    confirmed: int = 0

    def __add__(self, other: AlarmCounts) -> AlarmCounts:
        return AlarmCounts(
            self.alarms + other.alarms,
            self.false + other.false,
            self.intervened + other.intervened,
            self.active + other.active,
            self.calls + other.calls,
            self.vain_calls + other.vain_calls,
            self.confirmed + other.confirmed,
        )

    def intervention_cost(self, repair_frac: float, costs: Costs) -> float:
        """Money of interventions beside vain calls: the raises of confirmed alarms, and a fraction of planned repairs.

        >>> AlarmCounts(alarms=3, intervened=2, confirmed=1).intervention_cost(0.5, Costs())
        3500.0
        """
        return self.confirmed * costs.false_alarm + self.intervened * repair_frac * costs.planned_repair
