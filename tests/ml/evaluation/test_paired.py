"""Paired comparison: the same failures, or none."""

from __future__ import annotations

import pytest

from ml.errors import LeakError
from ml.evaluation.paired import Pair
from tests.support.event_outcomes import outcome


def test_other_failures_are_not_a_pair() -> None:
    with pytest.raises(LeakError, match="same rows"):
        Pair(outcome(3, 0, 0), outcome(2, 0, 0))


def test_other_time_under_watch_is_not_a_pair() -> None:
    with pytest.raises(LeakError, match="same rows"):
        Pair(outcome(3, 0, 0, machine_years=1.0), outcome(3, 0, 0, machine_years=2.0))
