"""Slopes of weeks against SciPy and by hand, and when a limit will be reached."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import theilslopes

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold import machine_daily
from expectations.tables.gold_trends import TRENDS
from expectations.tables.silver import machines
from gold import theil_sen, trends
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

LAST = date(2026, 3, 7)
UNKNOWN = None


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return small_profile(tmp_path_factory.mktemp("small"))


def of_week(profile: Profile, *means: float | None, model: str | None = None, machine: str = "M1",
            name: str = "temperature_mean_c") -> list[dict[str, Any]]:  # fmt: skip
    """The rows of the week's last date."""
    days = arrow(machine_daily(profile), *(
        {"machine_id": machine, "local_date": LAST - timedelta(days=len(means) - 1 - place), name: mean}
        for place, mean in enumerate(means)
    )).select(trends.reads(profile))  # fmt: skip
    known = {"machine_id": machine, "machine_model": model, "valid_from": at("01-01 00:00"), "valid_to": None}
    table = trends.build(days, arrow(machines(profile), *([known] if model else [])), profile, [LAST])
    assert table.schema == arrow_schema(TRENDS)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def test_a_week_that_rises_by_hand(profile: Profile) -> None:
    (row,) = of_week(profile, 50.0, 52.0, 54.0, 90.0, 58.0, 60.0, 62.0)  # one wrong day

    assert (row["slope_per_day"], row["change_per_week"], row["unit"]) == (2.0, 14.0, "C")
    assert (row["day_count"], row["direction"], row["newest_mean"]) == (7, "rising", 62.0)
    assert (row["limit_value"], row["days_to_limit"]) == (100.0, 19.0)


def test_the_limit_is_that_of_the_machines_model_and_on_the_side_that_it_moves_to(profile: Profile) -> None:
    rising = tuple(50.0 + 2 * day for day in range(7))

    assert of_week(profile, *rising, model="HOT")[0]["limit_value"] == 190.0
    assert of_week(profile, *rising[::-1])[0]["limit_value"] is None  # nothing is said of cold
    low = tuple(6.0 - 0.5 * day for day in range(7))
    (row,) = of_week(profile, *low, machine="M2", name="pressure_mean_bar")
    assert (row["direction"], row["limit_value"], row["days_to_limit"]) == ("falling", 2.0, 2.0)


def test_beyond_a_warning_limit_the_critical_one_is_next_and_beyond_both_none_is_far(profile: Profile) -> None:
    (warned,), (passed,) = (of_week(profile, *(start + day for day in range(7))) for start in (98.0, 130.0))

    assert (warned["limit_value"], warned["days_to_limit"]) == (120.0, 16.0)
    assert passed["days_to_limit"] == 0.0


@pytest.mark.parametrize("means", [(1.0, 2.0, 3.0, 4.0), (1.0, None, 2.0, 3.0, None, None, 4.0),
                                   (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, None)])  # fmt: skip
def test_too_few_dates_or_none_today_are_no_trend(profile: Profile, means: tuple[float | None, ...]) -> None:
    assert of_week(profile, *means) == []


def test_what_goes_up_and_down_is_steady(profile: Profile) -> None:
    (row,) = of_week(profile, 50.0, 51.0, 50.0, 51.0, 50.0, 51.0, 50.5)

    assert (row["direction"], row["limit_value"], row["days_to_limit"]) == ("steady", None, None)


@given(st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), min_size=7, max_size=7).filter(
    lambda values: sum(value is not None for value in values) >= 2))  # fmt: skip
def test_slopes_are_exact_medians(values: list[int | None]) -> None:
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    by_pair = [Fraction(b - a, j - i) for n, (i, a) in enumerate(known) for j, b in known[n + 1 :]]
    given_ = np.array([[value or 0 for value in values]], dtype=object)

    found = theil_sen.slopes(given_, np.array([[value is not None for value in values]]))

    assert Fraction(int(found.slope[0]), theil_sen.UNIT) == median(by_pair)
    assert found.kendall_s.tolist() == [sum((one > 0) - (one < 0) for one in by_pair)]


def test_slopes_are_those_of_scipy() -> None:
    values = np.random.default_rng(3).integers(0, 1000, (20, 7))

    found = theil_sen.slopes(values, np.ones((20, 7), dtype=np.bool_))

    assert (found.slope / theil_sen.UNIT).tolist() == pytest.approx([theilslopes(row)[0] for row in values])


@pytest.mark.parametrize("count", [5, 6, 7])
def test_the_least_order_that_counts_is_that_of_all_orders(count: int) -> None:
    sums = [
        sum((b > a) - (b < a) for place, a in enumerate(order) for b in order[place + 1 :])
        for order in permutations(range(count))
    ]
    least = theil_sen.least_significant(count)

    by_chance = [sum(abs(one) >= limit for one in sums) / len(sums) for limit in (least, least - 2)]
    assert by_chance[0] <= 0.05 < by_chance[1]
