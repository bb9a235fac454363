"""What an engine knows by heart is what it would read from its state."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_bundle.format.pipeline import MachineRecord
from edge_bundle.gateway.input.records import Item, Reading
from tests.edge_bundle.gateway.engines import Run, reading
from tests.edge_bundle.gateway.plants import US, small_pipeline

BEGIN_US = 1_600_000_200 * US
MINUTE_US = 60 * US
SHARE = "temperature_warning_share_900s"
HOT = 110_00
"""Steps of 110 C: a warning for any model but b."""


@pytest.mark.parametrize("is_restarted", [False, True], ids=["one process", "a restart after it"])
def test_standing_readings_are_judged_by_a_models_limits_as_soon_as_it_is_known(
    tmp_path: Path, is_restarted: bool
) -> None:
    run = Run(tmp_path)
    before = [reading(BEGIN_US + at * MINUTE_US, HOT) for at in range(12)]
    news = MachineRecord("m1", "f1", small_pipeline().plant_began_us + 1, "b", {})
    after = [reading(BEGIN_US + at * MINUTE_US, HOT) for at in range(12, 16)]

    parts: list[list[Item]] = [[*before, news], [*after]] if is_restarted else [[*before, news, *after]]
    for part in parts:
        run.take(*part)

    assert run.value(SHARE, BEGIN_US + 5 * MINUTE_US) != 0.0
    assert run.value(SHARE, BEGIN_US + 15 * MINUTE_US) == 0.0


def test_master_data_that_leave_the_model_as_it_was_change_no_vector(tmp_path: Path) -> None:
    run = Run(tmp_path)
    before = [reading(BEGIN_US + at * MINUTE_US, HOT) for at in range(12)]
    news = MachineRecord("m1", "f1", small_pipeline().plant_began_us + 1, "a", {"age_years": "8"})

    run.take(*before, news, *[reading(BEGIN_US + at * MINUTE_US, HOT) for at in range(12, 16)])

    assert run.value(SHARE, BEGIN_US + 15 * MINUTE_US) == 1.0
    assert run.value("age_years", BEGIN_US + 15 * MINUTE_US) == 8.0


def test_machines_are_closed_in_the_bundles_order_and_then_as_they_came(tmp_path: Path) -> None:
    run = Run(tmp_path)
    readings = [
        Reading(f"{machine}/t", "temperature", BEGIN_US, machine, "f1", HOT) for machine in ("z", "m2", "a", "m1")
    ]

    with run.engine() as engine:
        for item in readings:
            engine.accept(item)
        engine.close_until(None)

    assert [score["machine_id"] for score in run.sent_scores()] == ["m1", "m2", "z", "a"]


def test_a_machine_that_the_bundle_names_has_its_master_data_when_it_first_reads(tmp_path: Path) -> None:
    run = Run(tmp_path)

    run.take(*[reading(BEGIN_US + at * MINUTE_US, HOT) for at in range(6)])

    assert run.value("age_years", BEGIN_US + 5 * MINUTE_US) == 7.0


def test_a_machine_costs_nothing_before_something_is_known_of_it(tmp_path: Path) -> None:
    with Run(tmp_path).engine() as engine:
        engine.accept(reading(BEGIN_US, HOT))

        assert engine._machines.by_id.keys() == {"m1"}
