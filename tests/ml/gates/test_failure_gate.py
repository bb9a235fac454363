"""Gates: the table of verdicts, and that missing evidence outweighs every other answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.evaluation.ablation import Ablation
from ml.evaluation.alarm_counts import AlarmCounts
from ml.evaluation.block_frequency import BlockFrequency
from ml.evaluation.held_out import Evaluation, episode_evaluator
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.paired import Pair
from ml.evaluation.plain_rules import PlainRule
from ml.gates.failure_gate import (
    Verdict,
    at_least,
    challenger_gate,
    first_champion_gate,
    report,
    small_plant_gate,
    transfer_checks,
)
from ml.policy import Policy
from tests.support.event_outcomes import outcome
from tests.support.plant_frames import POLICY, plant_model

DEFAULT = Policy()
ENOUGH = 10_001


def evaluation() -> Evaluation:
    failure = plant_model().failure
    assert failure is not None
    return failure.evaluation


def evaluated(outcome: EventOutcome, never: float, always: float) -> Evaluation:
    return replace(evaluation(), outcome=outcome, never_cost=never, always_cost=always, blocks=())


@pytest.mark.parametrize(
    ("caught", "missed", "false_alarms", "verdict"),
    [
        (5, 0, 10, Verdict.PASS),
        (4, 0, 0, Verdict.INSUFFICIENT_DATA),
        (0, 5, 10, Verdict.FAIL),
        (5, 0, 90, Verdict.FAIL),
        (1, 3, 300, Verdict.INSUFFICIENT_DATA),
    ],
    ids=[
        "cheaper than both",
        "too few failures",
        "dearer than never alarming",
        "dearer than always alarming",
        "too few failures outweigh a bad cost",
    ],
)
def test_first_champion_verdicts(caught: int, missed: int, false_alarms: int, verdict: Verdict) -> None:
    tested = caught + missed
    given = evaluated(outcome(caught, missed, false_alarms), tested * 15_000.0, 50_000.0)

    found = first_champion_gate(given, None, DEFAULT)

    assert found.verdict is verdict
    assert found.is_promoted == (verdict is Verdict.PASS)


def test_first_champion_is_always_provisional() -> None:
    found = first_champion_gate(evaluated(outcome(60, 0, 0), 1e9, 1e9), None, DEFAULT)

    assert (found.verdict, found.is_provisional) == (Verdict.PASS, True)


def test_model_that_needs_no_sensor_passes_with_a_warning() -> None:
    better_without = Ablation(3, 2, outcome(8, 2, 10), outcome(9, 1, 10), 0.5, 0.6)

    found = first_champion_gate(evaluated(outcome(8, 2, 10), 150_000.0, 90_000.0), better_without, DEFAULT)

    assert found.verdict is Verdict.WARN
    assert found.is_promoted
    assert "a model without sensor data" in found.reasons[0]


def test_a_model_that_is_no_cheaper_than_a_plain_rule_is_not_needed() -> None:
    given = evaluated(outcome(5, 0, 10), 75_000.0, 50_000.0)
    rules = [PlainRule("heat", True, (61.0, 63.5), outcome(5, 0, 8), cost) for cost in (20_000.0, 20_000.5)]

    equal, cheaper = (first_champion_gate(given, None, DEFAULT, rules=[rule]) for rule in rules)

    assert (equal.verdict, cheaper.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert "plain rule heat >= 63.5: 20,000, must be below 20,000; set that limit" in equal.reasons[0]


@pytest.mark.parametrize(("false_alarms", "verdict"), [(520, Verdict.PASS), (521, Verdict.FAIL)])
def test_a_first_champion_has_a_budget_of_false_alarms(false_alarms: int, verdict: Verdict) -> None:
    """10 machine-years at one a week: 520."""
    found = first_champion_gate(evaluated(outcome(60, 0, false_alarms), 1e9, 1e9), None, DEFAULT)

    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("predicted", "known", "verdict"),
    [(140.0, 20, Verdict.PASS), (141.0, 20, Verdict.WARN), (69.0, 20, Verdict.WARN), (300.0, 19, None)],
    ids=["near", "too many", "too few", "too few failures known"],
)
def test_a_block_whose_probabilities_are_far_off_is_a_warning(
    predicted: float, known: int, verdict: Verdict | None
) -> None:
    found = transfer_checks([BlockFrequency(1_000, predicted, 100, known, 10)], DEFAULT)

    assert [each.verdict for each in found] == ([] if verdict is None else [verdict])


def test_random_flags_do_not_pass_the_first_gate() -> None:
    given = evaluation()
    flags = np.random.default_rng(0).random(len(given.flags)) < 0.02
    random_outcome = episode_evaluator(given.held_out.rows, POLICY).evaluate(flags)

    found = first_champion_gate(replace(given, outcome=random_outcome), None, POLICY)

    assert found.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("champion", "challenger", "verdict"),
    [
        ((45, 5, 20), (45, 5, 20), Verdict.FAIL),
        ((45, 5, 20), (48, 2, 20), Verdict.PASS),
        ((45, 5, 20), (46, 4, 20), Verdict.INSUFFICIENT_DATA),
        ((45, 5, 40), (45, 5, 20), Verdict.PASS),
        ((44, 5, 20), (44, 5, 20), Verdict.INSUFFICIENT_DATA),
        ((45, 5, 20), (42, 8, 0), Verdict.FAIL),
        ((45, 5, 20), (48, 2, 23), Verdict.WARN),
        ((45, 5, 40), (48, 2, 60), Verdict.FAIL),
        ((45, 5, 20), (48, 2, 22), Verdict.PASS),
        ((45, 5, 20), (45, 5, 21), Verdict.FAIL),
        ((10, 0, 0), (0, 10, 90), Verdict.INSUFFICIENT_DATA),
    ],
    ids=[
        "equal on 50 failures",
        "better",
        "better by one failure, which chance explains",
        "half the false alarms",
        "49 failures",
        "recall 6 points lower",
        "false alarms 1.15 times, by chance",
        "false alarms 1.5 times, though cheaper",
        "false alarms 1.10 times",
        "same recall, one more false alarm costs more",
        "clearly worse but on 10 failures",
    ],
)
def test_challenger_verdicts(
    champion: tuple[int, int, int], challenger: tuple[int, int, int], verdict: Verdict
) -> None:
    found = challenger_gate(Pair(outcome(*champion), outcome(*challenger)), ENOUGH, DEFAULT)

    assert found.verdict is verdict
    assert not found.is_provisional


@pytest.mark.parametrize(
    ("rows", "verdict"), [(10_000, Verdict.INSUFFICIENT_DATA), (10_001, Verdict.PASS)], ids=["10,000", "over 10,000"]
)
def test_a_challenger_needs_over_ten_thousand_new_normal_rows(rows: int, verdict: Verdict) -> None:
    better = Pair(outcome(45, 5, 20), outcome(48, 2, 20))

    found = challenger_gate(better, rows, DEFAULT)

    assert found.verdict is verdict
    assert challenger_gate(better, rows, replace(DEFAULT, minimum_normal_rows=rows - 1)).is_promoted


def test_the_forest_beside_a_failure_model_counts() -> None:
    same, forest = Pair(outcome(45, 5, 20), outcome(45, 5, 20)), at_least("forest", 1, 2)
    given = evaluated(outcome(5, 0, 10), 75_000.0, 50_000.0)

    reports = (
        first_champion_gate(given, None, DEFAULT, [forest]),
        challenger_gate(same, ENOUGH, DEFAULT, [forest]),
        small_plant_gate(same, same, ENOUGH, "A. Smith", DEFAULT, [forest]),
    )

    assert [found.verdict for found in reports] == [Verdict.FAIL] * 3
    assert all(forest.text in found.reasons for found in reports)


def test_documented_rule_alone_is_not_enough() -> None:
    """Two of 50 failures lost, 4 points of recall, for 49 calls in vain: $500 saved, which chance explains."""
    found = challenger_gate(Pair(outcome(47, 3, 49), outcome(45, 5, 0)), ENOUGH, DEFAULT)

    unsure = {check.name: check for check in found.checks if check.verdict is not Verdict.PASS}
    assert [*unsure] == ["saving_lower_bound"]
    assert found.verdict is Verdict.INSUFFICIENT_DATA
    assert "49 calls in vain were the champion's alone, 0 the challenger's; wait for more" in found.reasons[0]


def test_every_number_and_limit_is_in_the_report() -> None:
    found = challenger_gate(Pair(outcome(45, 5, 20), outcome(48, 2, 22)), ENOUGH, DEFAULT)

    numbers = {c.name: (round(c.value or 0.0, 6), round(c.limit or 0.0, 6)) for c in found.checks}

    bound, _ = numbers.pop("saving_lower_bound")
    assert 0 < bound < 3 * 12_000 - 2 * 500
    assert numbers == {
        "paired_failures": (50, 50),
        "normal_rows": (10_001, 10_000),
        "recall_difference": (0.06, -0.05),
        "false_alarms_per_machine_year": (2.2, 2.2),
        "saving": (3 * 12_000 - 2 * 500, 0),
    }


@pytest.mark.parametrize(
    ("old", "new", "rows", "person", "verdict"),
    [
        (3, 3, 10_001, "A. Smith", Verdict.PASS),
        (3, 4, 10_001, "A. Smith", Verdict.FAIL),
        (3, 3, 10_000, "A. Smith", Verdict.INSUFFICIENT_DATA),
        (3, 3, 10_001, None, Verdict.INSUFFICIENT_DATA),
    ],
    ids=["approved", "one more false alarm", "too few normal rows", "nobody said yes"],
)
def test_small_plant_verdicts(old: int, new: int, rows: int, person: str | None, verdict: Verdict) -> None:
    normal = Pair(outcome(0, 0, old), outcome(0, 0, new))
    everything = Pair(outcome(2, 1, old), outcome(2, 1, new))

    found = small_plant_gate(everything, normal, rows, person, DEFAULT)

    assert found.verdict is verdict
    assert found.approved_by == person


def test_small_plant_refuses_a_model_that_never_alarms() -> None:
    normal = Pair(outcome(0, 0, 3), outcome(0, 0, 0))
    everything = Pair(outcome(2, 1, 3), outcome(0, 3, 0))

    assert small_plant_gate(everything, normal, ENOUGH, "A. Smith", DEFAULT).verdict is Verdict.FAIL


def test_weightiest_verdict_wins() -> None:
    checks = [at_least("a", 1, 2), at_least("b", 1, 2, evidence=True), at_least("c", 2, 2)]

    assert report("any", checks, provisional=False).verdict is Verdict.INSUFFICIENT_DATA
    assert report("any", checks[:1], provisional=False).verdict is Verdict.FAIL
    assert report("any", checks[2:], provisional=False).verdict is Verdict.PASS


def answered(alarms: int, confirmed: int = 0) -> EventOutcome:
    """Five failures caught, and so many alarms more that ended by an intervention."""
    caught = outcome(5, 0, 0)
    return replace(caught, by_machine={"machine-0": AlarmCounts(5 + alarms, intervened=alarms, confirmed=confirmed)})


def test_alarms_that_ended_by_an_intervention_are_named_and_decide_nothing() -> None:
    without = first_champion_gate(evaluated(answered(0), 75_000.0, 50_000.0), None, DEFAULT)
    found = first_champion_gate(evaluated(answered(3, 1), 75_000.0, 50_000.0), None, DEFAULT)
    compared = challenger_gate(Pair(answered(0), answered(3, 1)), ENOUGH, DEFAULT)
    few = small_plant_gate(Pair(answered(2), answered(0)), Pair(answered(2), answered(0)), ENOUGH, "Ada", DEFAULT)

    assert "intervened" not in {check.name for check in without.checks}
    assert found.verdict is without.verdict
    texts = [check.text for gate in (found, compared, few) for check in gate.checks if check.name == "intervened"]
    assert [text.partition(";")[0] for text in texts] == [
        "alarms that ended by an intervention: 3, 1 confirmed",
        "alarms that ended by an intervention: 3, 1 confirmed, the champion's 0",
        "alarms that ended by an intervention: 0, 0 confirmed, the champion's 2",
    ]
