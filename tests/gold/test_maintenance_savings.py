"""What alarms saved: hand-computed money, an interval from machines, and what must hold whatever the counts."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from expectations.plant.plant_profile import Costs
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_savings import MAINTENANCE_SAVINGS
from gold.maintenance_savings import MachineOutcome, Scored, build

AT = datetime(2026, 3, 1, tzinfo=UTC)
COUNTS = st.integers(0, 50)


def row(*machines: MachineOutcome) -> dict[str, Any]:
    found = build([Scored("v1", "batch", AT, AT, 10, 0.5, machines)])
    assert found.schema == arrow_schema(MAINTENANCE_SAVINGS)
    (one,) = found.to_pylist()
    return dict(one)


def test_the_published_twelve_failures_at_the_best_threshold() -> None:
    """11 of 12 caught, 18 calls in vain: $57,000 instead of $180,000, $123,000 saved."""
    found = row(MachineOutcome(Costs(), failures=12, caught=11, calls=29, vain_calls=18))

    assert (found["cost_cents"], found["without_alarms_cents"], found["savings_cents"]) == (
        5_700_000, 18_000_000, 12_300_000,
    )  # fmt: skip
    assert (found["failure_cost_cents"], found["repair_cost_cents"], found["false_alarm_cost_cents"]) == (
        1_500_000, 3_300_000, 900_000,
    )  # fmt: skip
    assert (found["savings_low_cents"], found["savings_high_cents"]) == (None, None)


def test_each_machine_has_the_prices_of_its_model() -> None:
    dear = replace(Costs(), missed_failure=40_000.0, false_alarm=0.1)

    found = row(MachineOutcome(Costs(), failures=1), MachineOutcome(dear, failures=1, caught=1, calls=3, vain_calls=3))

    assert found["without_alarms_cents"] == 5_500_000
    assert found["cost_cents"] == 1_500_000 + 300_000 + 30


def test_alarms_that_cost_more_than_they_save_lose_money() -> None:
    assert row(MachineOutcome(Costs(), calls=2, vain_calls=2))["savings_cents"] == -100_000


def test_an_intervention_costs_its_inspection_and_the_fraction_of_a_repair_that_the_policy_says() -> None:
    """Three alarms, two of them intervened, one confirmed: two calls in vain, an inspection, 2 x 0.1 x $3,000."""
    found = row(MachineOutcome(Costs(), 0, 0, 3, 3, 2, intervened=2, confirmed=1, repair_frac=0.1))

    assert (found["intervened_count"], found["confirmed_count"]) == (2, 1)
    assert (found["false_alarm_cost_cents"], found["intervention_cost_cents"]) == (100_000, 110_000)
    assert (found["cost_cents"], found["savings_cents"]) == (210_000, -210_000)


def test_the_interval_holds_every_draw_of_two_machines() -> None:
    """A machine that saves $12,000 and one that loses $500: drawn twice each, $24,000 and -$1,000."""
    found = row(MachineOutcome(Costs(), failures=1, caught=1), MachineOutcome(Costs(), calls=1, vain_calls=1))

    assert (found["savings_low_cents"], found["savings_high_cents"]) == (-100_000, 2_400_000)


@given(st.lists(st.tuples(COUNTS, COUNTS, COUNTS), min_size=2, max_size=6))
def test_amounts_add_up_and_the_interval_is_one(counts: list[tuple[int, int, int]]) -> None:
    machines = [
        MachineOutcome(Costs(), failures=missed + caught, caught=caught, calls=vain, vain_calls=vain)
        for missed, caught, vain in counts
    ]

    found, twice = row(*machines), row(*machines, *machines)

    assert found["savings_cents"] == 12_000_00 * sum(c for _, c, _ in counts) - 500_00 * sum(v for *_, v in counts)
    assert found["savings_low_cents"] <= found["savings_high_cents"]
    assert twice["savings_cents"] == 2 * found["savings_cents"]


def test_of_no_scores_there_is_no_row() -> None:
    assert build([]).num_rows == 0
