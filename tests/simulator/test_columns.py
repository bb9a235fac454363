import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from expectations.plant.plant_profile import Limits
from expectations.units import conversion
from simulator.columns import Columns, sent_columns
from simulator.contents import content_of
from simulator.deliveries import Delivery
from simulator.plant import GATEWAYS, METRICS, Gateway, SimulationConfig
from simulator.rows import OUTCOME_CODE, OUTCOMES, Rows
from simulator.world import World, build_world
from tests.simulator.reread import reread_file

DEMO = SimulationConfig()


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(DEMO)


def _canonical(sent: Columns, rows: Rows, world: World) -> NDArray[np.float64]:
    """The values sent, in the unit of their metric, by what each record says its unit is."""
    values = np.empty(len(rows))
    for metric, symbol in set(zip(rows.metric.tolist(), sent.unit.tolist(), strict=True)):
        here = (rows.metric == metric) & (sent.unit == symbol)
        factor, offset = conversion(symbol, world.profile.metric(METRICS[metric]).unit)
        values[here] = sent.value[here] * factor + offset
    return values


def _ranges(rows: Rows, world: World) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Minimum and maximum that hold for each row."""
    limits = [[_limits(world, machine, metric) for metric in range(len(METRICS))] for machine in range(DEMO.machines)]
    least = np.array([[one.minimum for one in row] for row in limits], dtype=np.float64)
    most = np.array([[one.maximum for one in row] for row in limits], dtype=np.float64)
    return least[rows.machine, rows.metric], most[rows.machine, rows.metric]


def _limits(world: World, machine: int, metric: int) -> Limits:
    one = world.machines[machine]
    return world.profile.metric(METRICS[metric]).limits_for(one.machine_id, one.model.name)


def _broken_rows() -> Rows:
    """A broken reading of every metric and unit of every machine."""
    cases = list(itertools.product(range(DEMO.machines), range(len(METRICS)), (False, True)))
    machine, metric, other = (np.array(column) for column in zip(*cases, strict=True))
    zeros = np.zeros(len(cases), dtype=np.int64)
    time_us, outcome = zeros + DEMO.start_us, zeros + OUTCOME_CODE["value_out_of_range"]
    return Rows(machine, metric, time_us, zeros, other.astype(np.bool_), outcome, zeros, zeros)


def test_a_broken_sensor_is_out_of_range_in_every_unit_of_every_machine(world: World) -> None:
    rows = _broken_rows()
    least, most = _ranges(rows, world)

    values = _canonical(sent_columns(rows, world.machines, world.profile, METRICS), rows, world)

    legal = (values >= least) & (values <= most)
    assert not legal.any(), {(METRICS[rows.metric[i]], float(values[i])) for i in np.flatnonzero(legal)}


@pytest.mark.parametrize("gateway", GATEWAYS, ids=lambda gateway: gateway.gateway_id)
def test_every_faulty_record_of_the_demo_is_read_again_as_what_the_truth_calls_it(
    world: World, gateway: Gateway
) -> None:
    sent = world.rows[gateway.gateway_id]
    faulty = sent.take(np.flatnonzero(~sent.has_outcome("fair")))
    file = Delivery("one", gateway, role="", step=1, modified_us=0, first=0, last=len(faulty))
    models = {machine.machine_id: machine.model.name for machine in world.machines}

    found = reread_file(gateway.gateway_id, content_of(file, 1, faulty, world.machines, world.profile).data, models)

    assert found == [OUTCOMES[outcome] for outcome in faulty.outcome]


@pytest.mark.parametrize("gateway", GATEWAYS, ids=lambda gateway: gateway.gateway_id)
def test_every_fair_reading_of_the_demo_is_within_range_and_keeps_its_steps(world: World, gateway: Gateway) -> None:
    sent = world.rows[gateway.gateway_id]
    fair = sent.take(np.flatnonzero(sent.has_outcome("fair")))
    least, most = _ranges(fair, world)
    resolution = np.array([world.profile.metric(name).resolution for name in METRICS])[fair.metric]

    values = _canonical(sent_columns(fair, world.machines, world.profile, METRICS), fair, world)

    steps = np.rint(values / resolution)
    assert (steps == fair.steps).all()
    assert ((steps * resolution >= least) & (steps * resolution <= most)).all()
