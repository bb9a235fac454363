"""Prices of storage in a profile: absent, given, refused."""

import tomllib

import pytest

from expectations.errors import ProfileError
from expectations.plant.file import PLANTS, parse_profile
from expectations.plant.plant_profile import StoragePrices

PROFILE = (PLANTS / "azure_pdm" / "profile.toml").read_text(encoding="utf-8")
GIVEN = "\n[storage]\nhot_usd_per_tb = 23\nwarm_usd_per_tb = 12.5\ncold_usd_per_tb = 6\n"


def storage(text: str) -> StoragePrices | None:
    return parse_profile(tomllib.loads(PROFILE + text), "here").storage


def test_a_profile_without_prices_has_none() -> None:
    assert storage("") is None


def test_ages_have_defaults_and_prices_have_none() -> None:
    prices = storage(GIVEN)

    assert prices == StoragePrices(7 * 86_400, 90 * 86_400, 23.0, 12.5, 6.0, None)
    assert prices is not None
    assert [prices.of_tier(tier) for tier in ("hot", "warm", "cold")] == [23.0, 12.5, 6.0]


def test_ages_and_a_budget_are_taken() -> None:
    prices = storage(GIVEN + 'hot = "2d"\nwarm = "30d"\nbudget_usd_per_month = 100\n')

    assert prices is not None
    assert (prices.hot_s, prices.warm_s, prices.budget_usd_per_month) == (2 * 86_400, 30 * 86_400, 100.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GIVEN.replace("cold_usd_per_tb = 6\n", ""), "missing key 'cold_usd_per_tb'"),
        (GIVEN.replace("= 23", "= -1"), "got a price or budget of -1; legal: 0 or more"),
        (GIVEN.replace("= 23", "= nan"), "got a price or budget of nan; legal: 0 or more"),
        (GIVEN + "budget_usd_per_month = inf\n", "got a price or budget of inf"),
        (GIVEN + 'hot = "91d"\n', "hot ends after warm; legal: hot at most as long as warm"),
        (GIVEN + "warm_price = 1\n", "warm_price"),
    ],
)
def test_prices_that_cannot_be_meant_are_refused(text: str, words: str) -> None:
    with pytest.raises(ProfileError) as refused:
        storage(text)

    assert words in str(refused.value)
