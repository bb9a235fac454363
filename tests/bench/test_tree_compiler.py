from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from bench.tree_compiler import check_close, compiled_margins, interpreted_margins, is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="no tree compiler for this machine")


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(400, 6)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    return rows


@pytest.fixture(scope="module")
def booster(rows: np.ndarray) -> xgb.Booster:
    data = xgb.DMatrix(rows, label=(np.nan_to_num(rows[:, 0]) > 0).astype(int))
    return xgb.train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1}, data, num_boost_round=5)


def test_compiled_and_interpreted_trees_give_xgboosts_margins(
    booster: xgb.Booster, rows: np.ndarray, tmp_path: Path
) -> None:
    native = booster.inplace_predict(rows, predict_type="margin")

    for margins in (compiled_margins(booster, tmp_path), interpreted_margins(booster)):
        assert np.abs(margins(rows) - native).max() < 1e-5
        assert margins(rows[:1]).shape == (1,)


@pytest.mark.parametrize("wrong", [0.5, np.nan], ids=["another number", "no number"])
def test_what_computes_something_else_is_not_timed(wrong: float) -> None:
    native = np.zeros(3, dtype=np.float32)

    check_close("trees", native + np.float32(1e-5), native)
    with pytest.raises(SystemExit, match="trees: a margin differs"):
        check_close("trees", np.array([0.0, wrong, 0.0]), native)
