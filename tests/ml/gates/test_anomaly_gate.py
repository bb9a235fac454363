"""The anomaly gate: a budget that later rows can break, and a forest that must not step back behind the champion's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml.candidates.anomaly_model import AnomalyModel
from ml.evaluation.by_chance import Chance
from ml.evaluation.metrics import Proportion
from ml.evaluation.paired import Pair
from ml.gates.anomaly_gate import anomaly_gate, beside_champion, budget_check, forest_checks
from ml.gates.failure_gate import Verdict
from ml.policy import Policy
from tests.support.event_outcomes import outcome
from tests.support.plant_frames import plant_model

DEFAULT = Policy()
SEES = Chance(Proportion(10, 20), expected=0.1, upper=0.2)
"""A champion's forest that catches more than chance would."""


def model(rows: int, episodes: int) -> AnomalyModel:
    """Judged over 10 machine-years; the budget allows 120 episodes there."""
    found = plant_model().anomaly
    assert found is not None
    evaluated = outcome(0, 0, episodes)
    return replace(found, trained_rows=rows - 2, choosing_rows=1, tested_rows=1, tested=evaluated)


@pytest.mark.parametrize(
    ("rows", "episodes", "verdict"),
    [
        (2_560, 120, Verdict.PASS),
        (2_559, 120, Verdict.INSUFFICIENT_DATA),
        (9_999, 121, Verdict.WARN),
        (9_999, 139, Verdict.FAIL),
    ],
    ids=["within the budget", "too few rows", "beyond it by chance", "beyond it"],
)
def test_anomaly_model_verdicts(rows: int, episodes: int, verdict: Verdict) -> None:
    found = anomaly_gate(model(rows, episodes), DEFAULT)

    assert found.verdict is verdict
    assert found.is_promoted == (verdict in (Verdict.PASS, Verdict.WARN))


def test_what_the_threshold_was_chosen_by_changes_no_verdict() -> None:
    on_its_own_rows = replace(model(9_999, 139), choosing_alarms_per_machine_year=0.0)

    assert anomaly_gate(on_its_own_rows, DEFAULT).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("episodes", "verdict"),
    [(1, Verdict.PASS), (2, Verdict.WARN), (3, Verdict.WARN), (4, Verdict.FAIL)],
    ids=["one", "two", "three", "four"],
)
def test_on_little_time_the_budget_is_broken_by_more_than_chance_only(episodes: int, verdict: Verdict) -> None:
    """1.2 episodes are allowed in a tenth of a year: three or more have a chance of 0.12, four or more of 0.03."""
    check = budget_check("alarms", outcome(0, 0, episodes, machine_years=0.1), DEFAULT)

    assert check.verdict is verdict
    assert f"{episodes} raised or repeated in 0.1 machine-years" in check.text


@pytest.mark.parametrize(
    ("caught", "alarms", "rows", "verdict"),
    [
        (10, 100, 10_001, [Verdict.PASS] * 3),
        (10, 120, 10_001, [Verdict.PASS] * 3),
        (10, 121, 10_001, [Verdict.PASS, Verdict.PASS, Verdict.FAIL]),
        (8, 100, 10_001, [Verdict.PASS, Verdict.FAIL, Verdict.PASS]),
        (10, 100, 10_000, [Verdict.INSUFFICIENT_DATA, Verdict.PASS, Verdict.PASS]),
    ],
    ids=["equal", "more but within the budget", "beyond the budget", "blinder", "too few new rows"],
)
def test_forest_beside_a_failure_model(caught: int, alarms: int, rows: int, verdict: list[Verdict]) -> None:
    everything = Pair(outcome(10, 10, 100), outcome(caught, 20 - caught, alarms))
    normal = Pair(outcome(0, 0, 100), outcome(0, 0, alarms))

    found = forest_checks(everything, normal, rows, DEFAULT, lambda: SEES)

    assert [check.verdict for check in found] == verdict


@pytest.mark.parametrize(
    ("caught", "upper", "verdict"),
    [(8, 0.49, Verdict.FAIL), (8, 0.5, Verdict.WARN), (8, 0.9, Verdict.WARN), (10, 0.9, Verdict.PASS)],
    ids=["a champion that sees", "one as good as chance", "one that alarms nearly always", "nothing lost"],
)
def test_recall_is_not_lost_where_chance_explains_the_champions(caught: int, upper: float, verdict: Verdict) -> None:
    pair = Pair(outcome(10, 10, 100), outcome(caught, 20 - caught, 100))
    chance = Chance(Proportion(10, 20), expected=0.4, upper=upper)

    check = forest_checks(pair, pair, 10_001, DEFAULT, lambda: chance)[1]

    assert check.verdict is verdict
    assert ("the champion's forest has 10/20" in check.text) == (verdict is Verdict.WARN)


def test_a_champions_forest_beyond_the_budget_allows_a_tenth_more_than_its_own() -> None:
    def verdict(alarms: int) -> Verdict:
        normal = Pair(outcome(0, 0, 200), outcome(0, 0, alarms))
        return forest_checks(normal, normal, 10_001, DEFAULT, lambda: SEES)[2].verdict

    assert (verdict(220), verdict(221)) == (Verdict.PASS, Verdict.FAIL)


def test_a_forest_beyond_the_budget_is_refused_only_where_the_one_in_force_raises_fewer() -> None:
    def verdict(old: int, new: int) -> Verdict:
        check = budget_check("alarms", outcome(0, 0, new), DEFAULT)
        return beside_champion(check, Pair(outcome(0, 0, old), outcome(0, 0, new))).verdict

    assert budget_check("alarms", outcome(0, 0, 300), DEFAULT).verdict is Verdict.FAIL
    assert [verdict(299, 300), verdict(300, 300), verdict(900, 300)] == [Verdict.FAIL, Verdict.WARN, Verdict.WARN]


def test_a_forest_within_its_budget_passes_whatever_the_one_in_force_raises() -> None:
    few = budget_check("alarms", outcome(0, 0, 1), DEFAULT)

    assert few.verdict is Verdict.PASS
    assert beside_champion(few, Pair(outcome(0, 0, 0), outcome(0, 0, 1))) == few
