"""Residual columns: what a machine model predicts of its rows, learnt on healthy ones that were known by then."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from edge_bundle.format import bounds
from expectations.model_folder.derived import MAX_COEFFICIENT, Derived, DerivedColumn, LevelFit
from expectations.plant.residuals import MOST_PREDICTORS
from ml.data.dataset import Dataset
from ml.data.derived_rules import DerivedRule, DerivedRules
from ml.data.failure_events import FailureEvents
from ml.data.incidents import Incidents
from ml.errors import ArtifactError
from ml.gates.leaks import random_column_gain
from ml.models.derived import LEAST_ROWS, derived_columns, fit_derived
from ml.models.derived_booster import derived_of
from ml.models.failure_model import (
    FailureParams,
    best_rounds,
    load_booster,
    margins,
    model_bytes,
    row_contributions,
    train_failure_model,
)
from ml.models.pca import FARTHEST

HOUR_US = 3_600_000_000
RULES = DerivedRules((DerivedRule(1, ((0, 1), (0, 2))),), (2, 3), 24 * HOUR_US)
"""Heat by load and its square, for two machine models."""
ROUNDS_WITHOUT_GAIN = 5
PARAMS = FailureParams(rounds=20, max_depth=2, min_child_weight=1.0, gamma=0.0)


def plant(machines: int = 6, hours: int = 600, seed: int = 3) -> Dataset:
    """Load, heat and two machine models; heat follows from load, and rises above it for 30 h before a failure."""
    rng = np.random.default_rng(seed)
    names = np.repeat([f"m{number}" for number in range(machines)], hours)
    at = np.tile(np.arange(1, hours + 1), machines)
    load, model = rng.uniform(1, 9, len(at)), np.repeat(np.arange(machines) % 2, hours)
    failed = {f"m{number}": np.arange(150 + 20 * number, hours, 200) for number in range(machines)}
    following = np.concatenate(
        [np.append(times, 10**6)[np.searchsorted(times, at[:hours])] for times in failed.values()]
    )
    worn = np.clip(30 - (following - at), 0, None) * 0.1
    heat = np.where(model == 0, 20 + 3 * load, 50 + load + 0.5 * load**2) + rng.normal(0, 0.5, len(at)) + worn
    order = np.lexsort((names, at))
    pairs = [(name, hour) for name, times in failed.items() for hour in times.tolist()]
    return Dataset(
        machine_ids=names[order], scored_us=at[order] * HOUR_US,
        values=np.column_stack([load, heat, model == 0, model == 1]).astype(float)[order],
        label=((following - at > 0) & (following - at <= 24)).astype(np.int8)[order],
        failures=FailureEvents(
            np.array([name for name, _ in pairs]), np.array([hour for _, hour in pairs]) * HOUR_US, ("x",) * len(pairs)
        ),
        derived=RULES,
    )  # fmt: skip


def fitted(rows: Dataset) -> Derived:
    found = fit_derived(rows)
    assert found is not None
    return found


def test_each_machine_model_has_the_coefficients_it_was_made_with() -> None:
    first, second = fitted(plant()).columns[0].fits

    assert first is not None
    assert second is not None
    assert [first.intercept, *first.coefficients] == pytest.approx([20, 3, 0], abs=0.3)
    assert [second.intercept, *second.coefficients] == pytest.approx([50, 1, 0.5], abs=0.3)
    assert [first.scale, second.scale] == pytest.approx([0.5, 0.5], rel=0.1)


def test_columns_by_hand() -> None:
    column = DerivedColumn(1, (0, 0), (1, 2), (LevelFit(1.0, (2.0, 3.0), 0.5, 60), None))
    rows = np.array([[2.0, 18.0, 1, 0], [2.0, 18.0, 0, 1], [2.0, 18.0, 0, 0], [np.nan, 18.0, 1, 0], [0, -9e30, 1, 0]])

    found = derived_columns(Derived(4, (2, 3), (column,)), rows)

    # (18 - (1 + 2·2 + 3·4)) / 0.5; a level without a fit; no level; a predictor missing; far beyond.
    assert found.dtype == np.float32
    assert found[:, 0].tolist() == pytest.approx([2.0, np.nan, np.nan, np.nan, -1e6], nan_ok=True)


def test_failures_and_rows_that_come_later_change_no_bit() -> None:
    rows = plant()
    past = rows.keep(rows.scored_us <= 300 * HOUR_US)
    without = replace(past, failures=rows.failures.until(300 * HOUR_US))
    assert len(without.failures) < len(past.failures)

    assert fitted(past) == fitted(without)
    assert fitted(past) != fitted(rows)


def test_rows_near_a_failure_say_nothing_of_what_is_healthy() -> None:
    rows = plant()
    near = np.zeros(len(rows), dtype=np.bool_)
    for name, failed_us in zip(rows.failures.machine_ids, rows.failures.failed_us, strict=True):
        near |= (rows.machine_ids == name) & (np.abs(rows.scored_us - failed_us) <= 24 * HOUR_US)
    values = rows.values.copy()
    values[near, 1] = 1e6

    assert near.any()
    assert fitted(replace(rows, values=values)) == fitted(rows)


def test_too_few_healthy_rows_and_heat_that_load_explains_whole_give_no_fit() -> None:
    rows = plant()
    few = rows.keep((rows.values[:, 2] == 1) | (np.arange(len(rows)) < 2 * LEAST_ROWS - 2))
    exact = rows.values.copy()
    exact[:, 1] = 7.0

    first, second = fitted(few).columns[0].fits
    assert (first is None, second) == (False, None)
    assert fitted(replace(rows, values=exact)).columns[0].fits == (None, None)
    assert np.isnan(derived_columns(fitted(few), rows.values)[rows.values[:, 3] == 1]).all()


def test_a_term_that_never_changes_and_one_that_repeats_another_do_no_harm() -> None:
    rows = plant()
    values = np.column_stack([rows.values, np.full(len(rows), 5.0), rows.values[:, 0]])
    rules = replace(RULES, columns=(DerivedRule(1, ((0, 1), (4, 1), (5, 1))),))

    fit = fitted(replace(rows, values=values, derived=rules)).columns[0].fits[0]

    assert fit is not None
    assert fit.coefficients[1] == 0.0
    assert fit.coefficients[0] + fit.coefficients[2] == pytest.approx(3, abs=0.1)


def test_a_booster_carries_its_columns_and_takes_rows_of_features() -> None:
    rows = plant()
    booster = train_failure_model(rows, PARAMS)

    again = load_booster(model_bytes(booster))

    assert booster.num_features() == 5
    assert derived_of(again) == fitted(rows)
    assert margins(booster, rows.values).tobytes() == margins(again, rows.values).tobytes()
    assert model_bytes(train_failure_model(rows, PARAMS)) == model_bytes(booster)
    contributed = row_contributions(booster, rows.values)
    assert contributed.shape == (len(rows), 5)
    assert int(np.abs(contributed).mean(axis=0).argmax()) == 4


def test_rows_without_rules_have_the_bytes_they_had() -> None:
    rows = replace(plant(), derived=None)

    booster = train_failure_model(rows, PARAMS)

    assert (booster.attributes(), booster.num_features(), derived_of(booster)) == ({}, 4, None)


def test_constraints_random_columns_and_early_stopping_know_of_the_columns() -> None:
    rows = plant()
    bound = replace(PARAMS, constraints=(0, 1, 0, 0))
    half = rows.scored_us <= 300 * HOUR_US

    assert train_failure_model(rows, bound).num_features() == 5
    assert 0 <= random_column_gain(rows, bound) < 1
    assert 1 <= best_rounds(rows.keep(half), rows.keep(~half), replace(PARAMS, patience=ROUNDS_WITHOUT_GAIN)) <= 20


def test_rows_of_other_columns_have_what_their_columns_allow() -> None:
    rows = plant()

    turned = rows.columns(np.array([3, 1, 2, 0], dtype=np.int32))
    without = rows.columns(np.array([0, 2, 3], dtype=np.int32))

    assert turned.derived == replace(RULES, columns=(DerivedRule(1, ((3, 1), (3, 2))),), levels=(2, 0))
    assert fitted(turned).columns[0].fits == fitted(rows).columns[0].fits
    assert without.derived is None
    assert rows.columns(np.array([0, 1, 2], dtype=np.int32)).derived is None


def test_rows_near_a_known_incident_are_not_healthy_and_a_later_one_changes_nothing() -> None:
    rows = plant()
    known, later = (
        Incidents(np.array(["m0"]), np.array([at]) * HOUR_US, np.array([at + 30]) * HOUR_US, ("leak",))
        for at in (60, 700)
    )
    values = rows.values.copy()
    near = known.near(rows.machine_ids, rows.scored_us, RULES.margin_us)
    values[near, 1] = 1e6

    assert near.any()
    assert fitted(replace(rows, values=values, incidents=known)) == fitted(replace(rows, incidents=known))
    assert fitted(replace(rows, incidents=known)) != fitted(rows)
    assert fitted(replace(rows, incidents=later)) == fitted(rows)


def test_a_spread_that_no_bundle_takes_gives_no_fit() -> None:
    rows = plant()
    values = rows.values.copy()
    values[:, 1] = np.random.default_rng(1).normal(0, 5e12, len(rows))

    assert fitted(replace(rows, values=values)).columns[0].fits == (None, None)


def test_a_fit_of_many_predictors_needs_ten_rows_for_each_number() -> None:
    rng = np.random.default_rng(2)
    hours, loads = 370, rng.normal(size=(370, 9))
    rules = DerivedRules((DerivedRule(9, tuple((place, 1) for place in range(9))),), (), 24 * HOUR_US)
    rows = Dataset(
        machine_ids=np.repeat("m", hours), scored_us=np.arange(hours) * HOUR_US,
        values=np.column_stack([loads, loads.sum(axis=1) + rng.normal(size=hours)]),
        label=np.zeros(hours, dtype=np.int8), derived=rules,
        failures=FailureEvents(np.zeros(0, dtype=np.str_), np.zeros(0, dtype=np.int64), ()),
    )  # fmt: skip

    enough = rows.keep(np.arange(hours) < 100 + 24)
    few = rows.keep(np.arange(hours) < 99 + 24)

    found = fitted(enough).columns[0].fits[0]
    assert found is not None
    assert found.rows == 100
    assert fitted(few).columns[0].fits == (None,)


def test_limits_of_training_are_those_of_a_bundle() -> None:
    assert (MAX_COEFFICIENT, FARTHEST) == (bounds.MAX_COEFFICIENT, bounds.MAX_DEVIATION)
    assert MOST_PREDICTORS == bounds.MAX_PREDICTORS


def test_of_a_wide_table_only_the_columns_in_use_are_copied() -> None:
    rows = plant()
    wide = np.column_stack([rows.values, np.zeros((len(rows), 300))])
    dataset = replace(rows, values=wide)

    tracemalloc.start()
    derived = fitted(dataset)
    derived_columns(derived, wide)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert derived.columns == fitted(rows).columns
    assert most < wide.nbytes / 4


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda found: found.pop("levels"), "KeyError 'levels'"),
        (lambda found: found.update(n_features=7), "7 features and 1 columns, trees of 5"),
        (lambda found: found.update(levels=["2", 3]), "levels"),
        (lambda found: found.update(levels=[2, 2]), "a level twice"),
        (lambda found: found["columns"].clear(), "no column"),
        (lambda found: found["columns"][0].update(target=-1), "a column of features"),
        (lambda found: found["columns"][0].update(columns=[0, 4]), "a column of features"),
        (lambda found: found["columns"][0].update(powers=[1, 3]), "powers"),
        (lambda found: found["columns"][0]["fits"].pop(), "a fit that is none"),
        (lambda found: found["columns"][0]["fits"][0]["coefficients"].pop(), "a fit that is none"),
        (lambda found: found["columns"][0]["fits"][0].update(scale=0.0), "a fit that is none"),
        (lambda found: found["columns"][0]["fits"][0].update(intercept=float("nan")), "a fit that is none"),
        (lambda found: found["columns"][0]["fits"][0].update(scale="1"), "a fit that is none"),
    ],
)
def test_a_damaged_attribute_is_refused(change: Callable[[dict[str, Any]], object], why: str) -> None:
    booster = load_booster(carried())
    found = json.loads(booster.attr("derived"))
    change(found)
    booster.set_attr(derived=json.dumps(found))

    with pytest.raises(ArtifactError, match=f"attribute derived of a booster is damaged .*{why}"):
        margins(booster, plant().values)


def test_a_booster_that_lost_its_columns_and_rows_of_other_features_are_refused() -> None:
    booster = load_booster(carried())

    with pytest.raises(ArtifactError, match="rows of 3 features have 4 columns, the booster splits 5"):
        margins(booster, plant().values[:, :3])
    booster.set_attr(derived=None)
    with pytest.raises(ArtifactError, match="rows of 4 features have 4 columns, the booster splits 5"):
        margins(booster, plant().values)


@lru_cache(maxsize=1)
def carried() -> bytes:
    return model_bytes(train_failure_model(plant(), PARAMS))
