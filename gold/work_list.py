"""`gold.work_list`: machines with a reason to act, by probability of a failure times what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp
from typing import Any

import pyarrow as pa

from calculators.arithmetic import whole_cents
from expectations.durations import seconds
from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import plain_texts
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_work_list import WORK_LIST
from expectations.tables.machine_keys import machine_key
from gold.work_reasons import action_of, reasons_of

UPTIME_READS = ("scope", "name", "month", "mtbf_hours", "repair_count", "mttr_hours")
LEAST_REPAIRS = 3
"""Repairs on record from which their mean length is used. Starting value: docs/decisions/0232-work-list.md."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Rates:
    """How often machines fail and how long repairs take, by model and of the plant; hours."""

    mtbf: Mapping[str | None, float]
    mttr: Mapping[str | None, float]


def build(machines: pa.Table, uptime: pa.Table, alarms: Mapping[str, Sequence[str]], profile: Profile) -> pa.Table:
    """One row per machine with a reason, key (machine_id, factory_id); ranks from 1 without a gap.

    Args:
        machines: `gold.machines_now`.
        uptime: The columns `UPTIME_READS` of `gold.uptime`.
        alarms: Machine and factory -> what added most to its newest score, in words, the most first.
        profile: The plant: prices, penalties, health.
    """
    rates, rows = _rates(uptime), []
    for machine in plain_texts(machines).to_pylist():
        key = machine_key(machine["machine_id"], machine["factory_id"])
        reasons = reasons_of(machine, alarms.get(key, ()), profile.health)
        if reasons:
            rows.append(_row(machine, reasons, rates, profile))
    ranked = [row | {"rank": rank} for rank, row in enumerate(sorted(rows, key=_order), start=1)]
    return pa.Table.from_pylist(ranked, arrow_schema(WORK_LIST))


def _rates(uptime: pa.Table) -> _Rates:
    mtbf: dict[str | None, float] = {}
    mttr: dict[str | None, float] = {}
    for row in plain_texts(uptime).to_pylist():
        if row["month"] is None and row["scope"] in ("machine_model", "plant"):
            name = row["name"] if row["scope"] == "machine_model" else None
            if row["mtbf_hours"]:
                mtbf[name] = row["mtbf_hours"]
            if row["repair_count"] >= LEAST_REPAIRS:
                mttr[name] = row["mttr_hours"]
    return _Rates(mtbf, mttr)


def _row(machine: Row, reasons: Sequence[str], rates: _Rates, profile: Profile) -> dict[str, Any]:
    copied = ("machine_id", "factory_id", "machine_model", "state", "score", "as_of_at")
    probability, origin, horizon = _probability(machine, rates, profile)
    usd, cost = _consequence(machine, rates, profile)
    expected = None if probability is None else whole_cents(Fraction(probability) * usd)
    return {name: machine[name] for name in copied} | cost | {
        "action": action_of(machine), "reasons": "; ".join(reasons), "expected_cost_cents": expected,
        "probability": probability, "probability_from": origin, "horizon": horizon,
        "is_default_price": not profile.has_costs,
    }  # fmt: skip


def _probability(machine: Row, rates: _Rates, profile: Profile) -> tuple[float | None, str | None, str]:
    horizon = machine["horizon"] or next(iter(profile.labels.horizons), "24h")
    if machine["is_down"]:
        return 1.0, "down", horizon
    if machine["probability"] is not None and machine["state"] != "blind":
        return machine["probability"], "model", horizon
    mtbf = rates.mtbf.get(machine["machine_model"] or "", rates.mtbf.get(None))
    if mtbf is None:
        return None, None, horizon
    return 1.0 - exp(-seconds(horizon) / 3600 / mtbf), "failure_rate", horizon


def _consequence(machine: Row, rates: _Rates, profile: Profile) -> tuple[Fraction, dict[str, Any]]:
    """What a failure costs, dollars, and the columns that say how it is counted."""
    penalty = profile.downtime.of_machine(machine["machine_id"], machine["machine_model"])
    prices, (hours, origin) = profile.costs.of_model(machine["machine_model"]), _repair(machine, rates, profile)
    usd = _decimal(prices.missed_failure)
    if (rate := penalty.exact_usd_per_hour()) is not None:
        usd = _decimal(hours) * rate + _decimal(prices.planned_repair)
    return usd, {
        "consequence_cents": whole_cents(usd),
        "consequence_from": "missed_failure" if penalty.usd_per_hour is None else "hours",
        "penalty_usd_per_hour": penalty.usd_per_hour, "standby_frac": penalty.standby, "repair_hours": hours,
        "repair_hours_from": origin, "repair_price_cents": whole_cents(_decimal(prices.planned_repair)),
    }  # fmt: skip


def _repair(machine: Row, rates: _Rates, profile: Profile) -> tuple[float, str]:
    """How long a repair takes, in whole hundredths of an hour where it was measured."""
    declared = profile.downtime.of_machine(machine["machine_id"], machine["machine_model"]).repair_hours
    if declared is not None:
        return declared, "profile"
    measured = rates.mttr.get(machine["machine_model"] or "", rates.mttr.get(None))
    return (profile.labels.repair_s / 3600, "labels") if measured is None else (round(measured, 2), "measured")


def _decimal(number: float) -> Fraction:
    """A price is what its decimal digits say."""
    return Fraction(repr(number))


def _order(row: Row) -> tuple[Any, ...]:
    cost = row["expected_cost_cents"]
    return cost is None, -(cost or 0), row["score"] or 0.0, row["machine_id"], row["factory_id"]
