"""What storage costs: sizes by layer, factory and tier, prices in whole cents, forecast and its deviation."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.plant.plant_profile import StoragePrices
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_costs import STORAGE_COSTS
from gold.storage_costs import StoredFile, build, missed_by, month_cents, tier_of

DAY = date(2026, 3, 1)
D_S = 86_400
PRICES = StoragePrices(7 * D_S, 90 * D_S, 23.0, 20.0, 6.0)
TB = 10**12
EMPTY = arrow_schema(STORAGE_COSTS).empty_table()


def file(size: int, days_old: int | None = 0, factory: str | None = "bremen", layer: str = "silver") -> StoredFile:
    return StoredFile(layer, factory, None if days_old is None else DAY - timedelta(days=days_old), size)


def rows(*files: StoredFile, stored: pa.Table = EMPTY, on: date = DAY) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = build(stored, files, on, PRICES).to_pylist()
    return found


@pytest.mark.parametrize(
    ("days", "tier"), [(-1, "hot"), (0, "hot"), (6, "hot"), (7, "warm"), (89, "warm"), (90, "cold"), (900, "cold")]
)
def test_a_partition_has_the_tier_of_its_age(days: int, tier: str) -> None:
    assert tier_of(DAY - timedelta(days=days), DAY, PRICES) == tier


def test_a_table_without_dates_is_hot() -> None:
    assert tier_of(None, DAY, PRICES) == "hot"


def test_sizes_add_up_by_layer_factory_and_tier() -> None:
    found = rows(file(TB), file(2 * TB, 3), file(TB, 30), file(5 * TB, 100, "kiel"), file(7 * TB, None, None, "bronze"))

    assert [
        (row["layer"], row["factory_id"], row["tier"], row["size_bytes"] // TB, row["file_count"]) for row in found
    ] == [
        ("bronze", None, "hot", 7, 1), ("silver", "bremen", "hot", 3, 2), ("silver", "bremen", "warm", 1, 1),
        ("silver", "kiel", "cold", 5, 1),
    ]  # fmt: skip
    assert [row["cost_cents"] for row in found] == [7 * 2300, 3 * 2300, 2000, 5 * 600]
    assert month_cents(found) == (28_000, None)


def test_the_published_month_of_8_700_tb() -> None:
    """700 TB at $23, 1 PB at $20, 2 PB at $6: $48,100 of the published $63,100; the archive has a tier of its own."""
    found = rows(file(700 * TB), file(1000 * TB, 30), file(2000 * TB, 90))

    assert month_cents(found) == (4_810_000, None)


def test_cents_are_rounded_once_for_each_row() -> None:
    """A terabyte at $23: 1 GB is 2.3 cents, 2 cents; half a cent goes to the even one."""
    assert [row["cost_cents"] for row in rows(file(10**9))] == [2]
    assert [row["cost_cents"] for row in rows(file(TB // 4600))] == [0]


def test_growth_gives_a_forecast_and_later_its_deviation() -> None:
    """10 TB more in 10 days: 30 more in 30. A check 30 days after that one finds 44 instead of 50: 12 % less."""
    stored = build(EMPTY, [file(10 * TB, None)], DAY, PRICES)
    stored = build(stored, [file(20 * TB, None)], DAY + timedelta(days=10), PRICES)
    stored = build(stored, [file(44 * TB, None)], DAY + timedelta(days=40), PRICES)

    first, second, third = stored.to_pylist()
    assert (first["forecast_bytes"], first["forecast_cents"], first["forecast_deviation_frac"]) == (None, None, None)
    assert (second["forecast_bytes"], second["forecast_cents"]) == (50 * TB, 50 * 2300)
    assert third["forecast_deviation_frac"] == pytest.approx(-0.12)
    assert third["forecast_bytes"] == 44 * TB + 24 * TB


def test_what_shrinks_is_never_forecast_below_nothing() -> None:
    stored = build(EMPTY, [file(10 * TB, None)], DAY, PRICES)

    assert rows(file(TB, None), stored=stored, on=DAY + timedelta(days=1))[1]["forecast_bytes"] == 0


def test_a_check_that_finds_nothing_new_adds_nothing() -> None:
    stored = build(EMPTY, [file(TB, None)], DAY, PRICES)

    assert build(stored, [file(TB, None)], DAY + timedelta(days=3), PRICES).equals(stored)
    assert build(stored, [file(2 * TB, None)], DAY, PRICES).equals(stored)
    assert build(EMPTY, [], DAY, PRICES).num_rows == 0


def test_another_price_is_new() -> None:
    stored = build(EMPTY, [file(TB, None)], DAY, PRICES)
    dearer = StoragePrices(7 * D_S, 90 * D_S, 46.0, 20.0, 6.0)

    assert build(stored, [file(TB, None)], DAY + timedelta(days=1), dearer).num_rows == 2


def test_a_check_of_the_past_looks_at_nothing_later() -> None:
    stored = build(EMPTY, [file(TB, None)], DAY, PRICES)

    (past, _) = rows(file(5 * TB, None), stored=stored, on=DAY - timedelta(days=5))

    assert (past["checked_date"], past["forecast_bytes"]) == (DAY - timedelta(days=5), None)


@given(
    files=st.lists(
        st.tuples(st.integers(0, 10**15), st.integers(-3, 400), st.sampled_from(["a", "b", None])), max_size=9
    )
)
def test_no_byte_is_lost_and_the_order_of_files_does_not_matter(files: list[tuple[int, int, str | None]]) -> None:
    given_files = [file(size, days, factory) for size, days, factory in files]

    found = build(EMPTY, given_files, DAY, PRICES)

    assert sum(found["size_bytes"].to_pylist()) == sum(size for size, _, _ in files)
    assert sum(found["file_count"].to_pylist()) == len(files)
    assert build(EMPTY, given_files[::-1], DAY, PRICES).equals(found)


def test_a_month_is_held_against_the_forecast_of_30_days_before() -> None:
    """1 TB, then 2 TB ten days later: 5 TB are forecast, $115; 5.5 TB cost $126.50."""
    stored = EMPTY
    for day, size in ((DAY, 10), (DAY + timedelta(days=10), 20), (DAY + timedelta(days=40), 55)):
        assert missed_by(stored.to_pylist()) is None
        stored = build(stored, [file(size * TB // 10, None, None)], day, PRICES)

    assert missed_by(stored.to_pylist()) == Fraction(1265, 10 * 115) - 1 == Fraction(1, 10)
