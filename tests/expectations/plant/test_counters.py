"""Counters in a profile: what follows from their keys, and what is refused."""

from pathlib import Path

import pytest

from expectations.errors import ProfileError
from expectations.plant.plant_profile import CounterRule, Metric
from tests.support.frames import small_profile


def meter(folder: Path, keys: str) -> Metric:
    return small_profile(folder, f'\n[metrics.energy]\nunit = "kWh"\nresolution = 0.001\n{keys}\n').metric("energy")


def test_a_metric_is_no_counter_unless_the_profile_says_so(tmp_path: Path) -> None:
    assert meter(tmp_path, "").counter is None


def test_limits_that_a_counter_leaves_out_are_its_range(tmp_path: Path) -> None:
    found = meter(tmp_path, 'kind = "counter"\nrolls_over_at = 4294967296')

    assert found.counter == CounterRule(4294967296.0)
    assert (found.limits.minimum, found.limits.maximum) == (0, 4294967295.999)


def test_limits_that_the_profile_states_hold(tmp_path: Path) -> None:
    found = meter(tmp_path, 'kind = "counter"\nrolls_over_at = 1000\nminimum = 5\nmaximum = 900\nnoise = 0.5')

    assert (found.limits.minimum, found.limits.maximum) == (5, 900)
    assert found.counter == CounterRule(1000.0, 0.5)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('kind = "meter"', "kind = 'meter'; legal: value, counter"),
        ("rolls_over_at = 1000", 'rolls_over_at is a key of counters; add kind = "counter", or remove it'),
        ('kind = "value"\nnoise = 1', "noise is a key of counters"),
        ('kind = "counter"\nnoise = -1', "noise = -1.0; legal: a finite number above 0, or 0 for no noise"),
        ('kind = "counter"\nrolls_over_at = 0', "rolls_over_at = 0.0; legal: a finite number above 0"),
        ('kind = "counter"\nrolls_over_at = inf', "rolls_over_at = inf; legal: a finite number above 0"),
        ('kind = "counter"\nrolls_over_at = 0.0005', "rolls_over_at = 0.0005 is no multiple of resolution = 0.001"),
        ('kind = "counter"\nafter_reset = "one"', "after_reset = 'one'; legal: zero, unknown"),
        ('kind = "counter"\nminimum = -1', "minimum = -1.0 of a counter; legal: 0 or more, or left out"),
        ('kind = "counter"\nrolls_over_at = 10\nmaximum = 11', "maximum = 11.0 is above rolls_over_at = 10.0"),
        ('kind = "counter"\nrols_over_at = 10', "unknown key 'rols_over_at'"),
    ],
)
def test_what_contradicts_is_refused(tmp_path: Path, keys: str, words: str) -> None:
    with pytest.raises(ProfileError) as caught:
        meter(tmp_path, keys)

    assert words in str(caught.value)
