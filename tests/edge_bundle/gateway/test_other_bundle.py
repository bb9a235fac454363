"""A state meets another bundle of its plant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge_bundle.format.errors import ValidityError
from edge_bundle.format.pipeline import Pipeline
from edge_bundle.gateway.errors import StateError
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import run
from edge_bundle.gateway.state.store import Store
from tests.edge_bundle.gateway.engines import Run, reading
from tests.edge_bundle.gateway.plant_files import reading_records, write_readings
from tests.edge_bundle.gateway.plants import US, sealed, small_pipeline
from tests.edge_bundle.gateway.runs import small_call

BEGIN_US = 1_600_000_200 * US
MINUTE_US = 60 * US
FULL = small_pipeline()


def without_vibration() -> Pipeline:
    metrics = {name: rule for name, rule in FULL.metrics.items() if name != "vibration"}
    return replace(FULL, metrics=metrics, features=tuple(f for f in FULL.features if f.metric != "vibration"))


def test_an_older_bundle_without_a_metric_scores_the_others_and_the_newer_one_finds_its_readings_again(
    tmp_path: Path,
) -> None:
    state, older = Run(tmp_path), without_vibration()
    vibration = [reading(BEGIN_US + at * MINUTE_US, 2_000, "vibration") for at in range(12)]

    state.take(*vibration, reading(BEGIN_US + 11 * MINUTE_US, 20_00))
    state.take(reading(BEGIN_US + 12 * MINUTE_US, 30_00), reading(BEGIN_US + 15 * MINUTE_US, 30_00), pipeline=older)
    state.take(reading(BEGIN_US + 20 * MINUTE_US, 30_00))

    assert state.value("temperature_maximum_300s", BEGIN_US + 15 * MINUTE_US, older) == 30.0
    assert state.value("vibration_mean_900s", BEGIN_US + 20 * MINUTE_US) == 2.0


def with_temperature(unit: str, resolution: float) -> Pipeline:
    rule = replace(FULL.metrics["temperature"], unit=unit, resolution=resolution, units={unit: (1.0, 0.0)})
    return replace(FULL, metrics={**FULL.metrics, "temperature": rule})


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (with_temperature("C", 0.001), "counts temperature in steps of 0.01 C, the bundle in steps of 0.001 C"),
        (with_temperature("K", 0.01), "counts temperature in steps of 0.01 C, the bundle in steps of 0.01 K"),
        (replace(FULL, bucket_s=30), "has buckets of 60 s, the bundle of 30 s"),
    ],
    ids=["resolution", "unit", "bucket"],
)
def test_a_bundle_that_would_read_stored_steps_as_other_values_is_refused(
    tmp_path: Path, other: Pipeline, words: str
) -> None:
    state = Run(tmp_path)
    state.take(reading(BEGIN_US, 20_00))

    with pytest.raises(StateError, match=f"state.sqlite {words}. Go on with a bundle like the former one, or"):
        state.take(pipeline=other)

    state.take(reading(BEGIN_US + 5 * MINUTE_US, 30_00))
    assert state.value("temperature_mean_300s", BEGIN_US + 5 * MINUTE_US) == 20.0


def test_a_metric_that_left_cannot_come_back_in_other_steps(tmp_path: Path) -> None:
    state, rule = Run(tmp_path), FULL.metrics["vibration"]
    state.take(reading(BEGIN_US, 2_000, "vibration"))
    state.take(pipeline=without_vibration())

    with pytest.raises(StateError, match=r"counts vibration in steps of 0\.001 mm/s, the bundle in steps of 0\.5 mm/s"):
        state.take(pipeline=replace(FULL, metrics={**FULL.metrics, "vibration": replace(rule, resolution=0.5)}))


def test_a_state_that_says_nothing_of_its_steps_is_taken_over_as_it_is(tmp_path: Path) -> None:
    state = Run(tmp_path)
    state.take(reading(BEGIN_US, 20_00))
    store = Store(state.state, "g1", "small")
    store.connection.execute("DELETE FROM about WHERE name = 'steps'")
    store.close()

    state.take(reading(BEGIN_US + 5 * MINUTE_US, 30_00))

    assert state.value("temperature_mean_300s", BEGIN_US + 5 * MINUTE_US) == 20.0
    with pytest.raises(StateError, match="counts temperature"):
        state.take(pipeline=with_temperature("C", 0.001))


def test_a_bundle_refused_for_its_steps_does_not_rule_out_the_one_to_go_back_to(tmp_path: Path) -> None:
    call = small_call(tmp_path, [write_readings(tmp_path / "readings.jsonl", reading_records(minutes=15))])
    run(call, StopSignal())
    former = call.bundle.read_bytes()

    call.bundle.write_bytes(sealed(with_temperature("C", 0.001), build=9, rollback_floor=9))
    with pytest.raises(StateError, match="counts temperature"):
        run(call, StopSignal())

    call.bundle.write_bytes(former)
    assert run(call, StopSignal()).totals["scores"] == 6


def test_a_bundle_refused_for_its_floor_leaves_no_steps_of_its_own(tmp_path: Path) -> None:
    call = small_call(tmp_path, [write_readings(tmp_path / "readings.jsonl", reading_records(minutes=15))])
    call.state_folder.mkdir()
    store = Store(call.state_folder / "state.sqlite", "g1", "small")
    store.put_floor(9)
    store.commit()
    store.close()
    call.bundle.write_bytes(sealed(with_temperature("C", 0.001), build=8))
    with pytest.raises(ValidityError):
        run(call, StopSignal())

    call.bundle.write_bytes(sealed(FULL, build=9))
    assert run(call, StopSignal()).totals["scores"] == 6
