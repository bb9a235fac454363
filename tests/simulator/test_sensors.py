import numpy as np
import pytest

from simulator.plant import METRICS, SimulationConfig, build_plant, load_plant_profile
from simulator.sensors import Measured, SensorFault, measure

CONFIG = SimulationConfig(days=120, machines=24)
TRUE = np.array([50.0, 2.0, 30.0, 1480.0, 40.0])[:, None] * np.ones((1, CONFIG.slots))


@pytest.fixture(scope="module")
def measured() -> list[Measured]:
    return [measure(machine, TRUE, load_plant_profile(), CONFIG) for machine in build_plant(CONFIG)]


def _spans(measured: list[Measured], kind: str) -> list[tuple[Measured, SensorFault]]:
    """Faults of a kind on sensors that have no other fault."""
    return [
        (said, fault)
        for said in measured
        for fault in said.faults
        if fault.kind == kind and [f.metric for f in said.faults].count(fault.metric) == 1
    ]


def test_a_stuck_sensor_repeats_one_value(measured: list[Measured]) -> None:
    spans = _spans(measured, "stuck")

    assert spans
    for said, fault in spans:
        assert len(set(said.steps[fault.metric, fault.start : fault.end].tolist())) == 1


def test_a_silent_sensor_gives_no_reading_and_the_others_do(measured: list[Measured]) -> None:
    spans = _spans(measured, "dropout")

    assert spans
    for said, fault in spans:
        assert not said.present[fault.metric, fault.start : fault.end].any()
        assert said.present[fault.metric].sum() == CONFIG.slots - (fault.end - fault.start)


def test_a_drifting_sensor_ends_an_eighth_too_high(measured: list[Measured]) -> None:
    long = [(said, f) for said, f in _spans(measured, "drift") if f.end - f.start > 200]

    assert long
    for said, fault in long:
        row = said.steps[fault.metric]
        assert row[fault.end - 40 : fault.end].mean() / row.mean() == pytest.approx(1.12, abs=0.03)


def test_a_plant_without_faults_has_healthy_sensors() -> None:
    config = SimulationConfig(days=10, machines=3, faults=False)

    said = measure(build_plant(config)[0], TRUE[:, : config.slots], load_plant_profile(), config)

    assert said.faults == ()
    assert said.present.all()


def test_readings_are_whole_steps_near_the_truth(measured: list[Measured]) -> None:
    for index, name in enumerate(METRICS):
        resolution = load_plant_profile().metric(name).resolution
        assert np.median(measured[0].steps[index]) * resolution == pytest.approx(TRUE[index, 0], rel=0.01)
