"""`gold.safety_tests`: when each test of each safety function was last passed, and when the next one is due."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from expectations.plant.safety import SafetyFunction
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_safety import SAFETY_TESTS

_S_PER_H = 3600
Test = tuple[str, str, str, str]


def build(events: pa.Table, functions: Sequence[SafetyFunction], began_at: datetime) -> pa.Table:
    """One row for each function and kind of test, key (machine_id, factory_id, function_id, kind), in its order.

    A test counts where one of its records says passed and none says failed; one without an outcome does not.

    Args:
        events: `silver.safety_events`.
        functions: The safety functions of the profile.
        began_at: Since when functions are in service that do not say it.
    """
    passed = _passed(events.to_pylist())
    rows = [
        _row(function, kind, interval_s, passed.get((*function.place, kind)), began_at)
        for function in functions
        for kind, interval_s in _intervals(function)
    ]
    rows.sort(key=lambda row: tuple(row[name] for name in SAFETY_TESTS.key))
    return pa.Table.from_pylist(rows, arrow_schema(SAFETY_TESTS))


def _passed(events: Sequence[Mapping[str, Any]]) -> dict[Test, datetime]:
    """The last passed test of each kind and function."""
    outcomes: dict[tuple[Test, datetime], set[str | None]] = defaultdict(set)
    for event in events:
        test = (event["machine_id"], event["factory_id"], event["function_id"], event["kind"])
        outcomes[test, event["occurred_at"]].add(event["outcome"])
    found: dict[Test, datetime] = {}
    for (test, at), outcomes_of_test in sorted(outcomes.items(), key=lambda item: item[0]):
        if "passed" in outcomes_of_test and "failed" not in outcomes_of_test:
            found[test] = at
    return found


def _intervals(function: SafetyFunction) -> Iterator[tuple[str, int]]:
    yield "proof_test", function.proof_test_s
    if function.partial_stroke_s is not None:
        yield "partial_stroke", function.partial_stroke_s


def _row(
    function: SafetyFunction, kind: str, interval_s: int, passed_at: datetime | None, began_at: datetime
) -> dict[str, Any]:  # fmt: skip
    since = passed_at or function.in_service_since or began_at
    return {
        "machine_id": function.machine_id,
        "factory_id": function.factory_id,
        "function_id": function.function_id,
        "kind": kind,
        "interval_h": interval_s / _S_PER_H,
        "last_passed_at": passed_at,
        "counted_from_at": since,
        "half_at": since + timedelta(seconds=interval_s) / 2,
        "due_at": since + timedelta(seconds=interval_s),
    }
