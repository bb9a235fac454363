"""Rounds are chosen on the newest training rows alone, an embargo away from those of the trial booster."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xgboost as xgb
from sklearn.metrics import log_loss

from ml.data.dataset import Dataset
from ml.evaluation.held_out import held_out_margins
from ml.evaluation.splits import rolling_origins
from ml.models.early_stopping import VALIDATED, inner_split, with_best_rounds
from ml.models.failure_model import FailureParams, train_failure_model
from tests.support.plant_frames import FEATURES, HOUR_US, POLICY, plant_dataset

EMBARGO_US = 30 * HOUR_US
ROUNDS_WITHOUT_GAIN = 10
MANY = FailureParams(rounds=120, max_depth=6, eta=0.3, min_child_weight=1.0, gamma=0.0, patience=ROUNDS_WITHOUT_GAIN)


def labelled() -> Dataset:
    rows = plant_dataset()
    return rows.keep(rows.labelled)


def loss(rows: Dataset, older: Dataset, rounds: int) -> float:
    booster = train_failure_model(older, replace(MANY, rounds=rounds))
    return float(log_loss(rows.label, booster.predict(xgb.DMatrix(rows.matrix))))


def test_the_parts_are_an_embargo_apart_and_the_newer_holds_the_newest_failures() -> None:
    rows = labelled()

    older, newer = inner_split(rows, EMBARGO_US)

    assert rows.scored_us[newer].min() - rows.scored_us[older].max() >= EMBARGO_US
    assert rows.scored_us[newer].max() == rows.scored_us.max()
    positives = int((rows.label == 1).sum())
    assert int((rows.label[newer] == 1).sum()) == pytest.approx(
        VALIDATED * positives, abs=6
    )  # of one time, six machines


def test_the_rounds_are_those_of_the_least_loss_on_the_newer_rows() -> None:
    rows = labelled()
    older, newer = (rows.keep(mask) for mask in inner_split(rows, EMBARGO_US))

    rounds = with_best_rounds(rows, MANY, EMBARGO_US).rounds

    assert 1 < rounds < MANY.rounds
    found = {number: loss(newer, older, number) for number in (rounds - 1, rounds, rounds + 1, MANY.rounds)}
    assert min(found, key=lambda number: found[number]) == rounds


def test_the_booster_has_exactly_these_rounds_and_nothing_to_cut_off() -> None:
    rows = labelled()
    own = with_best_rounds(rows, MANY, EMBARGO_US)

    booster = train_failure_model(rows, own)

    assert booster.num_boosted_rounds() == own.rounds
    assert "best_iteration" not in booster.attributes()


def test_no_held_out_row_has_a_say() -> None:
    rows, policy = plant_dataset(), replace(POLICY, calibration_folds=2)
    origins = rolling_origins(rows, policy, policy.embargo_us(FEATURES.longest_window_s))[:1]
    is_later = rows.scored_us > origins[0].train_until_us
    other = replace(rows, label=np.where(is_later & rows.labelled, 1 - rows.label, rows.label).astype(np.int8))

    one, two = (held_out_margins(each, origins, MANY, policy) for each in (rows, other))

    assert one.margins.tobytes() == two.margins.tobytes()
    assert one.boosters[0].fitted.margins.tobytes() == two.boosters[0].fitted.margins.tobytes()


def test_nothing_changes_where_nobody_asks_or_a_part_lacks_a_class() -> None:
    rows = labelled()

    assert with_best_rounds(rows, replace(MANY, patience=0), EMBARGO_US).rounds == MANY.rounds
    assert with_best_rounds(rows, MANY, int(np.ptp(rows.scored_us))) == MANY
    assert with_best_rounds(rows.keep(rows.label == 0), MANY, EMBARGO_US) == MANY
