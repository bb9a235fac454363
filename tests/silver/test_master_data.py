"""The history of machines, and the stream of events."""

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from expectations.feeds import FEEDS
from expectations.tables.bronze import feed_table
from silver import machine_events, machines
from tests.support.frames import at, frame, small_profile

pytestmark = pytest.mark.spark
INGESTED: dict[str, Any] = {"_ingested_at": at("03-31 00:00")}


def test_each_record_of_a_machine_holds_until_the_next(spark: SparkSession, tmp_path: Path) -> None:
    rows = [
        INGESTED | {"valid_from": time, "machine_model": model, "attributes": '{"age_years": "7"}', "_line": line}
        for line, (time, model) in enumerate(((at("02-01 00:00"), "HOT"), (None, "COLD"), (at("02-01 00:00"), "HOT")))
    ]
    profile = small_profile(tmp_path, "[attributes.age_years]\n")

    found = sorted(machines.build(frame(spark, feed_table(FEEDS["machines"]), *rows), profile).collect())

    assert [(row["machine_model"], row["age_years"], row["valid_to"] is None) for row in found] == [
        ("COLD", 7.0, False),
        ("HOT", 7.0, True),
    ]


def test_of_two_models_from_one_instant_one_stands_and_one_is_set_aside(spark: SparkSession, tmp_path: Path) -> None:
    for order in (("HOT", "COLD"), ("COLD", "HOT")):
        rows = [
            INGESTED | {"machine_model": m, "valid_from": at("02-01 00:00"), "_line": n} for n, m in enumerate(order)
        ]
        bronze, profile = frame(spark, feed_table(FEEDS["machines"]), *rows), small_profile(tmp_path)

        assert [row["machine_model"] for row in machines.build(bronze, profile).collect()] == ["HOT"]
        (aside,) = machines.quarantine(bronze, profile).collect()
        assert (aside["code"], aside["_faults"]) == ("COLD", ["conflicting_value"])


def test_an_event_told_twice_stands_once_and_an_impossible_one_is_set_aside(
    spark: SparkSession, tmp_path: Path
) -> None:
    told = INGESTED | {"occurred_at": at("03-01 10:00"), "code": "seal"}
    rows = {
        "failures": [told | {"detail": "a"}, told | {"detail": "b"}],
        "maintenance": [told],
        "errors": [told | {"occurred_at": at("05-01 10:00")}],
    }
    bronze = {feed: frame(spark, feed_table(FEEDS[feed]), *found) for feed, found in rows.items()}
    profile = small_profile(tmp_path)

    events = machine_events.build(bronze, profile).collect()
    aside = machine_events.quarantine(bronze, profile).collect()

    assert sorted((row["kind"], row["detail"] or "") for row in events) == [("failure", "b"), ("maintenance", "")]
    assert [(row["feed"], row["_faults"]) for row in aside] == [("errors", ["clock_suspect"])]
