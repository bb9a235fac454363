"""The plant of the drift bench: what is shifted moves by its deviations, and sketches of a fleet are one merge."""

from __future__ import annotations

import pyarrow.compute as pc
import pytest

from bench.drift import sketched, verdicts
from bench.drift_plant import dates_of, features, names_of, shifted, world_of


def test_a_plant_of_the_bench_has_the_features_that_are_compared() -> None:
    world = world_of(5, 2)
    rows, names = features(world), names_of(world, 7)

    moved = shifted(rows, names, 0.8)

    assert {"vibration_mean_24h_mm_s", "error_E101_24h_count"} <= set(names) <= set(rows.column_names)
    assert not any("7d" in name or name.startswith(("since_", "is_", "age_")) for name in names)
    before, after = (pc.mean(table.column("vibration_mean_3h_mm_s")).as_py() for table in (rows, moved))
    deviation = pc.stddev(rows.column("vibration_mean_3h_mm_s")).as_py()
    assert after - before == pytest.approx(0.8 * deviation)


def test_a_fleet_is_one_sketch_a_date_and_feature_and_two_days_are_not_enough() -> None:
    world = world_of(5, 2)
    rows, names, dates = features(world), names_of(world, 7), dates_of(world)

    sketches = sketched(rows, names, dates)

    assert sketches.num_rows == len(names) * len(set(rows.column("scored_date").to_pylist()) & set(dates))
    counted = pc.sum(sketches.column("row_count")).as_py() + pc.sum(sketches.column("missing_count")).as_py()
    assert counted == len(names) * sum(day in dates for day in rows.column("scored_date").to_pylist())
    assert list(verdicts(sketches, dates)) == []
