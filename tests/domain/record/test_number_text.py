"""Numbers as people write them: by example, and by what they were written from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.record.number_text import DECIMALS, THOUSANDS, NumberForm
from expectations.mapping.csv_rule import NumberRule


@pytest.mark.parametrize(
    ("rule", "text", "found"),
    [
        (NumberRule(",", "."), "1.450", "1450"),
        (NumberRule(",", "."), "-1.234.567,89", "-1234567.89"),
        (NumberRule(",", "."), "1450,5", "1450.5"),
        (NumberRule(",", "."), "21.5", None),
        (NumberRule(",", "."), "1.45.000", None),
        (NumberRule(",", "."), "0.234", None),
        (NumberRule(".", ","), "-0,234", None),
        (NumberRule(".", " "), "00 234", None),
        (NumberRule(".", ","), "0234.5", "0234.5"),
        (NumberRule(","), "1.450", None),
        (NumberRule(","), ",5", ".5"),
        (NumberRule(",", " "), "1\u202f450,5", "1450.5"),
        (NumberRule(".", "'"), "1\u2019450.5", "1450.5"),
        (NumberRule(".", ","), "1,450.5e3", "1450.5e3"),
        (NumberRule(strip=("<", "C", "*")), "<0.5", "0.5"),
        (NumberRule(strip=("<", "C", "*")), "21.5 C", "21.5"),
        (NumberRule(strip=("<", "C", "*")), "* 21.5 **", "21.5"),
        (NumberRule(strip=("<", "C", "*")), "C", None),
        (NumberRule(strip=("<", "C", "*")), "21.5 F", None),
        (NumberRule(strip=("\u00b0C", "\u00b0")), "21.5\u00b0C", "21.5"),
        (NumberRule(strip=(".", "a b")), "21.5a b", "21.5"),
        (NumberRule(), "0x1F", None),
        (NumberRule(), "", None),
    ],
)
def test_a_number_of_a_form(rule: NumberRule, text: str, found: str | None) -> None:
    assert NumberForm(rule).plain(text) == found


@given(st.integers(-(10**12), 10**12), st.integers(0, 999), st.sampled_from(DECIMALS), st.sampled_from(THOUSANDS))
def test_a_number_that_was_written_by_a_rule_is_read_back(whole: int, part: int, decimal: str, thousands: str) -> None:
    if decimal == thousands:
        return
    text = f"{whole:,}".replace(",", thousands) + f"{decimal}{part:03}"

    assert NumberForm(NumberRule(decimal, thousands)).plain(text) == f"{whole}.{part:03}"
