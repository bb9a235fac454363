"""Which scores are drawn for technicians, and what their answers say of all scores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gold.sample_draw import SampleRule, draw_number
from gold.sampled_answers import Drawn, estimates

AT = datetime(2026, 3, 1, tzinfo=UTC)
RULE = SampleRule(quiet_frac=0.01, request_frac=0.05, answer_hours=48.0)
MACHINES, HOURS = 20, 2000


def test_the_draw_is_that_of_the_hash_of_machine_and_time() -> None:
    """By hand: ``printf 'P1\\nnorth\\n2026-03-01T06:00:00+00:00' | sha256sum`` begins with 0a8e0e00ec48."""
    number = draw_number("P1", "north", AT + timedelta(hours=6))

    assert number == 0x0A8E0E00EC48 / 2**48
    assert number == draw_number("P1", "north", (AT + timedelta(hours=6)).astimezone())
    assert number != draw_number("P1", "south", AT + timedelta(hours=6))


def test_requests_and_other_scores_have_probabilities_of_their_own_and_late_ones_none() -> None:
    assert RULE.frac(AT, AT, is_requested=False) == 0.01
    assert RULE.frac(AT, AT + timedelta(hours=48), is_requested=True) == 0.05
    assert RULE.frac(AT, AT + timedelta(hours=49), is_requested=True) == 0.0
    assert RULE.frac(AT, None, is_requested=True) == 0.0


def drawn_scores(answered: float = 1.0) -> tuple[list[list[Drawn]], float, float]:
    """Drawn scores of 20 machines, and recall and precision of all: in a tenth of the hours there is a defect."""
    cells, counts = [], [0, 0, 0]
    for machine in range(MACHINES):
        cell = []
        for hour in range(HOURS):
            is_defect, is_alarm = hour % 100 < 10, hour % 100 >= 4 and hour % 100 < 12
            counts[0] += is_defect and is_alarm
            counts[1] += is_defect
            counts[2] += is_alarm
            frac = 0.5 if is_alarm else 0.1
            number = draw_number(f"M{machine}", "north", AT + timedelta(hours=hour))
            if number < frac:
                is_answered = is_alarm or draw_number("answer", str(machine), AT + timedelta(hours=hour)) < answered
                cell.append(Drawn(frac, is_alarm, is_alarm, is_defect if is_answered else None))
        cells.append(cell)
    return cells, counts[0] / counts[1], counts[0] / counts[2]


@pytest.mark.parametrize("answered", [1.0, 0.4])
def test_weighted_figures_are_those_of_all_scores_and_unweighted_ones_are_not(answered: float) -> None:
    """Three fifths of the quiet ones stay without an answer: those that have one represent them."""
    cells, recall, precision = drawn_scores(answered)

    found = estimates(cells)

    assert found["sampled_recall"] == pytest.approx(recall, abs=0.03)
    assert found["sampled_precision"] == pytest.approx(precision, abs=0.03)
    assert found["sampled_recall_low"] < recall < found["sampled_recall_high"]
    seen = [one for cell in cells for one in cell if one.is_defect]
    assert sum(one.is_alarm for one in seen) / len(seen) > recall + 0.2


def test_answers_of_one_machine_and_week_count_as_one() -> None:
    asked, quiet = Drawn(0.05, True, True, True), Drawn(0.01, False, False, False)

    apart = estimates([*([asked] for _ in range(8)), [quiet]])
    together = estimates([[asked] * 8, [quiet]])

    assert apart["sampled_recall"] == together["sampled_recall"] == 1.0
    # Wilson of 8 of 8 and of 1 of 1: 1 / (1 + z^2 / n).
    assert apart["sampled_recall_low"] == pytest.approx(0.6756, abs=5e-5)
    assert together["sampled_recall_low"] == pytest.approx(0.2065, abs=5e-5)


def test_what_nobody_looked_at_gives_no_figure() -> None:
    asked, quiet = Drawn(0.05, True, True, True), Drawn(0.01, False, False, None)

    found = estimates([[asked, quiet]])

    assert (found["sampled_count"], found["answered_count"]) == (2, 1)
    assert (found["sampled_recall"], found["sampled_precision"]) == (None, 1.0)
    within = estimates([[asked, replace(quiet, is_alarm=True)]])
    assert within["sampled_precision"] is None
    assert estimates([])["sampled_count"] == 0


def test_a_quiet_week_with_a_defect_has_a_recall_of_nothing() -> None:
    found = estimates([[Drawn(0.01, False, False, True)]])

    assert (found["sampled_recall"], found["sampled_precision"]) == (0.0, None)
