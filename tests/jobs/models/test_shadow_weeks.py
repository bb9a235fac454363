"""Two versions on the same matured weeks: by hand, on rows as `gold.model_performance` has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from jobs.models.registered.weeks import in_shadow, side_by_side, words_of

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
Known = dict[tuple[str, str], list[dict[str, Any]]]


def week(number: int, **changes: Any) -> dict[str, Any]:
    known = {
        "period_start_at": MONDAY + timedelta(weeks=number), "matured_frac": 1.0, "score_count": 1000,
        "event_count": 6, "caught_count": 4, "too_late_count": 1, "false_count": 2, "exposure_machine_years": 0.5,
        "cost_cents": 100_000,
    }  # fmt: skip
    return known | changes


def test_the_sums_are_of_the_weeks_that_count_for_both() -> None:
    known: Known = {
        ("a", "batch"): [week(0), week(1), week(2), week(3), week(4, matured_frac=0.5)],
        ("b", "shadow"): [
            week(1, caught_count=5, false_count=1),
            week(2, caught_count=6, score_count=951),
            week(3, score_count=949),
            week(4),
        ],
    }

    found = side_by_side(known, "a", "b")

    assert found is not None
    one, other, left_out = found
    assert one.weeks == other.weeks == (date(2026, 3, 9), date(2026, 3, 16))
    assert left_out == (date(2026, 3, 23), date(2026, 3, 30))
    assert (one.source, one.event_count, one.caught_count, one.false_count) == ("batch", 12, 8, 4)
    assert (other.source, other.event_count, other.caught_count, other.false_count) == ("shadow", 12, 11, 3)
    assert words_of(found) == [
        "  on the same 2 matured weeks, 2026-03-09 to 2026-03-16, 2 more left out:",
        "    a (batch): 8 of 12 failures announced in time, 4 false alarms (4.0 a machine-year), cost 2,000 USD",
        "    b (shadow): 11 of 12 failures announced in time, 3 false alarms (3.0 a machine-year), cost 2,000 USD",
    ]


def test_weeks_of_other_failures_do_not_count_and_few_failures_are_no_figure_to_act_on() -> None:
    known: Known = {
        ("a", "batch"): [week(0, event_count=5), week(1)],
        ("b", "shadow"): [week(0), week(1, cost_cents=None)],
    }

    found = side_by_side(known, "a", "b")

    assert found is not None
    assert "1 more left out; fewer than 10 failures, no figure to act on" in words_of(found)[0]
    assert (found[0].cost_cents, found[1].cost_cents) == (100_000, None)


def test_without_a_week_in_common_nothing_is_compared() -> None:
    assert side_by_side({("a", "batch"): [week(0)], ("b", "shadow"): [week(1)]}, "a", "b") is None
    assert side_by_side({("a", "batch"): [week(0)]}, "a", "b") is None
    assert in_shadow({("a", "batch"): [week(0)]}, "a") is None
