"""`assay quality` opens a case for each failure that no alarm announced in time; the case is asked for, and alerted."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from edge_bundle.format.digest import vector_digest
from expectations.features import features_of
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_missed import MISSED_FAILURE_FEATURES, MISSED_FAILURES
from expectations.tables.gold_performance import MODEL_PERFORMANCE
from jobs.ask.job import Form, asked
from jobs.quality.job import check
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from jobs.status.collect import collect
from jobs.status.conditions import conditions_of
from lakehouse.publish.rows import arrow_rows
from tests.support.commands import snapshot
from tests.support.model_lake import FACTORY, put_table
from tests.support.unseen_scores import HOURS, put_failures, put_scores, seen_until, with_prices

Row = dict[str, Any]


@pytest.fixture
def lake(sealed_lake: Settings, tmp_path: Path) -> Settings:
    """Machine one fails after an alarm, machine two without any, and in the same hours nobody could score it."""
    settings = with_prices(sealed_lake, tmp_path)
    put_scores(settings)
    put_failures(settings, one=72, two=100)
    return settings


def cases(settings: Settings) -> list[Row]:
    check(load_plant(settings), seen_until(settings) + timedelta(hours=HOURS))
    return rows(settings, MISSED_FAILURES.name)


def rows(settings: Settings, name: str) -> list[Row]:
    plant = load_plant(settings)
    found: list[Row] = plant.lake.arrow(plant.tables[name]).to_pylist()
    return found


def put_features(settings: Settings, heat: float) -> None:
    """Hourly vectors of machine two, whose first feature rises after hour 90; scores carry their digests."""
    plant, since = load_plant(settings), seen_until(settings)
    table, names = plant.tables["gold.machine_features"], [one.name for one in features_of(plant.profile)]
    times = [since + timedelta(hours=hour) for hour in range(-24 * 36, HOURS)]
    vectors = [dict.fromkeys(names, 1.0) | {names[0]: heat if at >= since + 90 * HOUR else 2.0} for at in times]
    made = [
        {"machine_id": "two", "factory_id": FACTORY, "scored_at": at, "scored_date": at.date(), **vector}
        for at, vector in zip(times, vectors, strict=True)
    ]
    put_table(plant, table.name, pa.Table.from_pylist(made, arrow_rows([], table).schema))
    digests = {at: vector_digest([vector[name] for name in names]) for at, vector in zip(times, vectors, strict=True)}
    scores = [row | {"feature_digest": digests.get(row["scored_at"], "x")} for row in rows(settings, PREDICTIONS.name)]
    put_table(plant, PREDICTIONS.name, arrow_rows(scores, PREDICTIONS))


HOUR = timedelta(hours=1)


def test_each_missed_failure_is_a_case_and_no_other_is(lake: Settings) -> None:
    (case,) = cases(lake)

    assert (case["machine_id"], case["failed_at"]) == ("two", seen_until(lake) + 100 * HOUR)
    assert (case["outcome"], case["cause"], case["failure_kinds"]) == ("missed", "nothing_requested", "seal")
    assert (case["score_count"], case["expected_score_count"], case["highest_probability"]) == (24, 24, 0.1)
    (fleet,) = [row for row in rows(lake, MODEL_PERFORMANCE.name) if (row["period"], row["slice"]) == ("all", "fleet")]
    assert fleet["missed_count"] + fleet["too_late_count"] == 1

    before = snapshot(lake.lake)
    assert cases(lake) == [case]
    assert snapshot(lake.lake) == before


def test_a_machine_that_nobody_could_score_is_a_case_with_its_reason(lake: Settings) -> None:
    end = seen_until(lake) + 100 * HOUR
    blind = [
        row | ({"not_scored_reason": "windows_missing", "probability": None} if _is_blind(row, end) else {})
        for row in rows(lake, PREDICTIONS.name)
    ]
    put_table(load_plant(lake), PREDICTIONS.name, arrow_rows(blind, PREDICTIONS))

    (case,) = cases(lake)

    assert (case["outcome"], case["cause"]) == ("not_scored", "not_scored")
    assert (case["score_count"], case["unscored_count"], case["unscored_reason"]) == (0, 24, "windows_missing")
    assert (case["known_at"], case["longest_gap_h"]) == (end - 25 * HOUR, 24.0)


def _is_blind(row: Row, end: datetime) -> bool:
    return bool(row["machine_id"] == "two" and end - 24 * HOUR <= row["scored_at"] < end)


def test_the_features_of_a_case_are_those_that_were_scored_and_stay_when_readings_come_late(lake: Settings) -> None:
    put_features(lake, heat=9.0)
    (case,) = cases(lake)

    found = sorted(rows(lake, MISSED_FAILURE_FEATURES.name), key=lambda row: row["rank"])
    assert {row["known_at"] for row in found} == {case["failed_at"] - 4 * HOUR} == {case["known_at"]}
    first = found[0]
    assert (first["value"], first["usual"], first["unusual_frac"], first["is_as_scored"]) == (9.0, 2.0, 1.0, True)
    assert {row["unusual_frac"] for row in found[1:]} == {0.0}
    assert {row["reference_count"] for row in found} == {28 * 24}
    (answer,) = answered(lake)
    assert answer["unusual_features"].startswith(f"{first['feature']} 9, usual 2, unusual 1.00; ")
    assert (answer["cause"], answer["is_as_scored"], answer["day_1"]) == ("nothing_requested", True, 0.1)

    put_features(lake, heat=5.0)
    cases(lake)
    assert {row["value"] for row in rows(lake, MISSED_FAILURE_FEATURES.name)} == {9.0, 1.0}


def answered(settings: Settings) -> list[Row]:
    data = asked(settings, "missed_failures", [], Form(as_json=True)).data
    return [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]


def test_a_case_is_an_alert_for_as_long_as_the_policy_says(lake: Settings) -> None:
    (case,) = cases(lake)

    def keys(days: float) -> list[str]:
        facts = collect(lake, case["failed_at"] + timedelta(days=days))
        return [one.key for one in conditions_of(facts) if one.key.startswith("missed_failure/")]

    assert keys(1) == [f"missed_failure/{FACTORY}/two/{case['failed_at']:%Y-%m-%dT%H:%M:%S}"]
    assert keys(29) == []
