"""Cost of the platform: published cases with their errors, hand-computed ones, and what must hold for any case."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators import platform_cost
from calculators.arithmetic import number, whole_cents
from calculators.building import build, changed
from calculators.case_file import load_shipped
from calculators.errors import CalculationError
from calculators.platform_cost import PlatformCase, grown_months

MANUFACTURER = load_shipped("platform", "manufacturer")


def calculate(case: PlatformCase) -> Any:
    """The result, whose fractions compare with whole numbers."""
    return platform_cost.calculate(case)


def small(**more: object) -> PlatformCase:
    """10 devices; 4 TB at 20 and 6 TB at 5; two units at 30; 10 for the network: 80 + 30 + 60 + 10."""
    base = {
        "devices_count": 10, "network_usd": 10,
        "tiers": [
            {"name": "hot", "size_tb": 4, "price_usd_per_tb": 20}, {"name": "cold", "size_tb": 6, "price_usd_per_tb": 5}
        ],
        "compute": [{"name": "nodes", "units_number": 2, "unit_usd": 30}],
    }  # fmt: skip
    made: PlatformCase = build(PlatformCase, {**base, **more})
    return made


def test_the_published_manufacturer() -> None:
    """Published: $273 a machine; 163,740 / 10,000 is $16.37."""
    found = calculate(MANUFACTURER.case)

    assert {cost.name: cost.cost_usd for cost in found.costs[:4]} == {
        "hot_7_days": 16_100, "warm_30_days": 20_000, "cold_90_days": 12_000, "archive": 15_000,
    }  # fmt: skip
    assert (found.storage_usd, found.compute_usd, found.network_usd) == (63_100, 90_640, 10_000)
    assert (found.month_usd, found.year_usd) == (163_740, 1_964_880)
    assert whole_cents(found.device_usd) == 1637


@pytest.mark.parametrize(
    ("case", "usd", "by_device_usd"), [("template_10k", 4300, "0.43"), ("template_100k", 31500, "0.315")]
)
def test_the_published_template_adds_up(case: str, usd: int, by_device_usd: str) -> None:
    """Published: $0.21 a device. Security and support have no price by device, but are paid for."""
    found = calculate(load_shipped("platform", case).case)

    assert found.month_usd == found.services_usd == usd
    assert found.by_device_usd == number("0.21")
    assert found.device_usd == number(by_device_usd)


def test_a_bill_by_hand() -> None:
    found = calculate(small())

    assert (found.storage_usd, found.compute_usd, found.month_usd) == (110, 60, 180)
    assert found.device_usd == 18
    assert sum(cost.of_total_frac for cost in found.costs) == 1


def test_tiers_and_compression_by_hand() -> None:
    """10 TB at 20 would be 200; compressed to half, 100 against 55."""
    assert calculate(small()).tiers_saved_usd == 200 - 110
    found = calculate(small(size_left_frac="0.5"))
    assert (found.storage_usd, found.undivided_usd, found.tiers_saved_usd) == (55, 100, 45)
    assert found.compression_saved_usd == 55


def test_growth_by_hand() -> None:
    """110 that grows by a half each month, 12 times, and 70 that does not."""
    months = sum(Fraction(3, 2) ** month for month in range(1, 13))

    assert grown_months(number("0.5")) == months
    assert calculate(small(growth_frac="0.5")).grown_year_usd == 110 * months + 70 * 12


@pytest.mark.parametrize(
    ("actual", "deviation", "verdict"),
    [
        (198, "0.1", "within the forecast"), (162, "-0.1", "within the forecast"),
        ("198.01", "0.10005555", "REFUSED: off the forecast"), (100, "-0.44444444", "REFUSED: off the forecast"),
    ],
)  # fmt: skip
def test_the_actual_bill_is_held_against_the_forecast(actual: object, deviation: str, verdict: str) -> None:
    found = calculate(small(actual_usd=actual))

    assert found.verdict == verdict
    assert found.deviation_frac is not None
    assert abs(found.deviation_frac - number(deviation)) < number("0.0000001")


def test_without_an_actual_bill_nothing_is_held_against_it() -> None:
    found = calculate(small())

    assert (found.deviation_frac, found.verdict) == (None, "no actual bill given")


def test_a_platform_without_anything_is_refused() -> None:
    with pytest.raises(CalculationError, match="got none; legal: at least one of them"):
        build(PlatformCase, {"devices_count": 1})


@pytest.mark.parametrize(
    ("key", "value"),
    [("devices_count", 0), ("network_usd", -1), ("size_left_frac", 2), ("growth_frac", -1), ("actual_usd", -5)],
)
def test_what_cannot_be_is_refused(key: str, value: object) -> None:
    with pytest.raises(CalculationError, match=rf"{key}: got .*; legal: .*; correct the "):
        small(**{key: value})


@given(factor=st.fractions(Fraction(1, 100), 100))
def test_prices_in_another_currency_scale_the_bill(factor: Fraction) -> None:
    prices = {"network_usd": 10 * factor, "tiers.hot.price_usd_per_tb": 20 * factor,
              "tiers.cold.price_usd_per_tb": 5 * factor, "compute.nodes.unit_usd": 30 * factor}  # fmt: skip

    assert calculate(changed(small(), prices)).month_usd == calculate(small()).month_usd * factor


@given(size=st.fractions(0, 1000), more=st.fractions(0, 1000))
def test_more_data_never_cost_less(size: Fraction, more: Fraction) -> None:
    few, many = (calculate(changed(small(), {"tiers.hot.size_tb": each})).month_usd for each in (size, size + more))

    assert few <= many
