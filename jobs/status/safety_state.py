"""The safety functions: which test is due when, and what the newest trips and tests say. Read from gold."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from expectations.plant.safety import SafetyFunction
from expectations.tables.gold_safety import SAFETY_RESPONSE, SAFETY_TESTS
from jobs.status.facts import DueTest, Response, SafetyState
from lakehouse.plant import Plant

Row = dict[str, Any]
_SLOW = ("over_budget", "over_limit")


def safety_state(plant: Plant) -> SafetyState:
    """What the tables say; nothing of a plant without safety functions and records of them."""
    tests: list[Row] = plant.lake.arrow(SAFETY_TESTS).to_pylist()
    rows: list[Row] = plant.lake.arrow(SAFETY_RESPONSE).to_pylist()
    functions = plant.profile.safety
    return SafetyState(
        tuple(DueTest(_name(row), row["kind"], row["last_passed_at"], row["half_at"], row["due_at"]) for row in tests),
        tuple(_response(row) for row in failed(rows)),
        tuple(_response(row) for row in slow(rows)),
        tuple(sorted({_name(row) for row in rows if row["process_safety_time_s"] is None})),
        {_place(function): _seconds(function) for function in functions if function.budget_s >= function.limit_s},
    )


def failed(rows: Sequence[Row]) -> list[Row]:
    """Of each function, kind and part the newest row with an outcome, where that is `failed`; pure."""
    newest = _newest((row for row in rows if row["outcome"]), lambda row: (_name(row), row["kind"], row["part"]))
    return [row for row in newest if row["outcome"] == "failed"]


def slow(rows: Sequence[Row]) -> list[Row]:
    """Of each function and part the newest measured row, where it is slow; pure.

    A part that was measured before the whole function was counts no more.
    """
    newest = _newest((row for row in rows if row["used_frac"] is not None), lambda row: (_name(row), row["part"]))
    whole = {_name(row): row["occurred_at"] for row in newest if row["part"] is None}
    return [
        row
        for row in newest
        if row["verdict"] in _SLOW
        and (row["part"] is None or row["occurred_at"] >= whole.get(_name(row), row["occurred_at"]))
    ]


def _newest(rows: Iterable[Row], key: Callable[[Row], tuple[Any, ...]]) -> list[Row]:
    found: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows, key=lambda row: row["occurred_at"]):
        found[key(row)] = row
    return list(found.values())


def _name(row: Row) -> str:
    return f"{row['factory_id']}/{row['machine_id']}/{row['function_id']}"


def _place(function: SafetyFunction) -> str:
    return f"{function.factory_id}/{function.machine_id}/{function.function_id}"


def _seconds(function: SafetyFunction) -> tuple[str, str]:
    return f"{function.budget_s:f}", f"{function.limit_s.normalize():f}"


def _response(row: Row) -> Response:
    limit_s = None if row["allowed_frac"] is None else row["process_safety_time_s"] * row["allowed_frac"]
    part = row["part"] or ""
    at, verdict = row["occurred_at"], row["verdict"]
    return Response(_name(row), part, row["kind"], at, row["function_response_s"], limit_s, verdict)
