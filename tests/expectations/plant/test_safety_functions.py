"""Safety functions of a profile: given, left out, refused."""

import tomllib
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from expectations.errors import ProfileError
from expectations.plant.file import PLANTS, parse_profile
from expectations.plant.safety import SafetyFunction

PROFILE = (PLANTS / "azure_pdm" / "profile.toml").read_text(encoding="utf-8")
# The published reactor: nine parts of together 1.891 s, 8 s until the dangerous state.
GIVEN = """
[[safety]]
function_id = "SIF-12"
machine_id = "R1"
factory_id = "north"
sil = 2
process_safety_time_s = 8
proof_test_interval = "365d"
parts = { a = 0.5, b = 0.05, c = 0.01, d = 0.05, e = 0.001, f = 0.05, g = 0.01, h = 0.02, valve_stroke = 1.2 }
"""


def functions(text: str) -> tuple[SafetyFunction, ...]:
    return parse_profile(tomllib.loads(PROFILE + text), "here").safety


def test_a_profile_without_functions_has_none() -> None:
    assert functions("") == ()


def test_the_budget_is_the_exact_sum_of_its_parts() -> None:
    (found,) = functions(GIVEN)

    assert found.place == ("R1", "north", "SIF-12")
    assert (found.budget_s, found.limit_s) == (Decimal("1.891"), Decimal(4))
    assert (found.proof_test_s, found.partial_stroke_s, found.in_service_since) == (365 * 86_400, None, None)


def test_what_may_be_left_out_is_taken() -> None:
    more = 'allowed_frac = 0.25\npartial_stroke_interval = "30d"\nin_service_since = 2026-01-01T00:00:00Z\n'

    (found,) = functions(GIVEN + more)

    assert (found.limit_s, found.partial_stroke_s) == (Decimal(2), 30 * 86_400)
    assert found.in_service_since == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GIVEN.replace("= 8\n", "= 0\n"), "process_safety_time_s = 0; legal: a number above 0"),
        (GIVEN.replace("= 8\n", "= nan\n"), "process_safety_time_s = nan; legal: a number above 0"),
        (GIVEN.replace("h = 0.02", "h = -0.02"), "h = -0.02; legal: a number above 0"),
        (GIVEN.replace("h = 0.02", "h = inf"), "h = inf; legal: a number above 0"),
        (GIVEN + "allowed_frac = 1.01\n", "allowed_frac = 1.01; legal: above 0, at most 1"),
        (GIVEN + "allowed_frac = nan\n", "allowed_frac = nan; legal: a number above 0"),
        (GIVEN.replace("sil = 2", "sil = 5"), "sil = 5; legal: 1, 2, 3 or 4"),
        (GIVEN.partition("parts")[0], "got no part; legal: seconds by part"),
        (GIVEN + GIVEN, "function 'SIF-12' of machine 'R1' again"),
        (GIVEN.replace("365d", "a year"), "proof_test_interval"),
        (GIVEN + "interval = 1\n", "interval"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, words: str) -> None:
    with pytest.raises(ProfileError) as refused:
        functions(text)

    assert words in str(refused.value)
