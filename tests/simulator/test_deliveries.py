import gzip
import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from expectations.mapping.file import load_mappings
from simulator.contents import content_of
from simulator.deliveries import Delivery
from simulator.plant import US, SimulationConfig
from simulator.rows import OUTCOMES
from simulator.world import World, build_world

CONFIG = SimulationConfig(days=40, machines=4)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(CONFIG)


def _role(world: World, role: str) -> Iterator[Delivery]:
    found = [delivery for delivery in world.deliveries if delivery.role == role]
    assert found
    return iter(found)


def _bytes(world: World, delivery: Delivery, step: int = 2) -> bytes:
    rows = world.rows[delivery.gateway.gateway_id]
    return content_of(delivery, step, rows, world.machines, world.profile).data


def test_hidden_files_have_names_that_listings_skip(world: World) -> None:
    for delivery in _role(world, "hidden"):
        assert delivery.path.rpartition("/")[2][0] in "._"


def test_old_files_say_they_are_sixty_days_older_than_their_readings(world: World) -> None:
    for delivery in _role(world, "old_time"):
        last_us = world.rows[delivery.gateway.gateway_id].time_us[delivery.last - 1]
        assert last_us - delivery.modified_us > 59 * 86_400 * US


def test_late_files_come_with_the_second_delivery_after_the_run(world: World) -> None:
    for delivery in _role(world, "late"):
        assert delivery.step == 2
        assert delivery.modified_us > CONFIG.start_us + CONFIG.days * 86_400 * US


def test_a_cut_gzip_ends_within_its_stream(world: World) -> None:
    for role in ("truncated", "retried"):
        delivery = next(_role(world, role))
        with pytest.raises(EOFError):
            gzip.decompress(_bytes(world, delivery))


def test_the_empty_file_is_empty(world: World) -> None:
    assert _bytes(world, next(_role(world, "empty"))) == b""


def test_some_files_are_in_disorder_and_most_are_not(world: World) -> None:
    rows = world.rows["bremen-1"]
    sorted_days = [bool((np.diff(rows.sequence[rows.file_day == day]) >= 0).all()) for day in range(CONFIG.days)]

    assert 0.1 < 1 - np.mean(sorted_days) < 0.4


def test_newer_firmware_sends_a_column_that_no_mapping_names(world: World) -> None:
    mapping = next(m for m in load_mappings("simulated") if m.name == "readings_bremen")
    known = {*mapping.source_columns}
    plain = [d for d in world.deliveries if d.gateway.format == "jsonl" and not d.role]

    for delivery, extra in ((plain[0], set[str]()), (plain[-1], {"firmware"})):
        data = _bytes(world, replace(delivery, compression=""))
        fair = np.flatnonzero(world.rows["bremen-1"].outcome[delivery.first : delivery.last] == OUTCOMES.index("fair"))
        record = json.loads(data.splitlines()[int(fair[0])])
        assert set(record) == known | extra


def test_a_repeated_record_keeps_its_number_and_a_conflicting_one_has_its_own(world: World) -> None:
    rows = world.rows["bremen-1"]
    fair = rows.has_outcome("fair")
    keys, sequence, steps = rows.keys()[fair], rows.sequence[fair], rows.steps[fair]

    order = np.lexsort((sequence, keys))
    is_same_key = np.diff(keys[order]) == 0
    is_same_number = np.diff(sequence[order]) == 0
    is_same_value = np.diff(steps[order]) == 0
    assert (is_same_key & is_same_number).any()
    assert (is_same_key & ~is_same_value).any()
    assert (is_same_value[is_same_key & is_same_number]).all()
    assert not (is_same_value & ~is_same_number)[is_same_key].any()
