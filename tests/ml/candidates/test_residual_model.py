"""Residual models of a plant: which columns they use, which rows they score, and when there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_bundle.format.bounds import MAX_RESIDUAL_COLUMNS
from edge_bundle.format.missing import MissingRule
from ml.candidates.residual_model import MOST_COLUMNS, ResidualModel, fit_residuals
from ml.data.dataset import Dataset
from ml.data.failure_events import NO_EVENTS
from ml.data.missing import can_be_scored
from ml.errors import TooLittleDataError
from ml.models.pca import load_projection

COLUMNS = 5


def rows_of(machines: int = 3, rows: int = 200, columns: int = COLUMNS, seed: int = 2) -> Dataset:
    """Healthy rows of machines whose columns hang together."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(machines * rows, 2)) @ rng.normal(size=(2, columns))
    return Dataset(
        machine_ids=np.repeat([f"m{number}" for number in range(machines)], rows),
        scored_us=np.tile(np.arange(rows, dtype=np.int64) * 3_600_000_000, machines),
        values=hidden + 0.1 * rng.normal(size=hidden.shape),
        label=np.zeros(machines * rows, dtype=np.int8),
        failures=NO_EVENTS,
    )


def fitted(rows: Dataset) -> tuple[ResidualModel, ResidualModel]:
    return fit_residuals(rows, np.arange(rows.values.shape[1], dtype=np.int32))


def test_t2_and_q_are_two_models_of_one_set_of_components() -> None:
    t2, q = fitted(rows_of())

    assert [(each.entry.name, each.entry.kind) for each in (t2, q)] == [
        ("residual_t2", "pca-t2"),
        ("residual_q", "pca-q"),
    ]
    assert len(t2.projection.axes) + len(q.projection.axes) == COLUMNS
    assert t2.components == len(t2.projection.axes) == 2
    assert 0.95 <= t2.explained_frac < 1
    assert not t2.flags(rows_of().values).any()


def test_a_broken_relation_is_seen_by_q_where_every_value_is_usual() -> None:
    rows = rows_of()
    _, q = fitted(rows)
    broken = rows.values.copy()
    broken[:, 0] = np.roll(broken[:, 0], 57)

    limit = float(np.quantile(q.score(rows.values), 0.999))

    assert (q.score(broken) > limit).mean() > 0.8


def test_a_column_that_a_machine_lacks_is_left_out_so_that_all_its_rows_are_scored() -> None:
    rows = rows_of()
    rows.values[rows.machine_ids == "m1", 3] = np.nan
    rows.values[5, 0] = np.nan

    t2, q = fitted(rows)

    assert t2.projection.columns.tolist() == q.projection.columns.tolist() == [0, 1, 2, 4]
    unscored = ~can_be_scored(t2.missing, rows.values)
    assert np.flatnonzero(unscored).tolist() == [5]
    assert np.array_equal(np.isnan(q.score(rows.values)), unscored)
    assert MissingRule(q.missing.columns, q.missing.usual).is_legal(COLUMNS)


def test_its_file_scores_as_it_does() -> None:
    rows = rows_of()
    _, q = fitted(rows)

    (content,) = q.files().values()

    assert load_projection(content).scores(rows.values).tobytes() == q.score(rows.values).tobytes()
    assert list(q.files()) == list(q.entry.files)


@pytest.mark.parametrize("rows", [rows_of(columns=MOST_COLUMNS + 1), rows_of(columns=1)], ids=["too many", "one"])
def test_a_plant_that_carries_none_says_why(rows: Dataset) -> None:
    with pytest.raises(TooLittleDataError, match="columns"):
        fitted(rows)


def test_the_device_takes_as_many_columns_as_training_makes() -> None:
    assert MOST_COLUMNS == MAX_RESIDUAL_COLUMNS


def test_a_threshold_is_reached_at_its_value() -> None:
    rows = rows_of()
    t2, _ = fitted(rows)
    highest = float(t2.score(rows.values).max())

    assert t2.at(highest).flags(rows.values).sum() == 1
    assert replace(t2, threshold=highest).thresholds()[0].value == highest
