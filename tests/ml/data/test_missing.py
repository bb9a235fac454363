"""Which missing windows are usual, and that batch and gateway answer alike."""

from dataclasses import replace

import numpy as np
import pytest

from edge_bundle.format.missing import MissingRule as DeviceRule
from ml.data.dataset import Dataset, Float64
from ml.data.failure_events import NO_EVENTS
from ml.data.missing import MAX_PATTERNS, can_be_scored, missing_rule

WINDOWS = np.array([0, 1, 2], dtype=np.int32)
NAN = np.nan


def rows(machines: dict[str, list[list[float]]]) -> Dataset:
    ids = [name for name, values in machines.items() for _ in values]
    values = np.array([row for values in machines.values() for row in values])
    return Dataset(np.array(ids), np.arange(len(ids)), values, np.zeros(len(ids), dtype=np.int8), NO_EVENTS)


def test_a_metric_that_a_machine_has_not_is_usual_and_an_outage_is_not() -> None:
    """Machine b has no third window; a lost two windows in one row of twenty."""
    whole, without, outage = [1.0, 1.0, 1.0, NAN], [1.0, 1.0, NAN, 1.0], [NAN, NAN, 1.0, 1.0]

    rule = missing_rule(rows({"a": [whole] * 19 + [outage], "b": [without] * 20}), WINDOWS)

    assert (rule.columns, rule.usual) == ((0, 1, 2), ((), (2,)))
    assert can_be_scored(rule, np.array([whole, without, outage])).tolist() == [True, True, False]


def test_a_column_that_is_no_window_does_not_matter() -> None:
    rule = missing_rule(rows({"a": [[1.0, 1.0, 1.0, 1.0]]}), WINDOWS)

    assert can_be_scored(rule, np.array([[1.0, 1.0, 1.0, NAN]])).all()


def test_a_row_without_any_window_is_never_scored() -> None:
    rule = missing_rule(rows({"a": [[NAN, NAN, NAN, 1.0]] * 5 + [[1.0, 1.0, 1.0, 1.0]] * 5}), WINDOWS)

    assert rule.usual == ((),)


def test_without_a_rule_every_row_is_scored() -> None:
    assert can_be_scored(None, np.full((3, 4), NAN)).all()


def test_the_sets_of_most_rows_are_those_that_a_rule_has() -> None:
    bits = [[NAN if number >> at & 1 else 1.0 for at in range(8)] for number in range(200)]
    machines = {f"m{number}": [row] * (2 if number < 60 else 1) for number, row in enumerate(bits)}

    rule = missing_rule(rows(machines), np.arange(8, dtype=np.int32))

    assert len(rule.usual) == MAX_PATTERNS
    assert all(can_be_scored(rule, np.array(bits[:60])))


@pytest.mark.parametrize("seed", range(5))
def test_the_device_scores_the_same_rows(seed: int) -> None:
    values: Float64 = np.random.default_rng(seed).choice([1.0, NAN], size=(300, 4), p=[0.6, 0.4])
    dataset = replace(rows({"a": [[1.0] * 4]}), machine_ids=np.array(["a"] * 300), values=values)
    rule = missing_rule(dataset, WINDOWS)
    device = DeviceRule(rule.columns, rule.usual)

    found = can_be_scored(rule, values)

    assert device.is_legal(4)
    assert 0 < found.sum() < 300
    assert [device.covers(row) for row in values.tolist()] == found.tolist()


@pytest.mark.parametrize(
    "rule",
    [
        DeviceRule((0, 4), ()), DeviceRule((-1,), ()), DeviceRule((1, 0), ()), DeviceRule((0, 0), ()),
        DeviceRule((0,), ((1,),)), DeviceRule((0, 1), ((1, 0),)), DeviceRule((0,), ((0,), (0,))),
    ],
    ids=["beyond", "below", "unordered", "twice", "unknown", "unordered set", "set twice"],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_not_legal(rule: DeviceRule) -> None:
    assert not rule.is_legal(4)
