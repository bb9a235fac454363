"""Power: disturbances of known size in healthy stretches, and models whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.data.dataset import NO_LABEL, Dataset, FeatureList, Float64, Mask
from ml.data.failure_events import NO_EVENTS
from ml.data.metric_columns import MetricColumns, metric_columns
from ml.evaluation.disturbances import usual
from ml.evaluation.power import Found, measure_power, stretches
from ml.policy import US_PER_HOUR, Policy

HEAT = MetricColumns("heat", np.array([0]), np.array([1]))
LOAD = MetricColumns("load", np.array([2]), np.array([], dtype=np.int64))
METRICS = (HEAT, LOAD)


def rows(days: int = 4, machines: int = 2) -> Dataset:
    """Hourly rows: heat is twice the load, which alternates between 9 and 11; the deviation of heat is 1 always."""
    hours = np.arange(days * 24)
    load = np.where(hours % 2 == 0, 9.0, 11.0)
    values = np.column_stack([2 * load, np.ones(len(hours)), load])
    return Dataset(
        machine_ids=np.repeat([f"m{number}" for number in range(machines)], len(hours)).astype(np.str_),
        scored_us=np.tile(hours * US_PER_HOUR, machines),
        values=np.tile(values, (machines, 1)),
        label=np.full(len(hours) * machines, NO_LABEL, dtype=np.int8),
        failures=NO_EVENTS,
    )


def found(flags: object, policy: Policy = Policy()) -> dict[str, Found]:  # noqa: B008 (frozen)
    return {each.kind: each for each in measure_power(rows(), rows(), METRICS, flags, policy)}  # type: ignore[arg-type] # any function of rows


def hot(values: Float64) -> Mask:
    """Heat is above 25: it is 18 or 22, and 24 to 28 or 12 to 16 three deviations off."""
    return np.asarray(values[:, 0] > 25, dtype=np.bool_)


def still(values: Float64) -> Mask:
    return np.asarray(values[:, 1] == 0, dtype=np.bool_)


def unlike(values: Float64) -> Mask:
    """Heat is twice the load in every healthy row."""
    return np.asarray(np.abs(values[:, 0] - 2 * values[:, 2]) > 1e-9, dtype=np.bool_)


def blind(values: Float64) -> Mask:
    return np.zeros(len(values), dtype=np.bool_)


def test_a_blind_model_finds_nothing_of_anything() -> None:
    answer = found(blind)

    assert {kind: (each.found.hits, each.found.total) for kind, each in answer.items()} == {
        "shift": (0, 16), "stuck": (0, 8), "relation": (0, 16),
    }  # fmt: skip
    assert answer["shift"].unseen == ("heat", "load")


def test_a_limit_on_heat_finds_the_shifts_of_heat_upwards_and_no_others() -> None:
    """8 stretches of each metric, up and down in turns: 4 of the 8 of heat."""
    shift = found(hot)["shift"]

    assert (shift.found.hits, shift.found.total) == (4, 16)
    assert (shift.unseen, shift.metrics) == (("load",), 2)


def test_only_a_metric_with_a_deviation_can_be_seen_to_be_stuck() -> None:
    stuck = found(still)["stuck"]

    assert (stuck.found.hits, stuck.found.total, stuck.metrics) == (8, 8, 1)


def test_a_relation_that_breaks_is_seen_by_a_model_of_the_relation_alone() -> None:
    """Of 95 rows the one 47 later has the other load, and behind the end, where it goes round, the same load."""
    keep = np.ones(len(rows()), dtype=np.bool_)
    keep[[0, 96]] = False

    answer = {each.kind: each for each in measure_power(rows(), rows().keep(keep), METRICS, unlike, Policy())}

    assert (answer["relation"].found.hits, answer["relation"].found.total) == (8, 16)
    assert found(hot)["relation"].found.hits == 0


def test_what_is_flagged_already_is_no_place_for_a_disturbance() -> None:
    def always(values: Float64) -> Mask:
        return np.ones(len(values), dtype=np.bool_)

    assert [each.found.total for each in found(always).values()] == [0, 0, 0]


def test_more_stretches_than_asked_are_thinned_evenly_over_the_metrics() -> None:
    shift = found(hot, Policy(power_trials=20, power_hours=1.0))["shift"]

    assert (shift.found.total, shift.metrics) == (20, 2)


def test_metrics_that_are_not_related_have_no_relation_to_break() -> None:
    assert found(hot, Policy(power_relation=1.0 + 1e-9))["relation"].found.total == 0


@pytest.mark.parametrize("size", [1.0, 10.0])
def test_usual_values_do_not_depend_on_the_unit_but_for_the_deviation(size: float) -> None:
    one = usual(rows(1, 1).values * size, METRICS)

    assert one.deviation == pytest.approx([2 * size * np.sqrt(24 / 23), size * np.sqrt(24 / 23)])
    assert one.relation == pytest.approx([1.0, 1.0])


def test_a_constant_has_no_relation_and_is_not_disturbed() -> None:
    values = rows(1, 1).values.copy()
    values[:, 2] = 10.0

    assert np.isnan(usual(values, METRICS).relation).all()
    assert usual(values, METRICS).deviation[1] == 0.0


def test_a_stretch_is_a_day_of_one_machine_and_has_few_rows_of_a_fast_rig() -> None:
    day = stretches(rows(2, 2), Policy())
    fast = replace(rows(4, 1), scored_us=np.arange(96) * 1_000_000)

    assert [len(each) for each in day] == [24, 24, 24, 24]
    assert [len(each) for each in stretches(fast, Policy())] == [24]


def test_columns_of_a_metric_follow_what_the_features_say() -> None:
    names = ("t_max_3h", "t_mean_3h", "t_mean_24h", "t_dev_3h", "t_share_3h", "age")
    statistics = ("maximum", "mean", "mean", "deviation", "warning_share")
    measured = {name: ("t", statistic) for name, statistic in zip(names, statistics, strict=False)}

    (metric,) = metric_columns(FeatureList(names, frozenset(names[:5]), 3600, measured=measured))

    assert (metric.levels.tolist(), metric.changes.tolist()) == ([1, 2, 0], [3])


def test_features_that_nobody_explains_are_metrics_of_their_own() -> None:
    (metric,) = metric_columns(FeatureList(("a", "b"), frozenset({"b"}), 3600))

    assert (metric.metric, metric.levels.tolist(), len(metric.changes)) == ("b", [1], 0)
