"""What the status says of the cost of storage, at and around its limits."""

import pytest

from jobs.status.facts import CostState
from jobs.status.messages.costs import cost_items


@pytest.mark.parametrize(
    ("costs", "keys"),
    [
        (CostState(100), [""]),
        (CostState(100, None, 100), [""]),
        (CostState(101, None, 100), ["storage_budget/month"]),
        (CostState(90, 101, 100), ["storage_budget/month"]),
        (CostState(100, 100, 100, 0.1), [""]),
        (CostState(100, 100, 100, -0.1001), ["", "storage_forecast/month"]),
        (CostState(101, 100, 100, 0.1001), ["storage_budget/month", "storage_forecast/month"]),
    ],
)
def test_a_person_is_needed_beyond_the_budget_and_a_tenth_off_the_forecast(costs: CostState, keys: list[str]) -> None:
    items = list(cost_items(costs))

    assert [item.key for item in items] == keys
    assert [item.needs_a_person for item in items] == [bool(key) for key in keys]


def test_the_line_says_cost_forecast_and_budget() -> None:
    (item,) = cost_items(CostState(123_456, 234_567, 300_000))

    assert item.text == "a month of storage costs 1,234.56 USD, 2,345.67 USD in 30 days; the budget is 3,000.00 USD"
