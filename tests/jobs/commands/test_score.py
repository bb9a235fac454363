"""`assay score`: every score once, never changed; gateways' scores beside the batch's."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from edge_bundle.format.decision import DECISIONS
from expectations.features import features_of
from expectations.feeds import OUTLOOK
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_savings import BUNDLES
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from tests.support.commands import assay, snapshot
from tests.support.model_lake import MACHINES, clone, model_settings, put_table
from tests.support.scored_lake import (
    MADE_AT,
    PROSPECT,
    Row,
    edge_scores,
    keep,
    land_scores,
    predictions,
    score_and_land,
    two_days,
)


@pytest.fixture
def lake(sealed_lake: Settings, tmp_path: Path) -> Settings:
    """A sealed champion over the last two days of every machine."""
    return two_days(sealed_lake, tmp_path)


def test_every_feature_row_is_scored_once_by_the_champions_bundle(lake: Settings) -> None:
    report = assay(lake, "score")

    rows = predictions(lake)
    assert (report.data, len(rows)) == ({"batch": 48 * MACHINES, "edge": 0}, 48 * MACHINES)
    assert {row["bundle"] for row in rows} == {"azure_pdm@1.0.0+1"}
    assert {row["decision"] for row in rows} <= set(DECISIONS)
    assert all(0 <= row["probability"] <= 1 and len(row["feature_digest"]) == 16 for row in rows)
    assert all(row["horizon"] == "24h" and 0 <= row["confidence_frac"] <= 1 for row in rows)
    assert all(row["probability_low"] <= row["probability"] <= row["probability_high"] for row in rows)
    assert all(row["probability_high"] - row["probability_low"] < 1 for row in rows)
    assert len({row["failure_expected_h"] for row in rows}) > 1
    assert all(row["failure_earliest_h"] <= row["failure_expected_h"] for row in rows if row["failure_expected_h"])


def test_a_score_says_when_it_was_made_and_whether_training_had_seen_its_outcome(lake: Settings) -> None:
    """The champion has learnt from every row that gold holds; rows of a later week are new to it."""
    plant = load_plant(lake)
    known = plant.lake.arrow(plant.tables["gold.machine_features"])
    put_table(plant, "gold.machine_features", pa.concat_tables([known, later(known, timedelta(days=7))]))

    assay(lake, "score", as_of="2031-01-01T00:00:00Z")

    rows = predictions(lake)
    (bundle,) = plant.lake.arrow(plant.tables["gold.bundles"]).to_pylist()
    assert {row["made_at"] for row in rows} == {datetime(2031, 1, 1, tzinfo=UTC)}
    assert Counter(row["is_in_sample"] for row in rows) == {True: 48 * MACHINES, False: 48 * MACHINES}
    assert all(row["is_in_sample"] == (row["scored_at"] <= bundle["learnt_until_at"]) for row in rows)


def later(rows: pa.Table, by: timedelta) -> pa.Table:
    """The same rows, so much later."""
    frame = rows.to_pandas()
    frame["scored_at"] += by
    frame["scored_date"] = frame["scored_at"].dt.date
    return pa.Table.from_pandas(frame, schema=rows.schema, preserve_index=False)


def test_a_gateways_score_says_it_too(lake: Settings) -> None:
    score_and_land(lake, "g1")

    assay(lake, "score")

    assert {row["is_in_sample"] for row in edge_scores(lake)} == {True}
    assert {row["made_at"] for row in edge_scores(lake)} == {MADE_AT}


def test_scores_of_a_lake_from_before_the_columns_stay_and_the_new_ones_say_it(lake: Settings) -> None:
    score_and_land(lake, "g1")
    plant = load_plant(lake)
    for table, names in ((PREDICTIONS, ["made_at", "is_in_sample"]), (BUNDLES, ["sha256", "learnt_until_at"])):
        old = plant.lake.arrow(table).drop_columns(names)
        shutil.rmtree(plant.lake.path(table))
        put_table(plant, table.name, old)

    assay(lake, "score")

    said = {(row["source"], row["is_in_sample"]) for row in predictions(lake)}
    assert said == {("batch", None), ("edge", True)}


def test_of_a_bundle_whose_training_is_gone_nobody_knows_it(lake: Settings) -> None:
    plant = load_plant(lake)
    shutil.rmtree(plant.lake.path(BUNDLES))
    shutil.rmtree(lake.lake / "models")

    assay(lake, "score")

    assert {row["is_in_sample"] for row in predictions(lake)} == {None}


def test_a_row_whose_windows_are_missing_is_not_scored_by_the_forest(lake: Settings) -> None:
    """Of one hour a window of every machine is lost; in training too a few rows lacked one."""
    plant = load_plant(lake)
    features = plant.lake.arrow(plant.tables["gold.machine_features"]).to_pandas()
    lost = features["scored_at"] == features["scored_at"].max()
    features.loc[lost, "vibration_mean_3h_mm_s"] = None
    schema = plant.lake.arrow(plant.tables["gold.machine_features"]).schema
    put_table(plant, "gold.machine_features", pa.Table.from_pandas(features, schema=schema, preserve_index=False))

    assay(lake, "score")

    rows = predictions(lake)
    windows = [feature.name for feature in features_of(plant.profile) if feature.is_telemetry]
    lacking = features[features[windows].isna().any(axis=1)]
    keys = set(zip(lacking["machine_id"], lacking["scored_at"], strict=True))
    assert MACHINES <= len(keys) < len(rows)
    assert {(row["machine_id"], row["scored_at"]) for row in rows if row["not_scored_reason"]} == keys
    assert all((row["path_length"] is None) == (row["not_scored_reason"] == "windows_missing") for row in rows)
    assert all(row["margin"] is not None for row in rows)


def test_nothing_new_writes_nothing(lake: Settings) -> None:
    assay(lake, "score")
    before = snapshot(lake.lake)

    again = assay(lake, "score", as_of="2026-05-01T00:00:00Z")

    assert (again.changed, snapshot(lake.lake)) == (False, before)


def test_a_score_that_stands_is_never_changed_whatever_gold_says_later(lake: Settings) -> None:
    assay(lake, "score")
    before = {(row["machine_id"], row["scored_at"]): row for row in predictions(lake)}
    plant = load_plant(lake)
    features = plant.lake.arrow(plant.tables["gold.machine_features"])
    other = features.set_column(4, features.schema.field(4), pa.array([1.5] * features.num_rows))
    put_table(plant, "gold.machine_features", other)

    report = assay(lake, "score")

    assert not report.changed
    assert {(row["machine_id"], row["scored_at"]): row for row in predictions(lake)} == before


def test_new_feature_rows_are_appended(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)
    plant = load_plant(settings)
    whole = plant.lake.arrow(plant.tables["gold.machine_features"]).sort_by("scored_at")
    put_table(plant, "gold.machine_features", whole.slice(0, 10 * MACHINES))
    assay(settings, "score")
    put_table(plant, "gold.machine_features", whole.slice(0, 12 * MACHINES))

    report = assay(settings, "score")

    assert report.data["batch"] == 2 * MACHINES
    assert len(predictions(settings)) == 12 * MACHINES


def test_two_gateways_on_one_machine_give_one_edge_row_each_time(lake: Settings) -> None:
    batch = score_and_land(lake, "g2", "g1")

    report = assay(lake, "score")

    edge = edge_scores(lake)
    assert report.data == {"batch": 0, "edge": len(batch)}
    assert Counter(row["gateway_id"] for row in edge) == {"g1": len(batch)}


def test_what_a_gateway_said_of_the_time_that_is_left_stands_in_gold_as_it_was_sent(lake: Settings) -> None:
    batch = score_and_land(lake, "g1")

    assay(lake, "score")

    edge = {(row["machine_id"], row["scored_at"]): row for row in edge_scores(lake)}
    for row in batch:
        same = edge[row["machine_id"], row["scored_at"]]
        assert [same[name] for name in PROSPECT] == [row[name] for name in PROSPECT]


def test_scores_from_before_a_column_was_declared_are_taken_without_it(lake: Settings) -> None:
    score_and_land(lake, "g1")
    plant = load_plant(lake)
    table = plant.tables["bronze.edge_scores"]
    old = plant.lake.arrow(table).drop_columns([column.name for column in OUTLOOK])
    shutil.rmtree(plant.lake.path(table))
    put_table(plant, table.name, old)

    report = assay(lake, "score")

    edge = edge_scores(lake)
    assert report.data["edge"] == len(edge) > 0
    assert {row[column.name] for row in edge for column in OUTLOOK} == {None}


def test_a_second_gateways_later_score_changes_nothing(lake: Settings) -> None:
    batch = score_and_land(lake, "g2")
    assay(lake, "score")
    land_scores(lake, "g1", batch)
    assay(lake, "ingest")

    report = assay(lake, "score")

    assert not report.changed
    assert {row["gateway_id"] for row in edge_scores(lake)} == {"g2"}


def test_late_data_after_the_edge_had_scored_are_countable_by_digest(lake: Settings) -> None:
    """The edge scored with what it had; gold then learnt more of three rows before the batch scored them."""
    features = keep(lake, hours=6)
    assay(lake, "score")
    scored = predictions(lake)
    fresh = clone_without_predictions(lake)
    late = {(row["machine_id"], row["scored_at"]) for row in features.slice(0, 3).to_pylist()}
    values = [9.5 if at < 3 else value for at, value in enumerate(features.column(4).to_pylist())]
    put_table(
        load_plant(fresh), "gold.machine_features", features.set_column(4, features.schema.field(4), pa.array(values))
    )
    land_scores(fresh, "g1", scored)
    assay(fresh, "ingest")

    assay(fresh, "score")

    by_source: dict[str, dict[tuple[str, datetime], Row]] = {"batch": {}, "edge": {}}
    for row in predictions(fresh):
        by_source[row["source"]][row["machine_id"], row["scored_at"]] = row
    pairs = {key: (row, by_source["edge"][key]) for key, row in by_source["batch"].items()}
    assert {key for key, (batch, edge) in pairs.items() if batch["feature_digest"] != edge["feature_digest"]} == late
    for key, (batch, edge) in pairs.items():
        if key not in late:
            assert (batch["margin"], batch["path_length"], batch["decision"]) == (
                edge["margin"],
                edge["path_length"],
                edge["decision"],
            )


def clone_without_predictions(settings: Settings) -> Settings:
    """The same lake before it was scored."""
    copy = clone(settings, settings.lake.parent / "unscored")
    shutil.rmtree(copy.lake / "gold" / "predictions")
    return copy


def test_a_decision_that_no_contract_knows_is_not_taken_for_one(lake: Settings) -> None:
    assay(lake, "score")
    rows = predictions(lake)
    land_scores(lake, "g1", [{**rows[0], "decision": "panic"}, rows[1]])
    assay(lake, "ingest")

    report = assay(lake, "score")

    assert report.data["edge"] == 1


def test_without_a_champion_there_is_nothing_to_score_with(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = model_settings(tmp_path, sealed_lake.engine)

    report = assay(settings, "score")

    plant = load_plant(settings)
    assert not report.changed
    assert plant.lake.content_version(plant.tables["gold.predictions"]) is None
    assert "nothing to score with" in report.lines[0]


def test_features_that_the_bundle_needs_and_gold_lacks_are_told(lake: Settings) -> None:
    plant = load_plant(lake)
    features = plant.lake.arrow(plant.tables["gold.machine_features"])
    shutil.rmtree(plant.lake.path(plant.tables["gold.machine_features"]))
    put_table(plant, "gold.machine_features", features.drop_columns(["since_failure_h"]))

    with pytest.raises(UsageError, match=r"lacks .'since_failure_h'. that azure_pdm@1\.0\.0\+1 needs; train again"):
        assay(lake, "score")


def test_the_clock_of_scores_is_the_grid_not_the_run(lake: Settings) -> None:
    assay(lake, "score", as_of="2031-01-01T00:00:00Z")

    times = [row["scored_at"] for row in predictions(lake)]
    assert max(times) < datetime(2031, 1, 1, tzinfo=UTC) - timedelta(days=365)
