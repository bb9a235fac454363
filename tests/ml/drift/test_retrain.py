"""When drift starts a training: enough features, a model that aged, and no training just before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ml.drift.retrain import RetrainRule, retrain_answer

RULE = RetrainRule(2, timedelta(days=14))
UNTIL = date(2026, 3, 15)  # the window ends at midnight after it
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
TWO = ("heat", "noise")


@pytest.mark.parametrize(
    ("drifting", "trained_at", "is_due"),
    [
        (TWO, LONG_AGO, True),
        (TWO, datetime(2026, 3, 2, tzinfo=UTC), True),
        (TWO, datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC), False),
        (TWO, datetime(2026, 4, 1, tzinfo=UTC), False),
        (TWO, None, False),
        (TWO[:1], LONG_AGO, False),
        ((), LONG_AGO, False),
    ],
    ids=["due", "cool-down just over", "within it", "trained after it", "no model", "one feature", "none"],
)
def test_a_training_is_due(drifting: tuple[str, ...], trained_at: datetime | None, is_due: bool) -> None:
    assert retrain_answer(drifting, UNTIL, trained_at, RULE).is_due is is_due


def test_the_reason_names_what_drifts_and_until_when() -> None:
    many = [f"f{number}" for number in range(7)]

    reason = retrain_answer(many, UNTIL, LONG_AGO, RULE).reason

    assert reason == "drift until 2026-03-15 of f0, f1, f2, f3, f4 and 2 more"


def test_a_refusal_says_why() -> None:
    within = retrain_answer(TWO, UNTIL, datetime(2026, 3, 5, tzinfo=UTC), RULE).reason

    assert within == "the last training, 2026-03-05, is less than 14 days before 2026-03-15"
    assert retrain_answer(TWO, None, LONG_AGO, RULE).reason == "nothing drifts"


def test_a_week_that_was_worse_starts_a_training_without_drift_and_within_the_same_cool_down() -> None:
    missed = ("1 failure missed in the week of 2026-03-09",)

    alone = retrain_answer((), UNTIL, LONG_AGO, RULE, missed)
    both = retrain_answer(TWO, UNTIL, LONG_AGO, RULE, missed)

    assert (alone.is_due, alone.reason) == (True, missed[0])
    assert both.reason == f"drift until 2026-03-15 of heat, noise; {missed[0]}"
    assert not retrain_answer((), UNTIL, datetime(2026, 3, 5, tzinfo=UTC), RULE, missed).is_due
