"""Trips and tests of safety functions: each once, the worse of two, and what cannot be is set aside."""

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.feeds import SAFETY
from expectations.plant.file import load_profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import feed_table
from expectations.tables.silver import EVENTS_QUARANTINE
from expectations.tables.silver_safety import SAFETY_EVENTS
from silver import safety_events
from tests.support.arrow_rows import arrow
from tests.support.frames import at

PROFILE = load_profile("simulated")
INGESTED: dict[str, Any] = {"_ingested_at": at("03-31 00:00")}
TEST: dict[str, Any] = {"function_id": "SIF-12", "kind": "proof_test", "occurred_at": at("02-01 06:00")}
RECORDS = st.fixed_dictionaries(
    {
        "function_id": st.sampled_from(("A", "B")),
        "kind": st.sampled_from(("trip", "proof_test", "proof")),
        "occurred_at": st.sampled_from((at("02-01 06:00"), at("02-02 06:00"))),
        "part": st.sampled_from((None, "valve")),
        "response_time_s": st.sampled_from((None, -1.0, 0.0, 1.5, 2.0)),
        "outcome": st.sampled_from((None, "passed", "failed", "done")),
    }
)


def bronze(*rows: dict[str, Any]) -> pa.Table:
    return arrow(feed_table(SAFETY), *(INGESTED | {"_line": line} | row for line, row in enumerate(rows, 1)))


def stored(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    found = safety_events.build(bronze(*rows), PROFILE, {})
    assert found.schema == arrow_schema(SAFETY_EVENTS)
    return list(found.to_pylist())


def aside(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    found = safety_events.quarantine(bronze(*rows), PROFILE, {})
    assert found.schema == arrow_schema(EVENTS_QUARANTINE)
    return list(found.to_pylist())


def test_nothing_gives_nothing() -> None:
    assert (stored(), aside()) == ([], [])


def test_the_same_record_twice_is_one_test() -> None:
    record = TEST | {"response_time_s": 1.89, "outcome": "passed"}

    (row,) = stored(record, record)

    assert (row["response_time_s"], row["outcome"], row["part"]) == (1.89, "passed", None)
    assert aside(record, record) == []


def test_milliseconds_become_seconds_and_may_say_the_same_beside_them() -> None:
    (one,) = stored(TEST | {"response_time_ms": 1890.0})
    (both,) = stored(TEST | {"response_time_ms": 1890.0, "response_time_s": 1.89})

    assert one["response_time_s"] == both["response_time_s"] == 1.89


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"outcome": "passed", "response_time_s": 9.0}, {"outcome": "failed", "response_time_s": 1.0}),
        ({"outcome": None}, {"outcome": "passed"}),
        ({"response_time_s": 1.8}, {"response_time_s": 1.9}),
        ({"response_time_s": None}, {"response_time_s": 0.0}),
    ],
)
def test_of_two_that_differ_the_worse_is_stored_in_whatever_order(
    better: dict[str, Any], worse: dict[str, Any]
) -> None:  # fmt: skip
    for records in ((TEST | better, TEST | worse), (TEST | worse, TEST | better)):
        (row,) = stored(*records)
        (left,) = aside(*records)

        assert {name: row[name] for name in worse} == worse
        assert (left["feed"], left["code"], left["_faults"]) == ("safety", "SIF-12", ["conflicting_value"])
        assert left["stated_at"] == TEST["occurred_at"]
        said = {name: value for name, value in better.items() if value is not None}
        assert json.loads(left["detail"]) == {"kind": "proof_test"} | said


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kind": "Proof Test"}, "unknown_kind"),
        ({"outcome": "OK"}, "unknown_outcome"),
        ({"response_time_s": -0.001}, "impossible_response"),
        ({"response_time_ms": -1.0}, "impossible_response"),
        ({"response_time_ms": 1890.0, "response_time_s": 1890.0}, "impossible_response"),
        ({"occurred_at": at("12-01 06:00")}, "clock_suspect"),
    ],
)
def test_what_cannot_be_true_is_set_aside(change: dict[str, Any], fault: str) -> None:
    assert stored(TEST | change) == []
    assert [row["_faults"] for row in aside(TEST | change)] == [[fault]]


@given(st.lists(RECORDS, max_size=10), st.randoms(use_true_random=False))
def test_every_record_is_stored_repeated_or_set_aside_whatever_the_order(
    records: list[dict[str, Any]], chance: Any
) -> None:  # fmt: skip
    before = stored(*records)
    chance.shuffle(records)

    after, left = stored(*records), aside(*records)

    assert after == before
    set_aside = {row["_line"] for row in left}
    used = [record for line, record in enumerate(records, 1) if line not in set_aside]
    keys = {tuple(record[name] for name in ("function_id", "kind", "occurred_at", "part")) for record in used}
    assert keys == {tuple(row[name] for name in ("function_id", "kind", "occurred_at", "part")) for row in after}
    for record in used:
        assert any(record.items() <= row.items() for row in after)
