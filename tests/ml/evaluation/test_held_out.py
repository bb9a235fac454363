"""Held-out evaluation: no block knows anything of its own future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.data.dataset import Dataset
from ml.evaluation.held_out import (
    choose_for_block,
    evaluate,
    held_out_margins,
    machines_left_out,
)
from ml.evaluation.splits import Origin, rolling_origins
from ml.models.calibration import UNCALIBRATED
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_dataset

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

    one = held_out_margins(dataset, origins[:1], PARAMS.failure)
    two = held_out_margins(changed, origins[:1], PARAMS.failure)

    assert one.margins.tobytes() == two.margins.tobytes()


def test_model_of_an_origin_does_not_see_the_embargo() -> None:
    dataset = plant_dataset()
    origin = origins_of(dataset)[0]
    changed = scrambled_after(dataset, origin.train_until_us)
    inside = origin.test(dataset)
    changed.values[inside] = dataset.values[inside]

    one = held_out_margins(dataset, (origin,), PARAMS.failure)
    two = held_out_margins(changed, (origin,), PARAMS.failure)

    assert one.margins.tobytes() == two.margins.tobytes()


def test_threshold_of_a_block_is_blind_to_the_block_and_what_follows() -> None:
    dataset = plant_dataset()
    origins = origins_of(dataset)
    held_out = held_out_margins(dataset, origins, PARAMS.failure)
    flipped = replace(
        held_out,
        margins=np.where(
            held_out.rows.scored_us > origins[2].train_until_us, -held_out.margins, held_out.margins
        ).astype(np.float32),
    )

    one, two = (choose_for_block(each, origins[2], POLICY) for each in (held_out, flipped))

    assert one == two
    assert one.source == "earlier blocks"


def test_first_block_goes_by_the_cost_formula() -> None:
    dataset = plant_dataset()
    origins = origins_of(dataset)

    first = choose_for_block(held_out_margins(dataset, origins, PARAMS.failure), origins[0], POLICY)

    assert (first.source, first.tuning_failures, first.calibrator) == (
        "cost formula",
        0,
        UNCALIBRATED,
    )


def test_every_failure_after_the_first_origin_is_tested_once() -> None:
    dataset = plant_dataset()
    origins = origins_of(dataset)

    evaluation = evaluate(held_out_margins(dataset, origins, PARAMS.failure), origins, POLICY)

    failed = dataset.failures.failed_us
    expected = failed > origins[0].test_from_us
    assert len(evaluation.outcome.caught) == int(expected.sum())


def test_a_signal_that_is_there_is_found() -> None:
    dataset = plant_dataset()
    origins = origins_of(dataset)

    evaluation = evaluate(held_out_margins(dataset, origins, PARAMS.failure), origins, POLICY)

    assert evaluation.rows.average_precision is not None
    assert evaluation.rows.average_precision > 0.6
    assert evaluation.outcome.recall.interval[0] > 0.6


def test_noise_alone_is_not_sold_as_a_model() -> None:
    dataset = plant_dataset()
    noise = np.random.default_rng(5).normal(size=dataset.values.shape)
    blind = replace(dataset, values=noise)
    origins = origins_of(blind)

    evaluation = evaluate(held_out_margins(blind, origins, PARAMS.failure), origins, POLICY)

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
