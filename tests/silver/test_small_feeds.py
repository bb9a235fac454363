"""Records of small feeds: each once in every order, and what cannot be is set aside with its reason."""

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.feeds import ANSWERS, CERTIFICATES, HEARTBEATS, SUMMARIES
from expectations.plant.file import load_profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import feed_table
from expectations.tables.silver import EVENTS_QUARANTINE
from silver import small_feed
from silver.small_feed import SmallFeed
from silver.small_feeds import SMALL_FEEDS
from tests.support.arrow_rows import arrow
from tests.support.frames import at

PROFILE = load_profile("simulated")
INGESTED: dict[str, Any] = {"_ingested_at": at("03-31 00:00")}
BY_NAME = {small.feed.name: small for small in SMALL_FEEDS}


def bronze(small: SmallFeed, *rows: dict[str, Any]) -> pa.Table:
    return arrow(feed_table(small.feed), *(INGESTED | {"_line": line} | row for line, row in enumerate(rows, 1)))


def stored(small: SmallFeed, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    found = small_feed.build(bronze(small, *rows), small, PROFILE, {})
    assert found.schema == arrow_schema(small.table)
    return list(found.to_pylist())


def aside(small: SmallFeed, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    found = small_feed.quarantine(bronze(small, *rows), small, PROFILE, {})
    assert found.schema == arrow_schema(EVENTS_QUARANTINE)
    return list(found.to_pylist())


def test_nothing_gives_nothing() -> None:
    for small in SMALL_FEEDS:
        assert (stored(small), aside(small)) == ([], [])


def test_what_a_feed_calls_one_record_is_one_row_of_its_table() -> None:
    for small in SMALL_FEEDS:
        assert set(small.table.key) == set(small.feed.key)


def test_a_summary_whose_numbers_go_down_or_are_too_many_is_set_aside() -> None:
    small = BY_NAME[SUMMARIES.name]
    good = {"factory_id": "F1", "gateway_id": "g1", "summarised_at": at("03-02 06:00"), "first_sequence": 7}
    ends = (7, 1_000_006, 1_000_007, 6)

    assert [row["last_sequence"] for row in stored(small, *(good | {"last_sequence": end} for end in ends))] == [
        7, 1_000_006,
    ]  # fmt: skip
    found = aside(
        small, *(good | {"last_sequence": end} for end in ends), good | {"first_sequence": -1, "last_sequence": 1}
    )
    assert [row["_faults"] for row in found] == [["impossible_range"]] * 3


def test_an_answer_that_is_none_and_one_of_tomorrow_are_set_aside() -> None:
    small = BY_NAME[ANSWERS.name]
    good = {"answered_at": at("03-02 06:00"), "answer": "refuted", "answered_by": "rossi", "note": "dry"}
    records = (good, good | {"answer": "maybe"}, good | {"answered_at": at("04-02 06:00")}, good)

    (row,) = stored(small, *records)
    found = aside(small, *records)

    assert row == good | {"machine_id": "M1", "factory_id": "F1"}
    assert [(one["_line"], one["_faults"]) for one in found] == [(2, ["unknown_answer"]), (3, ["clock_suspect"])]
    assert (found[0]["code"], found[0]["stated_at"], found[0]["machine_id"]) == ("maybe", at("03-02 06:00"), "M1")
    assert json.loads(found[0]["detail"]) == {"answered_by": "rossi", "note": "dry"}


def test_of_two_reports_of_one_moment_that_differ_one_is_stored_in_whatever_order() -> None:
    small = BY_NAME[HEARTBEATS.name]
    low, high = ({"gateway_id": "G1", "sent_at": at("03-02 06:00"), "battery_pct": charge} for charge in (19.0, 80.0))
    unknown = low | {"battery_pct": None}

    for records in ((low, high, unknown, high), (high, unknown, high, low)):
        (row,) = stored(small, *records)
        assert (row["gateway_id"], row["battery_pct"]) == ("G1", 80.0)
        found = aside(small, *records)
        assert [one["_faults"] for one in found] == [["conflicting_value"]] * 2
        assert [one["machine_id"] for one in found] == [None, None]


@pytest.mark.parametrize(
    "wrong",
    [{"battery_pct": 100.5}, {"battery_pct": -1.0}, {"memory_used_pct": 101.0}, {"latency_ms": -0.1},
     {"uptime_s": -1.0}, {"disk_used_pct": float("inf")}],
)  # fmt: skip
def test_a_heartbeat_that_cannot_be_is_set_aside(wrong: dict[str, Any]) -> None:
    small, record = BY_NAME[HEARTBEATS.name], {"gateway_id": "G1", "sent_at": at("03-02 06:00"), "battery_pct": 100.0}

    assert len(stored(small, record)) == 1
    assert stored(small, record | wrong) == []
    assert [one["_faults"] for one in aside(small, record | wrong)] == [["impossible_value"]]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [({"gateway_id": None}, "no_holder"), ({"not_before": "1 May 2026"}, "unreadable_begin"),
     ({"not_before": "2026-05-01T00:00:00"}, "unreadable_begin"),
     ({"not_before": "0001-01-01T00:00:00+14:00"}, "unreadable_begin"),
     ({"not_before": "9999-12-31T23:59:59-05:00"}, "unreadable_begin"),
     ({"not_before": "2099-05-01T00:00:00Z"}, "ends_before_it_begins")],
)  # fmt: skip
def test_a_certificate_ends_in_the_future_and_one_that_cannot_be_is_set_aside(
    wrong: dict[str, Any], fault: str
) -> None:
    small = BY_NAME[CERTIFICATES.name]
    record = {
        "gateway_id": "G1",
        "machine_id": None,
        "certificate": "mqtt",
        "not_after": at("12-31 00:00").replace(year=2029),
    }

    (row,) = stored(small, record | {"not_before": "2026-05-01T02:00:00+02:00"})
    assert row["not_before"] == at("05-01 00:00")
    assert stored(small, record)[0]["not_before"] is None
    assert stored(small, record | wrong) == []
    assert [one["_faults"] for one in aside(small, record | wrong)] == [[fault]]


MOMENTS = st.sampled_from((at("02-01 06:00"), at("02-02 06:00")))
ENDS = st.sampled_from((at("02-01 06:00"), at("02-02 06:00").replace(year=2029)))
BEGINS = (None, "2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00", "2026-01-02T00:00:00Z", "May")
RECORDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    ANSWERS.name: {
        "answered_at": MOMENTS, "answer": st.sampled_from(("refuted", "confirmed", "perhaps")),
        "answered_by": st.sampled_from((None, "rossi", "bianchi")),
    },
    HEARTBEATS.name: {
        "gateway_id": st.sampled_from(("G1", "G2")), "sent_at": MOMENTS,
        "battery_pct": st.sampled_from((None, 20.0, 300.0)), "note": st.sampled_from((None, "a", "b")),
    },
    CERTIFICATES.name: {
        "gateway_id": st.sampled_from((None, "G1")), "machine_id": st.just(None), "certificate": st.just("mqtt"),
        "not_after": ENDS, "not_before": st.sampled_from(BEGINS), "issuer": st.sampled_from((None, "a")),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
@given(st.data(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_and_repeats_change_nothing(name: str, data: st.DataObject, rng: Any) -> None:
    """Neither what is stored nor what is set aside; of records with one key that can be true exactly one is stored."""
    small = BY_NAME[name]
    records = data.draw(st.lists(st.fixed_dictionaries(RECORDS[name]), max_size=8))
    shuffled = rng.sample([*records, *records], 2 * len(records))

    once, found = stored(small, *records), aside(small, *records)

    assert stored(small, *shuffled) == once
    assert once == sorted(once, key=lambda row: [(row[name] is not None, row[name]) for name in small.table.key])
    assert _reasons(aside(small, *shuffled)) == sorted(2 * _reasons(found))
    impossible = {one["_line"] for one in found if one["_faults"] != ["conflicting_value"]}
    keys = {tuple(record.get(name) for name in small.feed.key) for line, record in enumerate(records, 1)
            if line not in impossible}  # fmt: skip
    assert len(once) == len(keys)
    assert len(found) <= len(records) - len(once)


def _reasons(found: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    return sorted((one["detail"], str(one["stated_at"]), *one["_faults"]) for one in found)
