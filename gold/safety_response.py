"""`gold.safety_response`: each trip and test of a safety function against its budget and the process safety time."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from expectations.plant.safety import SafetyFunction
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_safety import SAFETY_RESPONSE
from expectations.tables.silver_safety import SAFETY_EVENTS

Row = Mapping[str, Any]


def build(events: pa.Table, functions: Sequence[SafetyFunction]) -> pa.Table:
    """One row for each trip and test, in the order of `silver.safety_events`.

    Numbers are compared as their decimal digits, so that a response of exactly the limit is not below it.

    Args:
        events: `silver.safety_events`.
        functions: The safety functions of the profile.
    """
    known = {function.place: function for function in functions}
    rows = [_row(event, known.get(_place(event))) for event in events.to_pylist()]
    return pa.Table.from_pylist(rows, arrow_schema(SAFETY_RESPONSE))


def _place(event: Row) -> tuple[str, str, str]:
    return event["machine_id"], event["factory_id"], event["function_id"]


def _row(event: Row, function: SafetyFunction | None) -> dict[str, Any]:
    budget_s = None if function is None else _budget_s(event, function)
    whole_s = None if function is None or budget_s is None else _whole_s(event, function, budget_s)
    times: dict[str, Decimal | None] = {
        "budget_s": budget_s,
        "function_response_s": whole_s,
        "process_safety_time_s": None if function is None else function.process_safety_time_s,
        "used_frac": None if function is None or whole_s is None else whole_s / function.process_safety_time_s,
        "allowed_frac": None if function is None else function.allowed_frac,
    }
    numbers = {name: None if value is None else float(value) for name, value in times.items()}
    stored = {name: event[name] for name in SAFETY_EVENTS.column_names if name in SAFETY_RESPONSE.column_names}
    return {**stored, **numbers, "verdict": _verdict(event, function, budget_s, whole_s)}


def _budget_s(event: Row, function: SafetyFunction) -> Decimal | None:
    """The budget of the part that was measured, or of the whole; a partial stroke is never the whole."""
    if event["part"] is not None:
        return dict(function.parts).get(event["part"])
    return None if event["kind"] == "partial_stroke" else function.budget_s


def _whole_s(event: Row, function: SafetyFunction, budget_s: Decimal) -> Decimal | None:
    """The response time of the whole function, of a part with the budget of the others."""
    measured_s = event["response_time_s"]
    return None if measured_s is None else function.budget_s - budget_s + Decimal(repr(measured_s))


def _verdict(
    event: Row, function: SafetyFunction | None, budget_s: Decimal | None, whole_s: Decimal | None
) -> str:  # fmt: skip
    if event["outcome"] == "failed":
        return "failed"
    if function is None or budget_s is None:
        return "no_budget"
    if whole_s is None:
        return "not_measured"
    if whole_s >= function.limit_s:
        return "over_limit"
    return "within" if whole_s <= function.budget_s else "over_budget"
