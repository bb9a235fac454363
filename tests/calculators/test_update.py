"""An update over the air: a published case with its errors, hand-computed ones, and what must hold for any case."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators import update
from calculators.arithmetic import number
from calculators.building import build, changed
from calculators.case_file import load_shipped
from calculators.errors import CalculationError
from calculators.update import UpdateCase

FLEET = load_shipped("update", "fleet")


def calculate(case: UpdateCase) -> Any:
    """The result, whose fractions compare with whole numbers."""
    return update.calculate(case)


def small(**more: object) -> UpdateCase:
    """1,000 devices, 4 MB or 1 MB, two stages of 10 and 90 %."""
    base = {
        "devices_count": 1000, "full_mb": 4, "delta_mb": 1, "price_usd_per_mb": "0.5", "tower_mbit_per_s": 8,
        "window_h": 10, "visit_usd": 20, "faulty_frac": "0.5", "visits_frac": "0.1",
        "stages": [
            {"name": "few", "upto_frac": "0.1", "transfer_h": 1, "soak_h": 2, "found_frac": "0.75"},
            {"name": "all", "upto_frac": 1, "transfer_h": 5, "soak_h": 1, "found_frac": 0},
        ],
    }  # fmt: skip
    made: UpdateCase = build(UpdateCase, {**base, **more})
    return made


def test_the_published_fleet() -> None:
    found = calculate(FLEET.case)

    assert (found.full_usd, found.full_burst_usd, found.staged_usd) == (12_500, 37_500, 900)
    assert found.saved_frac == number("0.976")
    assert (found.full_mb, found.staged_mb) == (125_000, 9_000)
    assert found.duration_h == 168
    assert (found.window, found.capacity) == ("fits", "fits")


def test_its_errors() -> None:
    """Published: 34.7 Mbps for all in one hour; that is MB/s. And 3 sendings; lost ones are lost again: 3.33."""
    all_in_an_hour = build(
        UpdateCase,
        {
            "devices_count": 50000, "full_mb": "2.5", "delta_mb": "2.5", "price_usd_per_mb": "0.1",
            "tower_mbit_per_s": 100, "window_h": 1,
            "stages": [{"name": "all", "upto_frac": 1, "transfer_h": 1, "soak_h": 0, "found_frac": 1}],
        },
    )  # fmt: skip
    (lossy,) = (each.changes for each in FLEET.what_ifs if each.name.startswith("70 % loss"))

    assert round(calculate(all_in_an_hour).peak_mbit_per_s) == 278
    assert calculate(all_in_an_hour).capacity.startswith("REFUSED")
    assert round(calculate(changed(FLEET.case, lossy)).full_burst_usd, 2) == number("41666.67")
    # Published: 0.001 Mbps for 500 devices over 24 h.
    first = calculate(changed(FLEET.case, {"stages.1_percent.transfer_h": "24"})).stages[0]
    assert round(first.rate_mbit_per_s, 3) == number("0.008")


def test_stages_are_parts_of_the_fleet_with_those_before() -> None:
    """Published: 500, 5,000, 25,000 and 19,500 devices; 1, 10, 50 and 100 % reach 500, 5,000, 25,000 and 50,000."""
    found = calculate(FLEET.case).stages

    assert [stage.devices_count for stage in found] == [500, 5000, 25000, 50000]
    assert [stage.new_devices_count for stage in found] == [500, 4500, 20000, 25000]


def test_a_roll_out_by_hand() -> None:
    """100 MB over 1 h is 800 Mbit / 3,600 s; 900 MB over 5 h; 1 + 2 + 5 + 1 hours."""
    found = calculate(small())

    assert [stage.rate_mbit_per_s for stage in found.stages] == [Fraction(800, 3600), Fraction(7200, 18000)]
    assert [stage.fastest_h for stage in found.stages] == [Fraction(100, 3600), Fraction(900, 3600)]
    assert [stage.end_h for stage in found.stages] == [3, 9]
    assert (found.staged_usd, found.full_usd) == (500, 2000)


def test_a_faulty_update_by_hand() -> None:
    """A fault is found among 100 devices with 0.75, else by all 1,000; a tenth is visited for 20."""
    found = calculate(small())

    assert [stage.found_here_frac for stage in found.stages] == [number("0.75"), number("0.25")]
    assert [stage.loss_usd for stage in found.stages] == [200, 2000]
    assert found.expected_loss_usd == number("0.5") * (150 + 500)
    assert found.expected_loss_at_once_usd == 1000


def test_10_000_bricked_devices_at_50_cost_half_a_million() -> None:
    found = calculate(small(devices_count=10000, faulty_frac=1, visits_frac=1, visit_usd=50))

    assert found.expected_loss_at_once_usd == 500_000


def test_failures_and_messages_grow_with_the_fleet() -> None:
    found = {size.devices_count: size for size in calculate(FLEET.case).sizes}

    assert [found[Fraction(size)].failures_per_month for size in (10, 100, 1000, 10000)] == [1, 10, 100, 1000]
    assert [found[Fraction(size)].messages_per_min for size in (10, 100, 1000, 10000)] == [60, 600, 6000, 60000]
    assert round(found[Fraction(10000)].failures_per_d) == 33


def test_too_slow_and_too_long_are_refused() -> None:
    assert calculate(small(tower_mbit_per_s="0.39")).capacity.startswith("REFUSED")
    assert calculate(small(tower_mbit_per_s="0.4")).capacity == "fits"
    assert calculate(small(window_h=8)).window.startswith("REFUSED")
    assert calculate(small(window_h=9)).window == "fits"


def stages(*upto: str) -> list[dict[str, object]]:
    return [
        {"name": f"s{place}", "upto_frac": each, "transfer_h": 1, "soak_h": 0, "found_frac": 0}
        for place, each in enumerate(upto)
    ]


@pytest.mark.parametrize(
    ("upto", "words"),
    [(("0.5", "0.5", "1"), "upto_frac does not grow"), (("0.5", "0.1", "1"), "does not grow"),
     (("0.1", "0.9"), "the last upto_frac is below 1"), (("0", "1"), "legal: a number above 0 and at most 1")],
)  # fmt: skip
def test_stages_that_cannot_be_are_refused(upto: tuple[str, ...], words: str) -> None:
    with pytest.raises(CalculationError, match=words):
        small(stages=stages(*upto))


@pytest.mark.parametrize(
    ("key", "value"),
    [("devices_count", 0), ("full_mb", 0), ("delta_mb", -1), ("tower_mbit_per_s", 0), ("window_h", 0),
     ("burst_transmissions_number", "0.5"), ("faulty_frac", "1.01"), ("price_usd_per_mb", "-0.01")],
)  # fmt: skip
def test_what_cannot_be_is_refused(key: str, value: object) -> None:
    with pytest.raises(CalculationError, match=rf"{key}: got .*; legal: .*; correct the "):
        small(**{key: value})


@given(factor=st.integers(1, 1000))
def test_cost_and_loss_scale_with_the_fleet(factor: int) -> None:
    one, many = calculate(small()), calculate(small(devices_count=1000 * factor))

    assert many.staged_usd == one.staged_usd * factor
    assert many.expected_loss_usd == one.expected_loss_usd * factor
    assert many.duration_h == one.duration_h


@given(found=st.fractions(0, 1), better=st.fractions(0, 1))
def test_a_stage_that_finds_more_never_loses_more(found: Fraction, better: Fraction) -> None:
    low, high = sorted((found, better))

    blind, sharp = (calculate(changed(small(), {"stages.few.found_frac": each})) for each in (low, high))
    assert sharp.expected_loss_usd <= blind.expected_loss_usd <= blind.expected_loss_at_once_usd


@given(found=st.lists(st.fractions(0, 1), min_size=4, max_size=4))
def test_every_fault_is_found_in_one_stage(found: list[Fraction]) -> None:
    names = [stage.name for stage in FLEET.case.stages]
    shown = calculate(
        changed(FLEET.case, {f"stages.{name}.found_frac": each for name, each in zip(names, found, strict=True)})
    )

    assert sum(stage.found_here_frac for stage in shown.stages) == 1
