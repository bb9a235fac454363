"""Held-out evaluation: no block knows anything of its own future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.data.dataset import Dataset, build_dataset
from ml.evaluation.cross_fit import COST_FORMULA, CROSS_FITTED, choose, cross_fit
from ml.evaluation.held_out import evaluate, held_out_margins, machines_left_out
from ml.evaluation.splits import Origin, machine_folds, purged_folds, rolling_origins
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_dataset, plant_frames

EMBARGO_US = POLICY.embargo_us(FEATURES.longest_window_s)


def origins_of(dataset: Dataset) -> tuple[Origin, ...]:
    return rolling_origins(dataset, POLICY, EMBARGO_US)


def scrambled_after(dataset: Dataset, at_us: int) -> Dataset:
    """The same past, another future: features and labels after ``at_us`` are noise."""
    rng = np.random.default_rng(9)
    later = dataset.scored_us > at_us
    values, label = dataset.values.copy(), dataset.label.copy()
    values[later] = rng.normal(size=(int(later.sum()), values.shape[1]))
    label[later & dataset.labelled] = rng.integers(0, 2, int((later & dataset.labelled).sum()))
    return replace(dataset, values=values, label=label)


def test_margins_of_a_block_do_not_change_when_its_future_does() -> None:
    dataset = plant_dataset()
    origins = origins_of(dataset)[:2]
    changed = scrambled_after(dataset, origins[0].test_until_us)

    one = held_out_margins(dataset, origins[:1], PARAMS.failure, POLICY)
    two = held_out_margins(changed, origins[:1], PARAMS.failure, POLICY)

    assert one.margins.tobytes() == two.margins.tobytes()


def test_model_of_an_origin_does_not_see_the_embargo() -> None:
    dataset = plant_dataset()
    origin = origins_of(dataset)[0]
    changed = scrambled_after(dataset, origin.train_until_us)
    inside = origin.test(dataset)
    changed.values[inside] = dataset.values[inside]

    one = held_out_margins(dataset, (origin,), PARAMS.failure, POLICY)
    two = held_out_margins(changed, (origin,), PARAMS.failure, POLICY)

    assert one.margins.tobytes() == two.margins.tobytes()


def test_threshold_and_calibration_of_a_block_do_not_change_when_its_future_does() -> None:
    dataset = plant_dataset()
    origin = origins_of(dataset)[2]
    changed = scrambled_after(dataset, origin.train_until_us)

    one, two = (
        choose(held_out_margins(each, (origin,), PARAMS.failure, POLICY).boosters[0].fitted, POLICY)
        for each in (dataset, changed)
    )

    assert one.source == CROSS_FITTED
    assert (one.threshold, one.calibrator) == (two.threshold, two.calibrator)


@pytest.mark.parametrize("folds", [4, 7], ids=["by machine", "by time: more folds than machines"])
def test_cross_fitted_margins_are_those_of_boosters_that_the_row_did_not_train(folds: int) -> None:
    """Labels of one fold turned over change no margin of that fold, and margins of others."""
    dataset = plant_dataset()
    rows = dataset.keep(dataset.labelled)
    pairs = machine_folds(rows, folds) if folds == 4 else purged_folds(rows, folds, EMBARGO_US)
    mine = list(pairs)[1][1]
    turned = replace(rows, label=np.where(mine, 1 - rows.label, rows.label).astype(np.int8))

    one, two = (cross_fit(each, folds, EMBARGO_US, PARAMS.failure) for each in (rows, turned))

    assert (one.is_by_machine, len(one.rows)) == (folds == 4, len(rows))
    # By machine folds are the same for both; by time the turned labels move their edges.
    if folds == 4:
        assert one.margins[mine].tobytes() == two.margins[mine].tobytes()
    assert one.margins.tobytes() != two.margins.tobytes()


def test_stretches_of_time_are_an_embargo_apart_from_what_scores_them() -> None:
    dataset = plant_dataset()
    rows = dataset.keep(dataset.labelled)
    tested = np.zeros(len(rows), dtype=np.int64)

    for train, test in purged_folds(rows, 4, EMBARGO_US):
        distance = np.abs(rows.scored_us[train][:, None] - rows.scored_us[test][[0, -1]][None, :])
        tested += test
        assert distance.min() >= EMBARGO_US
        inside = (rows.scored_us > rows.scored_us[test][0]) & (rows.scored_us < rows.scored_us[test][-1])
        assert not (train & inside).any()

    assert (tested == 1).all()


def test_a_training_with_too_few_failures_goes_by_the_cost_formula_and_claims_little() -> None:
    dataset = plant_dataset()
    held_out = held_out_margins(dataset, origins_of(dataset)[:1], PARAMS.failure, POLICY)

    first = choose(held_out.boosters[0].fitted, replace(POLICY, minimum_tuning_failures=900, calibration_failures=900))

    assert (first.source, first.curve, first.calibrator.method) == (COST_FORMULA, None, "none")
    assert first.calibrator.probability_of(50.0) == (first.failures + 1) / (first.failures + 2)
    assert first.threshold == pytest.approx(np.log(0.04 / 0.96), abs=0.01)


def test_positives_predicted_for_later_blocks_are_near_those_observed() -> None:
    """Margins of boosters that knew a fraction of the failures gave 0.1 to 2.8 times as many on a simulated plant."""
    dataset = build_dataset(plant_frames(machines=12, days=90), FEATURES, POLICY)
    origins = origins_of(dataset)

    blocks = evaluate(held_out_margins(dataset, origins, PARAMS.failure, POLICY), origins, POLICY).blocks

    known = [each for each in blocks if each.failures_known >= POLICY.transfer_failures]
    assert len(known) >= 6
    assert all(POLICY.least_predicted_ratio <= (each.ratio or 0) <= POLICY.most_predicted_ratio for each in known)


def test_every_failure_after_the_first_origin_is_tested_once() -> None:
    dataset = plant_dataset()
    origins = origins_of(dataset)

    evaluation = evaluate(held_out_margins(dataset, origins, PARAMS.failure, POLICY), origins, POLICY)

    failed = dataset.failures.failed_us
    expected = failed > origins[0].test_from_us
    assert len(evaluation.outcome.caught) == int(expected.sum())


def test_a_signal_that_is_there_is_found() -> None:
    dataset = plant_dataset()
    origins = origins_of(dataset)

    evaluation = evaluate(held_out_margins(dataset, origins, PARAMS.failure, POLICY), origins, POLICY)

    assert evaluation.rows.average_precision is not None
    assert evaluation.rows.average_precision > 0.6
    assert evaluation.outcome.recall.interval[0] > 0.6


def test_noise_alone_is_not_sold_as_a_model() -> None:
    dataset = plant_dataset()
    noise = np.random.default_rng(5).normal(size=dataset.values.shape)
    blind = replace(dataset, values=noise)
    origins = origins_of(blind)

    evaluation = evaluate(held_out_margins(blind, origins, PARAMS.failure, POLICY), origins, POLICY)

    assert evaluation.rows.average_precision is not None
    assert evaluation.rows.average_precision < 0.2
    assert evaluation.outcome.precision.interval[0] < 0.2


def test_machines_left_out_are_all_judged() -> None:
    dataset = plant_dataset()

    outcome = machines_left_out(dataset, PARAMS.failure, POLICY, threshold=0.0)

    assert outcome is not None
    assert set(outcome.failures.machine_ids) == set(dataset.failures.machine_ids)


def test_report_on_machines_left_out_can_be_left_out() -> None:
    policy = replace(POLICY, machine_folds=0)

    assert machines_left_out(plant_dataset(), PARAMS.failure, policy, 0.0) is None
