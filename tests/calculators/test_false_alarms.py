"""False alarms: published cases with their errors, hand-computed ones, and what must hold for any case."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators import false_alarms
from calculators.arithmetic import number
from calculators.building import build, changed
from calculators.case_file import load_shipped
from calculators.errors import CalculationError
from calculators.false_alarms import AlarmCase

RARE, THREE = load_shipped("alarms", "rare_events"), load_shipped("alarms", "three_stages")
SHARES = st.fractions(0, 1)


def calculate(case: AlarmCase) -> Any:
    """The result, whose fractions compare with whole numbers."""
    return false_alarms.calculate(case)


def small(*stages: tuple[str, str], **more: object) -> AlarmCase:
    """100 machines, 1,000 checks and 2 events each a year."""
    listed = [
        {"name": f"s{place}", "sensitivity_frac": sensitivity, "specificity_frac": specificity}
        for place, (sensitivity, specificity) in enumerate(stages)
    ]
    base = {"machines_count": 100, "checks_per_machine_year": 1000, "events_per_machine_year": 2}
    made: AlarmCase = build(AlarmCase, {**base, "stages": listed, **more})
    return made


def test_the_published_sensors() -> None:
    found = calculate(RARE.case)
    sharper = calculate(changed(RARE.case, RARE.what_ifs[0].changes))

    assert (found.false_per_year, sharper.false_per_year) == (182_500, 3_650)
    assert (found.true_per_year, found.missed_per_year) == (950, 50)
    assert found.precision_frac == Fraction(950, 950 + 182_500)


def test_the_published_three_stages() -> None:
    """Published: 3.15 million checks at 100 ms; a year has 315.36 million. After two stages 3,150, after three 1.5."""
    found = calculate(THREE.case)

    assert [round(stage.false_per_year, 2) for stage in found.stages] == [31_536_000, number("3153.6"), number("1.58")]
    assert [stage.reduced_by_number for stage in found.stages] == [10, 10_000, 2_000]
    assert found.sensitivity_frac == number("0.9405")
    assert calculate(changed(THREE.case, THREE.what_ifs[0].changes)).false_per_year == 315_360


def test_alarms_by_hand() -> None:
    """1,000 checks x 0.1 x 0.02 = 2 a machine; 200 events x 0.9 x 0.5 = 90 true."""
    found = calculate(small(("0.9", "0.9"), ("0.5", "0.98")))

    assert (found.false_per_machine_year, found.false_per_year) == (2, 200)
    assert (found.true_per_year, found.missed_per_year) == (90, 110)
    assert found.precision_frac == Fraction(90, 290)
    assert found.base_rate_frac == Fraction(2, 1002)
    assert found.verdict == "REFUSED: more than tolerated"


def test_the_inverse_by_hand() -> None:
    """One false alarm in 1,000 checks a year: specificity 0.999."""
    assert calculate(small(("1", "0.9"))).needed_specificity_frac == number("0.999")
    assert calculate(small(("1", "0.9"), wanted_per_machine_year=5000)).needed_specificity_frac == 0


def test_a_perfect_stage_has_no_factor_and_no_alarm_no_precision() -> None:
    found = calculate(small(("0", "1")))

    assert (found.stages[0].reduced_by_number, found.precision_frac, found.verdict) == (None, None, "tolerated")


@pytest.mark.parametrize(
    ("key", "value"),
    [("machines_count", 0), ("checks_per_machine_year", 0), ("events_per_machine_year", -1),
     ("wanted_per_machine_year", -1)],
)  # fmt: skip
def test_what_cannot_be_is_refused(key: str, value: object) -> None:
    with pytest.raises(CalculationError, match=rf"{key}: got .*; legal: .*; correct the "):
        small(("1", "1"), **{key: value})


@pytest.mark.parametrize("stage", [("1.01", "0.9"), ("0.9", "-0.1")])
def test_shares_beyond_0_and_1_are_refused(stage: tuple[str, str]) -> None:
    with pytest.raises(CalculationError, match="legal: a number at least 0 and at most 1"):
        small(stage)


@given(wanted=st.fractions(Fraction(1, 100), 1000))
def test_the_inverse_gives_the_wanted_number(wanted: Fraction) -> None:
    needed = calculate(small(("1", "0"), wanted_per_machine_year=wanted)).needed_specificity_frac

    found = calculate(small(("1", str(needed)), wanted_per_machine_year=wanted))
    assert found.false_per_machine_year == wanted
    assert found.verdict == "tolerated"


@given(specificity=SHARES, better=SHARES)
def test_a_more_specific_stage_never_raises_more(specificity: Fraction, better: Fraction) -> None:
    low, high = sorted((specificity, better))

    assert calculate(small(("1", str(high)))).false_per_year <= calculate(small(("1", str(low)))).false_per_year


@given(first=SHARES, second=SHARES, factor=st.integers(1, 500))
def test_alarms_scale_with_machines_and_stages_commute(first: Fraction, second: Fraction, factor: int) -> None:
    one = calculate(small(("1", str(first)), ("1", str(second))))
    turned = calculate(small(("1", str(second)), ("1", str(first)), machines_count=100 * factor))

    assert turned.false_per_year == one.false_per_year * factor
    assert turned.specificity_frac == one.specificity_frac
