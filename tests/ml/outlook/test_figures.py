"""The interval's record in figures: a number where enough failures tried it, words where not."""

from __future__ import annotations

import pytest

from ml.outlook.figures import outlook_figures
from ml.outlook.fit import Coverage
from ml.policy import Policy
from ml.training.summary import summarise
from tests.support.plant_frames import plant_model

FRACTIONS = ("inside", "inside_low", "inside_high", "before", "after")


def test_figures_are_those_of_the_coverage_with_its_denominator() -> None:
    coverage = Coverage(rows=11_060, failures=7, before=0.12, after=0.14)

    found = outlook_figures(coverage, Policy())

    assert (found.rows, found.failures, found.why_unknown) == (11_060, 7, None)
    assert (found.inside, found.before, found.after) == (coverage.inside, 0.12, 0.14)
    assert (found.inside_low, found.inside_high) == coverage.bounds
    assert found.promised == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("failures", "why"),
    [
        (1, "only 1 failure followed the 900 later rows with an interval, 5 are needed"),
        (4, "only 4 failures followed the 900 later rows with an interval, 5 are needed"),
        (5, None),
    ],
)
def test_fewer_failures_than_a_champion_is_tested_on_give_words(failures: int, why: str | None) -> None:
    found = outlook_figures(Coverage(900, failures, 0.1, 0.1), Policy())

    assert (found.failures, found.why_unknown) == (failures, why)
    assert all((getattr(found, name) is None) == (why is not None) for name in FRACTIONS)


def test_an_interval_that_no_failure_tried_has_no_number() -> None:
    found = outlook_figures(None, Policy())

    assert (found.rows, found.failures) == (None, 0)
    assert found.why_unknown == "no failure followed a row of a later block with an interval"


def test_a_version_has_them_among_its_figures() -> None:
    model, found = plant_model(), summarise(plant_model()).failure
    assert model.failure is not None
    assert found is not None

    assert found.outlook == outlook_figures(model.failure.outlook.coverage, model.policy)
    assert found.outlook.inside is not None
