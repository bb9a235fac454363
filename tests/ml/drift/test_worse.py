"""What got worse: at and around each limit, and not by chance alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ml.drift.worse import WeekFigures, WorseRule, worse

RULE = WorseRule(1.5, 1, 0.8)
USUAL = WeekFigures(date(2026, 3, 2), 20, 20, 0, 10, 1.0, 4.8)
WEEK = replace(USUAL, begins=date(2026, 3, 9))


@pytest.mark.parametrize(
    ("week", "found"),
    [
        (WEEK, ()),
        (replace(WEEK, missed=1), ("1 failure missed in the week of 2026-03-09",)),
        (replace(WEEK, missed=2), ("2 failures missed in the week of 2026-03-09",)),
        (
            replace(WEEK, false_alarms=15, false_alarms_low=10.1),
            ("15.0 false alarms per machine-year in the week of 2026-03-09, 10.0 before",),
        ),
        (replace(WEEK, false_alarms=15, false_alarms_low=10.0), ()),
        (replace(WEEK, false_alarms=14, false_alarms_low=10.1), ()),
        (replace(WEEK, caught=15), ("recall 75% in the week of 2026-03-09, 100% before",)),
        (replace(WEEK, caught=16), ()),
        (replace(WEEK, events=9, caught=0), ()),
        (replace(WEEK, machine_years=0.0, false_alarms_low=99.0), ()),
    ],
    ids=["as before", "missed", "two missed", "half more", "chance", "less than half more", "recall", "just enough",
         "few events", "no exposure"],
)  # fmt: skip
def test_a_week_is_worse_beyond_a_limit(week: WeekFigures, found: tuple[str, ...]) -> None:
    assert worse(week, [USUAL, USUAL], RULE) == found


def test_the_first_week_has_nothing_before_it() -> None:
    assert worse(replace(WEEK, caught=0, false_alarms=90, false_alarms_low=72.0), [], RULE) == ()
