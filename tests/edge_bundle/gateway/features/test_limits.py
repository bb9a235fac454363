from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_bundle.format.pipeline import Limits
from edge_bundle.gateway.features.limits import STEPS_BOUND, step_limits

LIMIT = st.one_of(st.none(), st.floats(-1e9, 1e9))
RESOLUTION = st.sampled_from([0.0001, 0.001, 0.01, 0.1, 0.5, 1.0, 7.3])


def beyond(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


@given(LIMIT, LIMIT, RESOLUTION, st.integers(-3, 3))
def test_steps_are_judged_as_their_value_would_be(
    low: float | None, high: float | None, resolution: float, beside: int
) -> None:
    limits = Limits(minimum=low, maximum=high, warning_below=low, critical_above=high)
    judge = step_limits(limits, resolution)

    for edge in (low, high, 0.0):
        resolution_steps = round((edge or 0.0) / resolution) + beside
        value = resolution_steps * resolution
        assert judge.is_possible(resolution_steps) is not beyond(value, low, high)
        expected = 2 if beyond(value, None, high) else int(beyond(value, low, None))
        assert judge.level(resolution_steps) == expected


def test_no_limits_let_every_countable_value_pass() -> None:
    judge = step_limits(Limits(), 1.0)

    assert judge.is_possible(STEPS_BOUND - 1)
    assert judge.is_possible(-STEPS_BOUND)
    assert judge.level(STEPS_BOUND - 1) == 0


def test_limits_beyond_all_steps_are_no_limits() -> None:
    judge = step_limits(Limits(minimum=-1e300, maximum=1e300), 1e-6)

    assert judge.is_possible(STEPS_BOUND - 1)
    assert judge.is_possible(-STEPS_BOUND)
