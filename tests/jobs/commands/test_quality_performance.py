"""`assay quality` on scores of a sealed bundle: how well the model did, by hand; and what is asked of it."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from expectations.tables.gold import MODEL_VERSIONS
from expectations.tables.gold_performance import MODEL_PERFORMANCE
from expectations.tables.gold_savings import MAINTENANCE_SAVINGS
from jobs.ask.job import Form, asked
from jobs.diagnosis.emptiness import not_in_profile
from jobs.quality.job import check
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.commit_metadata import CommitMetadata, LabelBasis, LabelRules
from lakehouse.publish.rows import arrow_rows
from lakehouse.writing.metadata import record_metadata
from tests.support.commands import snapshot
from tests.support.model_lake import FACTORY, put_table
from tests.support.past_the_gate import put_rows
from tests.support.unseen_scores import HOURS, put_failures, put_scores, seen_until, with_prices

FEATURE = "vibration_mean_3h_mm_s"
COUNTS = (
    "event_count", "caught_count", "missed_count", "alarm_count", "false_count", "open_count", "call_count",
    "vain_call_count",
)  # fmt: skip


@pytest.fixture
def priced(sealed_lake: Settings, tmp_path: Path) -> Settings:
    return with_prices(sealed_lake, tmp_path)


def counted(settings: Settings) -> tuple[RunReport, list[dict[str, Any]]]:
    plant = load_plant(settings)
    report = check(plant, seen_until(settings) + timedelta(hours=HOURS))
    return report, plant.lake.arrow(MODEL_PERFORMANCE).to_pylist()


def whole(rows: list[dict[str, Any]], slice_: str = "fleet") -> dict[str, Any]:
    """The row of all weeks."""
    (row,) = [row for row in rows if (row["period"], row["slice"]) == ("all", slice_)]
    return row


def known_until(settings: Settings, hour: int) -> None:
    plant = load_plant(settings)
    basis = LabelBasis(seen_until(settings) + timedelta(hours=hour), LabelRules(("24h",), 86_400))
    record_metadata(plant.lake, plant.tables["gold.failure_labels"], CommitMetadata(labels=basis))


def test_what_the_model_did_with_what_it_had_not_seen(priced: Settings) -> None:
    """One failure caught 12 hours ahead, one missed, one false alarm; the alarm of the first day is in-sample."""
    put_scores(priced)
    put_failures(priced, one=72, two=100)

    _, rows = counted(priced)

    row = whole(rows)
    since = seen_until(priced)
    assert (row["period_start_at"], row["period_end_at"]) == (
        since + timedelta(hours=25),
        since + timedelta(hours=HOURS),
    )
    assert tuple(row[name] for name in COUNTS) == (2, 1, 1, 2, 1, 0, 2, 1)
    assert (row["recall"], row["precision"], row["lead_hours_median"]) == (0.5, 0.5, 12.0)
    assert (row["score_count"], row["matured_frac"], row["machine_count"]) == (2 * 216, 192 / 216, 2)
    assert row["false_alarms_per_machine_year"] == pytest.approx(1 / (2 * 192 / 8766))
    assert row["cost_cents"] == 1_850_000
    assert row["note"] == "89% of the labels have matured; 2 events: fewer than 10, no figure to act on"
    assert {(each["slice"], each["slice_value"]) for each in rows} == {
        ("fleet", "all"), ("machine_model", "unknown"), ("site", FACTORY), ("failure_kind", "seal"),
    }  # fmt: skip


def test_weeks_add_up_to_all_weeks_and_to_the_savings(priced: Settings) -> None:
    put_scores(priced)
    put_failures(priced, one=72, two=100)

    _, rows = counted(priced)

    weeks = [row for row in rows if (row["period"], row["slice"]) == ("week", "fleet")]
    assert len(weeks) > 1
    assert {row["period_start_at"].weekday() for row in weeks} == {0}
    for name in (*COUNTS, "score_count", "cost_cents"):
        assert sum(row[name] for row in weeks) == whole(rows)[name]
    (saved,) = load_plant(priced).lake.arrow(MAINTENANCE_SAVINGS).to_pylist()
    for name, theirs in (("event_count", "failure_count"), ("caught_count",) * 2, ("alarm_count",) * 2,
                         ("vain_call_count",) * 2, ("cost_cents",) * 2):  # fmt: skip
        assert whole(rows)[name] == saved[theirs]


def test_an_alarm_whose_horizon_is_not_over_is_open_and_neither_false_nor_in_vain(priced: Settings) -> None:
    """It clears in hour 155; failures are known until hour 170, nine hours less than its horizon needs."""
    put_scores(priced)
    put_failures(priced, one=72)
    known_until(priced, 170)

    row = whole(counted(priced)[1])

    assert tuple(row[name] for name in COUNTS) == (1, 1, 0, 2, 0, 1, 1, 0)
    assert row["matured_frac"] == pytest.approx((170 - 24 - 24) / 216)


def test_what_is_behind_the_time_until_which_failures_are_known_does_not_count(priced: Settings) -> None:
    put_scores(priced)
    put_failures(priced, one=72, two=110)
    known_until(priced, 101)

    row = whole(counted(priced)[1])

    assert tuple(row[name] for name in COUNTS) == (1, 1, 0, 1, 0, 0, 1, 0)
    assert (row["score_count"], row["matured_frac"]) == (2 * 216, 53 / 216)


def test_the_plain_rule_of_the_training_is_evaluated_at_the_same_scores(priced: Settings) -> None:
    """Heat on machine one before its failure, and on machine two before its own, which the model misses."""
    put_scores(priced)
    put_failures(priced, one=72, two=100)
    give_rule(priced, f"{FEATURE} >= 2")
    put_heat(priced, one=range(60, 72), two=range(90, 100))

    row = whole(counted(priced)[1])

    assert (row["plain_rule"], row["plain_caught_count"], row["plain_recall"]) == (f"{FEATURE} >= 2", 2, 1.0)
    assert (row["plain_false_count"], row["plain_precision"], row["plain_cost_cents"]) == (0, 1.0, 600_000)
    assert row["plain_scored_frac"] == pytest.approx(22 / 432)
    assert row["recall"] == 0.5


def test_scores_that_the_model_had_seen_give_no_row_and_the_reason_is_said(priced: Settings) -> None:
    put_scores(priced, range(-HOURS, 1))

    assert counted(priced)[1] == []
    assert not_in_profile(load_plant(priced), MODEL_PERFORMANCE.name).endswith("must not have seen that time")


def test_without_prices_there_are_figures_without_cost_and_nothing_new_writes_nothing(priced: Settings) -> None:
    settings = replace(priced, plant="azure_pdm")
    put_scores(settings)
    put_failures(settings, one=72)

    assert whole(counted(settings)[1])["cost_cents"] is None

    before = snapshot(settings.lake)
    assert not counted(settings)[0].changed
    assert snapshot(settings.lake) == before


def test_last_weeks_accuracy_is_one_question(priced: Settings) -> None:
    put_scores(priced)
    put_failures(priced, one=72, two=100)
    counted(priced)

    newest, *before = answered(priced, "weeks=100")
    assert (sum(row["failures"] for row in (newest, *before)), newest["slice_value"]) == (2, "all")
    assert [row["week"] for row in answered(priced)] == [newest["week"], before[0]["week"]]
    assert all(row["note"] and row["matured_frac"] is not None for row in answered(priced))
    assert {row["slice_value"] for row in answered(priced, "slice=site")} == {FACTORY}


def test_a_slice_behind_is_named_of_the_version_that_scored_last(priced: Settings) -> None:
    plant, since = load_plant(priced), seen_until(priced)
    row = dict.fromkeys(MODEL_PERFORMANCE.column_names) | {
        "model_version": "b2", "source": "batch", "horizon": "24h", "period": "all", "period_start_at": since,
        "period_end_at": since + timedelta(days=9), "slice": "site", "slice_value": "south", "event_count": 10,
        "caught_count": 0, "too_late_count": 0, "missed_count": 10, "is_few_events": False, "is_behind": True,
        "note": "south: caught 0 of 10, the fleet 40 of 50",
    }  # fmt: skip
    older = {"model_version": "c3", "period_end_at": since}
    north = {"slice_value": "north", "is_behind": False}
    put_table(plant, MODEL_PERFORMANCE.name, arrow_rows([row, row | older, row | north], MODEL_PERFORMANCE))

    report = counted(priced)[0]  # without scores the table stays as it is

    assert report.data["models_behind"] == [
        "model version b2, batch, is behind for site south: caught 0 of 10, the fleet 40 of 50"
    ]
    assert f"quality: WARNING {report.data['models_behind'][0]}" in report.lines


def answered(settings: Settings, *changes: str) -> list[dict[str, Any]]:
    data = asked(settings, "accuracy", changes, Form(as_json=True)).data
    return [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]


def give_rule(settings: Settings, rule: str) -> None:
    """Let the version's training have found a plain rule."""
    plant = load_plant(settings)
    (version,) = plant.lake.arrow(MODEL_VERSIONS).to_pylist()
    metrics = json.loads(version["metrics"])
    metrics["failure"]["rules"] = [{"rule": rule}]
    put_table(plant, MODEL_VERSIONS.name, arrow_rows([version | {"metrics": json.dumps(metrics)}], MODEL_VERSIONS))


def put_heat(settings: Settings, **hours: range) -> None:
    plant, since = load_plant(settings), seen_until(settings)
    features = plant.tables["gold.machine_features"]
    times = [(machine, since + timedelta(hours=hour)) for machine, its in hours.items() for hour in its]
    rows = [
        dict.fromkeys(features.column_names)
        | {"machine_id": machine, "factory_id": FACTORY, "scored_at": at, "scored_date": at.date(), FEATURE: 3.0}
        for machine, at in times
    ]
    put_rows(plant.lake, features, pa.Table.from_pylist(rows, arrow_rows([], features).schema))
