"""What the store says of readings, against a plain set, over many merges and after much was forgotten."""

import random
from pathlib import Path

import pytest

from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.state.store import Store

MINUTE_US, KEPT_US = 60_000_000, 40 * 60_000_000


def _reading(machine: int, at_us: int, resolution_steps: int) -> Reading:
    return Reading(f"S{machine}", "temperature", at_us, f"M{machine}", "F1", resolution_steps)


def _merge(store: Store) -> None:
    store.write(store.take_for_merge())
    store.merge()


@pytest.mark.parametrize("seed", range(4))
def test_a_repeat_is_found_whatever_was_merged_and_forgotten(tmp_path: Path, seed: int) -> None:
    rng, known = random.Random(seed), dict[tuple[int, int], int]()
    store = Store(tmp_path / "state.sqlite", "g1", "small")
    for minute in range(600):
        machine = rng.randrange(4)
        if machine == 3 and minute % 150 > 20:
            machine = 0  # one machine is silent for long: all that is kept of it is forgotten
        back = rng.choice((0, 0, 0, 1, 5, 30))
        at_us = (1000 + minute - back) * MINUTE_US
        is_new = (machine, at_us) not in known

        assert store.add_reading(_reading(machine, at_us, minute)) is is_new, (minute, machine, back)
        known.setdefault((machine, at_us), minute)
        found = store.stored(_reading(machine, at_us, 0))
        assert found.resolution_steps == known[machine, at_us]

        if minute % 7 == 0:
            _merge(store)
        if minute % 20 == 0:
            before_us = (1000 + minute) * MINUTE_US - KEPT_US
            for each in range(4):
                store.forget_readings(f"M{each}", before_us)
            store.commit()
    store.close()


def test_a_number_of_a_segment_is_never_given_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.sqlite", "g1", "small")
    store.add_reading(_reading(1, MINUTE_US, 5))
    _merge(store)
    assert not store.add_reading(_reading(1, MINUTE_US, 5))
    store.forget_readings("M1", 2 * MINUTE_US)
    store.commit()
    for at_us in (10 * MINUTE_US, 11 * MINUTE_US):
        store.add_reading(_reading(1, at_us, 6))
    _merge(store)

    assert not store.add_reading(_reading(1, 10 * MINUTE_US, 6))
    store.close()
