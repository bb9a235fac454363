"""Which parameters a training takes: those whose alarms cost least in its own past, whatever comes later."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np

from ml.data.dataset import Dataset
from ml.evaluation.booster_choice import BoosterChoice, IsOver, Past, choose_boosters, never
from ml.evaluation.cross_fit import choose, cross_fit
from ml.evaluation.splits import Origin, rolling_origins
from ml.models.booster_alternatives import ALTERNATIVES, MOST_ALTERNATIVES, options
from ml.models.failure_model import FailureParams
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_dataset

GOOD = PARAMS.failure
BLIND = replace(GOOD, rounds=1, max_depth=1, min_child_weight=1e6)
"""No split has so many rows on each side: every row gets the same margin."""
FEW = replace(POLICY, calibration_folds=2)


def origins() -> tuple[Origin, ...]:
    rows = plant_dataset()
    return rolling_origins(rows, POLICY, POLICY.embargo_us(FEATURES.longest_window_s))[1:3]


def chosen(
    rows: Dataset, offered: tuple[FailureParams, ...], is_over: IsOver = never, policy: object = FEW
) -> tuple[BoosterChoice, ...]:
    assert isinstance(policy, type(FEW))
    pasts = [Past.of(rows, each) for each in origins()]
    return choose_boosters(rows, pasts, offered, policy, is_over=is_over)


def test_the_cheaper_is_taken_in_every_past_whatever_its_place() -> None:
    for offered in ((BLIND, GOOD), (GOOD, BLIND)):
        for past, each in zip(origins(), chosen(plant_dataset(), offered), strict=True):
            by_params = {one.params: one for one in each.tried}
            good, blind = by_params[GOOD].cost, by_params[BLIND].cost

            assert good is not None
            assert blind is not None
            assert good < blind
            assert each.offered == GOOD
            rows = plant_dataset().keep(past.past(plant_dataset()))
            own = cross_fit(rows, FEW.calibration_folds, past.embargo_us, GOOD)
            assert each.fitted.margins.tobytes() == own.margins.tobytes()
            curve = choose(own, FEW).curve
            assert curve is not None
            assert (good, by_params[GOOD].caught) == (curve.best.cost, curve.best.caught)


def test_no_row_after_the_past_has_a_say() -> None:
    """Labels turned and features of noise behind it change neither choice nor margins, though they would the winner."""
    rows = plant_dataset()
    (first, _), last_us = origins(), origins()[0].train_until_us
    is_later = rows.scored_us > last_us
    noise = np.random.default_rng(1).normal(size=rows.values.shape)
    other = replace(
        rows,
        label=np.where(is_later & rows.labelled, 1 - rows.label, rows.label).astype(np.int8),
        values=np.where(is_later[:, None], noise, rows.values),
    )

    one, two = (choose_boosters(each, [Past.of(each, first)], (BLIND, GOOD), FEW)[0] for each in (rows, other))

    assert (one.offered, one.tried) == (two.offered, two.tried)
    assert one.fitted.margins.tobytes() == two.fitted.margins.tobytes()


def test_of_equal_ones_the_simplest_is_taken_and_of_the_same_the_stated() -> None:
    deeper = replace(BLIND, max_depth=4)

    assert {each.offered for each in chosen(plant_dataset(), (deeper, BLIND))} == {BLIND}
    assert [each.offered for each in chosen(plant_dataset(), (GOOD, GOOD))] == [GOOD, GOOD]


def test_where_failures_are_too_few_to_price_the_stated_are_taken() -> None:
    many = replace(FEW, minimum_tuning_failures=1000)

    for each in chosen(plant_dataset(), (BLIND, GOOD), policy=many):
        assert each.offered == BLIND
        assert [one.cost for one in each.tried] == [None, None]


def test_what_is_not_through_when_the_time_is_over_does_not_count() -> None:
    """Three options in two pasts; the time is over in the second past of the third option."""
    asked = count()

    found = chosen(plant_dataset(), (BLIND, BLIND, GOOD), is_over=lambda: next(asked) >= 3)

    assert [len(each.tried) for each in found] == [2, 2]
    assert {each.offered for each in found} == {BLIND}
    assert next(asked) == 4


def test_where_the_time_is_over_at_once_it_is_as_if_nothing_had_been_offered() -> None:
    alone = chosen(plant_dataset(), (GOOD,))
    found = chosen(plant_dataset(), (GOOD, BLIND), is_over=lambda: True)

    assert [(each.offered, each.tried) for each in found] == [(each.offered, each.tried) for each in alone]


def test_alternatives_differ_from_the_stated_and_from_each_other_in_nothing_but_depth_and_pace() -> None:
    stated = FailureParams(rounds=100, gamma=0.3, seed=5, alternatives=MOST_ALTERNATIVES)
    found = options(stated)

    assert len(set(found)) == len(found) == MOST_ALTERNATIVES + 1
    assert {replace(one, max_depth=1, eta=1.0, rounds=1) for one in found} == {
        replace(stated, alternatives=0, max_depth=1, eta=1.0, rounds=1)
    }
    assert options(replace(stated, alternatives=2)) == found[:3]
    assert options(replace(stated, alternatives=0)) == (replace(stated, alternatives=0),)
    assert found[1].max_depth == 3


def test_what_is_stated_already_is_no_alternative() -> None:
    """A plant that starts from one of the list has the starting values of all others among its alternatives."""
    usual = FailureParams()
    shallow = options(replace(usual, alternatives=1))[1]

    found = options(replace(shallow, alternatives=MOST_ALTERNATIVES))

    assert (shallow.max_depth, shallow.rounds) == (3, 50)
    assert found[0] == shallow
    assert len(set(found)) == len(found) == len(set(ALTERNATIVES)) == MOST_ALTERNATIVES + 1
    assert set(found) == set(options(replace(usual, alternatives=MOST_ALTERNATIVES)))
