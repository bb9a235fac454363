"""A state meets another bundle of its plant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edge_bundle.format.pipeline import Pipeline
from tests.edge_bundle.gateway.engines import Run, reading
from tests.edge_bundle.gateway.plants import US, small_pipeline

BEGIN_US = 1_600_000_200 * US
MINUTE_US = 60 * US
FULL = small_pipeline()


def without_vibration() -> Pipeline:
    metrics = {name: rule for name, rule in FULL.metrics.items() if name != "vibration"}
    return replace(FULL, metrics=metrics, features=tuple(f for f in FULL.features if f.metric != "vibration"))


def test_an_older_bundle_without_a_metric_scores_the_others_and_the_newer_one_finds_its_readings_again(
    tmp_path: Path,
) -> None:
    run, older = Run(tmp_path), without_vibration()
    vibration = [reading(BEGIN_US + at * MINUTE_US, 2_000, "vibration") for at in range(12)]

    run.take(*vibration, reading(BEGIN_US + 11 * MINUTE_US, 20_00))
    run.take(reading(BEGIN_US + 12 * MINUTE_US, 30_00), reading(BEGIN_US + 15 * MINUTE_US, 30_00), pipeline=older)
    run.take(reading(BEGIN_US + 20 * MINUTE_US, 30_00))

    assert run.value("temperature_maximum_300s", BEGIN_US + 15 * MINUTE_US, older) == 30.0
    assert run.value("vibration_mean_900s", BEGIN_US + 20 * MINUTE_US) == 2.0
