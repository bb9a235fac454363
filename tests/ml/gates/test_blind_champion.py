"""A challenger beside a champion whose alarms tell nothing of failures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ml.evaluation.by_chance import Chance
from ml.evaluation.metrics import Proportion
from ml.evaluation.paired import Pair
from ml.gates.blind_champion import beside_blind
from ml.gates.failure_gate import GateReport, Verdict, challenger_gate
from ml.policy import Policy
from tests.support.event_outcomes import outcome

DEFAULT, ENOUGH = Policy(), 10_001
BUDGET = round(10 * DEFAULT.false_alarms_per_machine_year)
"""False alarms of a first champion that `outcome` allows, in its 10 machine-years."""

SEES = Chance(Proportion(20, 60), expected=0.1, upper=0.2)
BY_CHANCE = Chance(Proportion(0, 60), expected=0.0, upper=0.0)
PERIODIC = Chance(Proportion(60, 60), expected=0.2, upper=1.0)
"""A champion that sees failures which come at regular intervals."""


def asked(champion: tuple[int, int, int], challenger: tuple[int, int, int], chance: Callable[[], Chance]) -> GateReport:
    pair = Pair(outcome(*champion), outcome(*challenger))
    return beside_blind(challenger_gate(pair, ENOUGH, DEFAULT), chance, DEFAULT)


@pytest.mark.parametrize(
    ("champion", "challenger", "chance", "verdict"),
    [
        ((0, 60, 0), (50, 10, BUDGET), BY_CHANCE, Verdict.WARN),
        ((0, 60, 0), (50, 10, BUDGET + 1), BY_CHANCE, Verdict.FAIL),
        ((20, 40, 2), (50, 10, 40), SEES, Verdict.FAIL),
        ((60, 0, 5_000), (50, 10, 40), BY_CHANCE, Verdict.WARN),
        ((60, 0, 5_000), (50, 10, 40), SEES, Verdict.FAIL),
        ((60, 0, 5_000), (50, 10, 40), PERIODIC, Verdict.FAIL),
        ((0, 60, 0), (0, 60, 40), BY_CHANCE, Verdict.FAIL),
    ],
    ids=[
        "one that raises nothing",
        "more false alarms than a first champion may raise",
        "one that sees",
        "one that alarms all the time",
        "one that alarms all the time and sees",
        "one that sees regular failures",
        "a challenger that is blind as well",
    ],
)
def test_a_champion_that_sees_nothing_is_no_measure(
    champion: tuple[int, int, int], challenger: tuple[int, int, int], chance: Chance, verdict: Verdict
) -> None:
    found = asked(champion, challenger, lambda: chance)

    assert found.verdict is verdict
    assert found.is_promoted == (verdict is Verdict.WARN)
    assert any("tell nothing of failures here" in check.text for check in found.checks) == (
        verdict is Verdict.WARN or challenger[0] == 0
    )


def test_chance_is_not_asked_where_it_decides_nothing() -> None:
    def never() -> Chance:
        raise AssertionError

    assert asked((45, 5, 40), (48, 2, 20), never).verdict is Verdict.PASS
    assert asked((45, 5, 20), (45, 5, 20), never).verdict is Verdict.FAIL
