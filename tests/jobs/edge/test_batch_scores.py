"""The batch says of a vector what a gateway says of it, bit for bit: both ask the same function."""

from __future__ import annotations

from typing import Any

import pytest

from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.kernel import load_kernel
from expectations.feeds import EDGE_SCORES
from expectations.tables.gold import PREDICTIONS
from jobs.edge.batch_scores import score_rows
from tests.edge_bundle.gateway.plant_files import reading_records, uplink_records, write_readings
from tests.edge_bundle.gateway.plants import small_bundle_bytes, small_pipeline
from tests.edge_bundle.gateway.runs import replay
from tests.jobs.edge.vectors import vectors
from tests.support.edge_models import TRUSTED, kernel_folder

BY_GATEWAY_ALONE = {"gateway_id", "is_warming_up"}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Row, Row]]:
    """Batch row and gateway record of every vector that a gateway scored."""
    folder = tmp_path_factory.mktemp("batch")
    replay(folder / "g", [write_readings(folder / "readings.jsonl", reading_records())])
    edge = {
        (r["machine_id"], r["scored_at"]): r
        for r in uplink_records(folder / "g" / "uplink")
        if r["feed"] == "edge_scores"
    }
    bundle = open_bundle(small_bundle_bytes(), [TRUSTED])
    features = vectors(folder / "g" / "features.jsonl", [feature.name for feature in small_pipeline().features])
    batch = score_rows(features, bundle, "test-plant@1.2.3+1", load_kernel(kernel_folder()))
    return [(row, edge[row["machine_id"], f"{row['scored_at']:%Y-%m-%dT%H:%M:%SZ}"]) for row in batch]


def bits(value: Any) -> Any:
    return value.hex() if isinstance(value, float) else value


def test_every_column_that_both_have_is_equal_in_every_bit(pairs: list[tuple[Row, Row]]) -> None:
    shared = (set(PREDICTIONS.column_names) & {column.name for column in EDGE_SCORES.columns}) - BY_GATEWAY_ALONE
    shared -= {"machine_id", "scored_at"}

    assert len(pairs) == 24
    assert {"margin", "probability", "horizon", "failure_expected_h", "confidence_frac", "decision"} <= shared
    for batch, edge in pairs:
        assert {name: bits(batch[name]) for name in shared} == {name: bits(edge.get(name)) for name in shared}


def test_the_vectors_reach_several_bins(pairs: list[tuple[Row, Row]]) -> None:
    found = {(batch["failure_expected_h"], batch["failure_latest_h"]) for batch, _ in pairs}

    assert len(found) > 1


def test_a_batch_row_has_every_column_of_predictions_that_follows_from_bundle_and_vector(
    pairs: list[tuple[Row, Row]],
) -> None:
    by_recipe = {"made_at", "is_in_sample", "sampled_frac"}
    assert all(set(batch) == set(PREDICTIONS.column_names) - by_recipe for batch, _ in pairs)
