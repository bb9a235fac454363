"""Response times against budgets, and when tests are due: hand-computed cases."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.arithmetic import number
from calculators.case_file import load_shipped
from calculators.safety import calculate
from expectations.plant.safety import SafetyFunction
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_safety import SAFETY_RESPONSE, SAFETY_TESTS
from expectations.tables.silver_safety import SAFETY_EVENTS
from gold import safety_response, safety_tests
from tests.support.arrow_rows import arrow
from tests.support.frames import at

# The published reactor, its nine parts in three: 1.891 s of 8 s, the valve 1.2 s of it.
REACTOR = SafetyFunction(
    "SIF-12", "M1", "F1", Decimal(8), Decimal("0.5"), 2,
    (("sensor", Decimal("0.55")), ("logic", Decimal("0.141")), ("valve_stroke", Decimal("1.2"))),
    365 * 86_400, 30 * 86_400,
)  # fmt: skip
EVENT: dict[str, Any] = {"function_id": "SIF-12", "kind": "proof_test", "occurred_at": at("02-01 06:00")}


def response(**changes: Any) -> dict[str, Any]:
    found = safety_response.build(arrow(SAFETY_EVENTS, EVENT | changes), [REACTOR])
    assert found.schema == arrow_schema(SAFETY_RESPONSE)
    (row,) = found.to_pylist()
    return dict(row)


def test_a_response_of_the_budget_uses_what_the_calculation_says() -> None:
    row = response(response_time_s=1.891, outcome="passed")

    result = calculate(load_shipped("safety", "reactor").case)
    assert row["used_frac"] == float(result.used_frac) == 0.236375
    assert (row["budget_s"], row["function_response_s"], row["verdict"]) == (1.891, 1.891, "within")


@pytest.mark.parametrize(
    ("changes", "verdict", "whole_s"),
    [
        ({"response_time_s": 1.892}, "over_budget", 1.892),
        ({"response_time_s": 3.999}, "over_budget", 3.999),
        ({"response_time_s": 4.0}, "over_limit", 4.0),
        ({"part": "valve_stroke", "response_time_s": 1.2}, "within", 1.891),
        ({"part": "valve_stroke", "response_time_s": 3.5}, "over_limit", 4.191),
        ({"part": "valve_stroke", "response_time_s": 3.3}, "over_budget", 3.991),
        ({"kind": "partial_stroke", "part": "valve_stroke", "response_time_s": 1.0}, "within", 1.691),
        ({"kind": "partial_stroke", "response_time_s": 1.0}, "no_budget", None),
        ({"part": "actuator", "response_time_s": 1.0}, "no_budget", None),
        ({"function_id": "SIF-13", "response_time_s": 1.0}, "no_budget", None),
        ({"factory_id": "F2", "response_time_s": 1.0}, "no_budget", None),
        ({"kind": "trip"}, "not_measured", None),
        ({"outcome": "failed", "response_time_s": 1.0}, "failed", 1.0),
        ({"function_id": "SIF-13", "outcome": "failed"}, "failed", None),
    ],
)
def test_the_whole_function_is_compared(changes: dict[str, Any], verdict: str, whole_s: float | None) -> None:
    row = response(**changes)

    assert (row["verdict"], row["function_response_s"]) == (verdict, whole_s)


def test_the_slow_valve_uses_what_the_published_what_if_says() -> None:
    """3.5 s instead of 1.2 s: 4.191 s, 52.4 % of 8 s, refused."""
    row = response(part="valve_stroke", response_time_s=3.5)

    assert row["used_frac"] == float(number("4.191") / 8)
    assert round(row["used_frac"], 3) == 0.524


@given(st.floats(0, 10), st.floats(0, 10))
def test_a_longer_response_is_never_better(one: float, other: float) -> None:
    order = ("within", "over_budget", "over_limit")
    first, second = (response(response_time_s=seconds) for seconds in sorted((one, other)))

    assert first["used_frac"] <= second["used_frac"]
    assert order.index(first["verdict"]) <= order.index(second["verdict"])


def due(*events: dict[str, Any], function: SafetyFunction = REACTOR) -> dict[str, dict[str, Any]]:
    rows = arrow(SAFETY_EVENTS, *(EVENT | event for event in events))
    found = safety_tests.build(rows, [function], at("01-01 00:00"))
    assert found.schema == arrow_schema(SAFETY_TESTS)
    return {row["kind"]: row for row in found.to_pylist()}


def test_without_a_test_the_interval_runs_since_the_function_is_in_service() -> None:
    since_plant, since_own = due(), due(function=replace(REACTOR, in_service_since=at("01-11 00:00")))

    assert since_plant["proof_test"]["due_at"] == at("01-01 00:00") + timedelta(days=365)
    assert since_own["proof_test"]["half_at"] == at("01-11 00:00") + timedelta(days=182.5)
    assert since_own["proof_test"]["last_passed_at"] is None
    assert since_own["partial_stroke"]["due_at"] == at("02-10 00:00")


def test_only_a_passed_test_of_the_kind_starts_the_interval_again() -> None:
    found = due(
        {"outcome": "passed", "occurred_at": at("02-01 06:00")},
        {"outcome": "failed", "occurred_at": at("02-02 06:00")},
        {"outcome": None, "occurred_at": at("02-03 06:00")},
        {"outcome": "passed", "kind": "trip", "occurred_at": at("02-04 06:00")},
        {"outcome": "passed", "function_id": "SIF-13", "occurred_at": at("02-05 06:00")},
        {"outcome": "passed", "kind": "partial_stroke", "occurred_at": at("02-06 06:00")},
    )

    assert found["proof_test"]["last_passed_at"] == at("02-01 06:00")
    assert found["proof_test"]["due_at"] == at("02-01 06:00") + timedelta(days=365)
    assert found["partial_stroke"]["last_passed_at"] == at("02-06 06:00")


def test_a_test_with_one_failed_part_has_not_passed() -> None:
    parts = [{"part": "sensor", "outcome": "passed"}, {"part": "valve_stroke", "outcome": "failed"}]

    assert due(*parts)["proof_test"]["last_passed_at"] is None


def test_a_function_without_partial_strokes_has_no_such_test() -> None:
    assert list(due(function=replace(REACTOR, partial_stroke_s=None))) == ["proof_test"]
