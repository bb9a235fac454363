"""After an outage the anomaly model does not score: the same rows and bits on a gateway and in the batch."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest

from edge_bundle.compiler.errors import SealError
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.kernel import load_kernel
from edge_bundle.format.manifest import Threshold
from edge_bundle.format.missing import MissingRule
from edge_bundle.format.runtime import LISTED_SCORES, MISSING_WINDOWS
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import run
from expectations.feeds import EDGE_SCORES
from expectations.tables.gold import PREDICTIONS
from jobs.edge.batch_scores import score_rows
from tests.edge_bundle.gateway.plant_files import reading_records, uplink_records, write_readings
from tests.edge_bundle.gateway.plants import sealed, small_bundle_bytes, small_pipeline
from tests.edge_bundle.gateway.runs import small_call
from tests.jobs.edge.vectors import vectors
from tests.support.edge_models import TRUSTED, kernel_folder

Row = dict[str, Any]
WINDOWS = tuple(at for at, rule in enumerate(small_pipeline().features) if rule.window_s and rule.metric)
GAP = ("2020-09-13T12:50", "2020-09-13T13:10")


@lru_cache(maxsize=1)
def bundle_bytes(min_runtime: str = MISSING_WINDOWS) -> bytes:
    """The small bundle, whose forest scores only rows with all windows, and always reaches its threshold."""
    failure, anomaly = open_bundle(small_bundle_bytes(), [TRUSTED]).manifest.models
    strict = replace(anomaly, missing=MissingRule(WINDOWS, ((),)))
    thresholds = (Threshold("anomaly", "anomaly", 1e9),)
    return sealed(small_pipeline(), models=(failure, strict), thresholds=thresholds, min_runtime=min_runtime)


@pytest.fixture(scope="module")
def run_of_gap(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], list[Row], list[Row]]:
    """Batch rows and gateway records of a plant where a sensor is silent for 20 minutes, and its alerts."""
    folder = tmp_path_factory.mktemp("gap")
    silent = "m1/temperature"
    heard = [
        one for one in reading_records() if one["sensor_id"] != silent or not GAP[0] <= one["measured_at"] < GAP[1]
    ]
    call = small_call(folder, [write_readings(folder / "readings.jsonl", heard)])
    call.bundle.write_bytes(bundle_bytes())
    run(call, StopSignal())
    records = uplink_records(folder / "uplink")
    edge = {(one["machine_id"], one["scored_at"]): one for one in records if one["feed"] == "edge_scores"}
    table = vectors(folder / "features.jsonl", [feature.name for feature in small_pipeline().features])
    bundle = open_bundle(bundle_bytes(), [TRUSTED])
    batch = score_rows(table, bundle, "test-plant@1.2.3+1", load_kernel(kernel_folder()))
    alerts = [one for one in records if one["feed"] == "alerts" and one["code"] == "ANOMALY"]
    return batch, [edge[one["machine_id"], f"{one['scored_at']:%Y-%m-%dT%H:%M:%SZ}"] for one in batch], alerts


def bits(value: Any) -> Any:
    return value.hex() if isinstance(value, float) else value


def test_rows_with_missing_windows_are_not_scored_by_the_forest_and_say_why(
    run_of_gap: tuple[list[Row], list[Row], list[Row]],
) -> None:
    batch, edge, _ = run_of_gap
    unscored = [one for one in batch if one["not_scored_reason"]]

    assert 0 < len(unscored) < len(batch)
    assert {one["not_scored_reason"] for one in unscored} == {"windows_missing"}
    assert all((one["path_length"] is None) == bool(one["not_scored_reason"]) for one in batch)
    assert all(one["margin"] is not None for one in batch)
    assert {one["decision"] for one in unscored} == {"none"}
    assert {one["decision"] for one in batch if not one["not_scored_reason"]} == {"watch"}
    assert "m1" in {one["machine_id"] for one in unscored}
    assert all("path_length" not in one for one in edge if one.get("not_scored_reason"))


def test_gateway_and_batch_agree_in_every_bit(run_of_gap: tuple[list[Row], list[Row], list[Row]]) -> None:
    batch, edge, _ = run_of_gap
    both = set(PREDICTIONS.column_names) & {column.name for column in EDGE_SCORES.columns}
    both -= {"gateway_id", "is_warming_up", "machine_id", "scored_at"}

    assert "not_scored_reason" in both
    for one, other in zip(batch, edge, strict=True):
        assert {name: bits(one[name]) for name in both} == {name: bits(other.get(name)) for name in both}


def test_an_outage_neither_clears_an_alarm_nor_raises_it_again(
    run_of_gap: tuple[list[Row], list[Row], list[Row]],
) -> None:
    """The forest is beyond its threshold whenever it scores: one alarm of each machine, whatever is missing."""
    _, _, alerts = run_of_gap

    assert sorted(one["machine_id"] for one in alerts) == ["m1", "m2"]


def test_a_runtime_that_would_score_such_rows_may_not_load_the_bundle() -> None:
    with pytest.raises(SealError, match=f"models that leave out rows need min_runtime {MISSING_WINDOWS} or newer"):
        bundle_bytes(LISTED_SCORES)
