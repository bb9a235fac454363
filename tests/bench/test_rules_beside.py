"""Plain rules beside a model: all of them, limits of the past, and hindsight that none of them beats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.rules_beside import rules_beside
from ml.data.dataset import Dataset, FeatureList
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.splits import rolling_origins
from tests.support.plant_frames import FEATURES, POLICY, plant_dataset

CODES = FeatureList(
    ("since_error_a_h", "since_error_b_h", "since_error_c_h"),
    frozenset(),
    longest_window_s=6 * 3600,
    events={f"since_error_{code}_h": "since_error_*_h" for code in "abc"},
)


def codes() -> Dataset:
    """Code a comes 10 h before each failure, b at random, c on every second row."""
    rows = plant_dataset()
    left_h = np.full(len(rows), 1e6)
    for machine, at_us in zip(rows.failures.machine_ids, rows.failures.failed_us, strict=True):
        hours = (at_us - rows.scored_us) / 3.6e9
        left_h = np.where((rows.machine_ids == machine) & (hours > 0), np.minimum(left_h, hours), left_h)
    rng = np.random.default_rng(3)
    values = [np.where(left_h <= 10, 11 - left_h, np.nan), rng.integers(1, 400, len(rows)), np.arange(len(rows)) % 2]
    return replace(rows, values=np.column_stack(values), derived=None)


def test_each_feature_is_a_rule_and_hindsight_is_the_cheapest_of_all() -> None:
    rows = plant_dataset()
    origins = rolling_origins(rows, POLICY, POLICY.embargo_us(FEATURES.longest_window_s))

    found = rules_beside(rows, FEATURES, origins, POLICY)

    assert {rule.name for rule in found.rules} == {*FEATURES.names}
    hindsight = found.hindsight[1].cost
    assert hindsight <= found.rules[0].cost
    assert hindsight <= found.chosen.cost(POLICY.costs)


def test_sets_of_codes_are_among_them_and_the_code_that_announces_is_found() -> None:
    rows = codes()
    origins = rolling_origins(rows, POLICY, POLICY.embargo_us(CODES.longest_window_s))

    found = rules_beside(rows, CODES, origins, POLICY)

    assert {rule.name for rule in found.rules} == {*CODES.names, "since_error_*_h"}
    assert found.rules[0].name == "since_error_a_h"
    assert found.hindsight[0].startswith("since_error_a_h ")
    assert found.chosen.recall.hits == found.chosen.recall.total > 5


def test_the_lines_count_the_rules_that_cost_no_more_than_the_model() -> None:
    rows = codes()
    origins = rolling_origins(rows, POLICY, POLICY.embargo_us(CODES.longest_window_s))
    found = rules_beside(rows, CODES, origins, POLICY)
    held = rows.keep(np.logical_or.reduce([origin.test(rows) for origin in origins]))
    silent = EpisodeEvaluator(held, POLICY).evaluate(np.zeros(len(held), dtype=np.bool_))

    first, *others = found.lines(silent)

    assert first.startswith(f"the model: 0/{found.chosen.recall.total} caught, 0 false")
    cheap = sum(rule.cost <= silent.cost(POLICY.costs) for rule in found.rules)
    assert first.endswith(f"{cheap} of {len(found.rules)} plain rules cost as little or less")
    assert others[-1].startswith("  best in hindsight, since_error_a_h")
