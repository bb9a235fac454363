"""`gold.maintenance_savings`: what failures, repairs and false alarms cost with alarms, and without."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from calculators.arithmetic import whole_cents
from expectations.plant.plant_profile import Costs
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_savings import MAINTENANCE_SAVINGS

ROUNDS, SEED = 2000, 0
_INTERVAL = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class MachineOutcome:
    """What alarms did on one machine. Counts as in `ml.evaluation.outcome`; `costs` are the prices of its model.

    `repair_frac` is the policy's: what an intervention costs beyond its inspections, in planned repairs.
    """

    costs: Costs
    failures: int = 0
    caught: int = 0
    alarms: int = 0
    calls: int = 0
    vain_calls: int = 0
    intervened: int = 0
    confirmed: int = 0
    repair_frac: float = 0.0

    def interventions(self) -> tuple[tuple[int | Fraction, float], tuple[int | Fraction, float]]:
        """What interventions cost beside calls in vain: how often each price."""
        repairs = self.intervened * Fraction(str(self.repair_frac))
        return (self.confirmed, self.costs.false_alarm), (repairs, self.costs.planned_repair)


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of one model version and source that count, machine by machine."""

    model_version: str
    source: str
    first_at: datetime
    last_at: datetime
    scores: int
    machine_years: float
    machines: tuple[MachineOutcome, ...]


def build(scored: Iterable[Scored]) -> pa.Table:
    """One row for each, key (model_version, source), in its order.

    Each amount is counts times prices, rounded once. The interval is that of the sum over machines, 2,000 times drawn
    with replacement, always the same ones. Source: Efron & Tibshirani 1993, percentile bootstrap.
    """
    rows = [_row(one) for one in sorted(scored, key=lambda one: (one.model_version, one.source))]
    return pa.Table.from_pylist(rows, arrow_schema(MAINTENANCE_SAVINGS))


def _row(one: Scored) -> dict[str, Any]:
    machines = one.machines
    without = _cents((m.failures, m.costs.missed_failure) for m in machines)
    failed, repaired, inspected, intervened = _costs(machines)
    cost = cost_cents(machines)
    low, high = _interval([_saved(m) for m in machines])
    return {
        "model_version": one.model_version, "source": one.source, "first_scored_at": one.first_at,
        "last_scored_at": one.last_at, "score_count": one.scores, "machine_count": len(machines),
        "exposure_machine_years": one.machine_years, "failure_count": sum(m.failures for m in machines),
        "caught_count": sum(m.caught for m in machines), "alarm_count": sum(m.alarms for m in machines),
        "call_count": sum(m.calls for m in machines), "vain_call_count": sum(m.vain_calls for m in machines),
        "intervened_count": sum(m.intervened for m in machines),
        "confirmed_count": sum(m.confirmed for m in machines), "failure_cost_cents": failed,
        "repair_cost_cents": repaired, "false_alarm_cost_cents": inspected,
        "intervention_cost_cents": intervened, "cost_cents": cost,
        "without_alarms_cents": without, "savings_cents": without - cost, "savings_low_cents": low,
        "savings_high_cents": high,
    }  # fmt: skip


def cost_cents(machines: Sequence[MachineOutcome]) -> int:
    """What happened, whole cents: failures, repairs, inspections in vain and interventions, each rounded once."""
    return sum(_costs(machines))


def _costs(machines: Sequence[MachineOutcome]) -> tuple[int, int, int, int]:
    return (
        _cents((m.failures - m.caught, m.costs.missed_failure) for m in machines),
        _cents((m.caught, m.costs.planned_repair) for m in machines),
        _cents((m.vain_calls, m.costs.false_alarm) for m in machines),
        _cents(priced for m in machines for priced in m.interventions()),
    )


def _cents(priced: Iterable[tuple[int | Fraction, float]]) -> int:
    """Counts times prices, rounded once; a price is what its decimal digits say."""
    return whole_cents(sum((count * Fraction(str(price)) for count, price in priced), Fraction(0)))


def _saved(machine: MachineOutcome) -> int:
    """What alarms saved on one machine, cents."""
    costs = machine.costs
    return _cents(
        ((machine.caught, costs.missed_failure), (-machine.caught, costs.planned_repair),
         (-machine.vain_calls, costs.false_alarm), *((-count, price) for count, price in machine.interventions()))
    )  # fmt: skip


def _interval(saved: Sequence[int]) -> tuple[int | None, int | None]:
    """Both ends of the interval of the sum, cents; of fewer than two machines nothing is known."""
    if len(saved) < 2:
        return None, None
    drawn = np.random.default_rng(SEED).integers(0, len(saved), size=(ROUNDS, len(saved)))
    low, high = np.quantile(np.array(saved, dtype=np.float64)[drawn].sum(axis=1), _INTERVAL)
    return round(float(low)), round(float(high))
