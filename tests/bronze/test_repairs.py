"""What a rule of a repair does, and how it is named."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bronze.repairs import Rule

AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (Rule(scale=Decimal("0.01")), 73.15),
        (Rule(scale=Decimal(0), offset=Decimal(20)), 20.0),
        (Rule(offset=Decimal("-0.15")), 7314.85),
    ],
)
def test_a_value_is_scaled_and_moved_as_a_decimal_number(rule: Rule, value: float) -> None:
    assert rule.repaired({"measured_at": AT, "value": 7315.0, "unit": "C"})["value"] == value


@pytest.mark.parametrize(
    ("seconds", "text"), [(86_400, "86400s"), (1_234_567.5, "1234567.5s"), (1_234_568, "1234568s")]
)
def test_the_rule_says_every_digit_of_its_shift(seconds: float, text: str) -> None:
    """The repair is named by it: another shift is another repair."""
    assert str(Rule(shift=timedelta(seconds=seconds))) == f"--shift {text}"
