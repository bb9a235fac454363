"""Records of small feeds: each once in every order, and what cannot be is set aside with its reason."""

import json
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from expectations.feeds import ANSWERS
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


RECORDS = st.fixed_dictionaries(
    {
        "answered_at": st.sampled_from((at("02-01 06:00"), at("02-02 06:00"))),
        "answer": st.sampled_from(("refuted", "confirmed", "perhaps")),
        "answered_by": st.sampled_from((None, "rossi", "bianchi")),
    }
)


@given(st.lists(RECORDS, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_arrival_and_repeats_change_nothing(records: list[dict[str, Any]], rng: Any) -> None:
    small = BY_NAME[ANSWERS.name]
    shuffled = rng.sample([*records, *records], 2 * len(records))

    once = stored(small, *records)

    assert stored(small, *shuffled) == once
    assert once == sorted(once, key=lambda row: [(row[name] is not None, row[name]) for name in small.table.key])
    assert len(aside(small, *records)) == sum(record["answer"] == "perhaps" for record in records)
