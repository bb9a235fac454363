"""The failure model: XGBoost on the labelled rows, the same bytes for the same rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from expectations.model_folder.derived import Derived
from ml.data.dataset import NO_LABEL, Dataset, Float32, Float64, Mask
from ml.errors import TooLittleDataError
from ml.models.batched_matrix import Batches, batches_of, binned, parts
from ml.models.derived import fit_derived
from ml.models.derived_booster import carry, whole_rows


@dataclass(frozen=True, slots=True)
class FailureParams:
    """Parameters of the booster. Source of the defaults: `docs/decisions/0124-starting-values.md`.

    No class weight: it would move the threshold and not the ranking, and the threshold is chosen
    by cost; a weight would only spoil the probabilities. One thread by default: on a busy machine of
    two cores two threads wait for each other and take six times as long (measured).

    Attributes:
        rounds: Trees; the most there are where ``patience`` is set.
        patience: Rounds without gain on the newest part of the training rows after which no more are added, see
            `early_stopping`; 0: all rounds.
        constraints: For each feature 1 where the margin must not fall as it grows, -1 where it must not rise, else 0;
            empty: none. Other features the same.
        alternatives: So many of `ALTERNATIVES` are tried beside these parameters, and the cheapest are taken.
    """

    rounds: int = 500
    max_depth: int = 8
    eta: float = 0.1
    gamma: float = 0.1
    min_child_weight: float = 10.0
    subsample: float = 0.8
    colsample_bytree: float = 0.8
    seed: int = 20150101
    nthread: int = 1
    patience: int = 0
    constraints: tuple[int, ...] = ()
    alternatives: int = 0

    def of_columns(self, columns: NDArray[np.int32]) -> FailureParams:
        """The same for a booster of these columns alone; -1 is a column of which nothing is stated."""
        if not self.constraints:
            return self
        given = (*self.constraints, 0)
        return replace(self, constraints=tuple(given[place] for place in columns.tolist()))


def train_failure_model(rows: Dataset, params: FailureParams, among: Mask | None = None) -> xgb.Booster:
    """A booster for P(failure within the horizon), trained on ``rows``, or on those of them where ``among`` is true.

    It learns from batches of them, so that choosing among rows copies none: see `batched_matrix`.

    Where the rows have rules for residual columns, it learns from these too, fitted on healthy ones of the same rows.
    It carries them, so whoever scores by it hands in rows of features alone.

    Features go in unnamed: names live in the model folder's feature list, so that a booster can
    be compiled without them.

    Raises:
        TooLittleDataError: The rows do not hold both classes.
    """
    places = np.arange(len(rows)) if among is None else np.flatnonzero(among)
    labels = rows.label[places]
    if (labels == NO_LABEL).any() or len(np.unique(labels)) < 2:
        raise TooLittleDataError(
            f"{len(labels)} training rows with {int((labels == 1).sum())} positives: a failure "
            "model needs labelled rows of both classes; see the readiness report"
        )
    derived = _fitted(rows, among)
    return carry(boosted(batches_of(rows, derived, places), params, derived), derived)


def boosted(batches: Batches, params: FailureParams, derived: Derived | None = None) -> xgb.Booster:
    """A booster of rows that come in batches, from wherever they lie; their residual columns, if any, among them."""
    with binned(batches, params.nthread) as matrix:
        return xgb.train(_settings(params, derived), matrix, num_boost_round=params.rounds)


def best_rounds(older: Dataset, newer: Dataset, params: FailureParams) -> int:
    """Rounds at which a booster of the older rows has its least log loss on the newer ones; each has both classes."""
    derived = fit_derived(older)
    older_batches, newer_batches = (batches_of(each, derived, np.arange(len(each))) for each in (older, newer))
    with binned(older_batches, params.nthread) as learnt, binned(newer_batches, params.nthread, learnt) as unseen:
        booster = xgb.train(
            {**_settings(params, derived), "eval_metric": "logloss"}, learnt, num_boost_round=params.rounds,
            evals=[(unseen, "newer")], early_stopping_rounds=params.patience, verbose_eval=False,
        )  # fmt: skip
    return int(booster.best_iteration) + 1


def _settings(params: FailureParams, derived: Derived | None) -> dict[str, object]:
    given = asdict(params)
    del given["rounds"], given["patience"], given["constraints"], given["alternatives"]
    if params.constraints:
        free = (0,) * (0 if derived is None else len(derived.columns))
        given["monotone_constraints"] = f"({','.join(map(str, (*params.constraints, *free)))})"
    return {"objective": "binary:logistic", "tree_method": "hist", "verbosity": 0, **given}


def _fitted(rows: Dataset, among: Mask | None) -> Derived | None:
    """The residual columns of the rows chosen; they are copied only where a fit has to be made."""
    if among is None or rows.derived is None or rows.fitted is not None:
        return fit_derived(rows)
    return fit_derived(rows.keep(among))


def margins(booster: xgb.Booster, values: Float64 | Float32, among: Mask | None = None) -> Float32:
    """Margins (log-odds before calibration) of feature rows, or of those where ``among`` is true, float32, shape (n,).

    These are the bits that thresholds and compiled models are compared in.
    """
    places = np.arange(len(values)) if among is None else np.flatnonzero(among)
    found = [
        booster.predict(xgb.DMatrix(whole_rows(booster, values[some]), nthread=1), output_margin=True)
        for some in parts(places)
    ]
    return np.asarray(np.concatenate(found), dtype=np.float32)


def contributions(booster: xgb.Booster, values: Float64) -> Float64:
    """Mean absolute contribution of each column to the margin, shape (f + d,): see `row_contributions`."""
    return np.asarray(np.abs(row_contributions(booster, values)).mean(axis=0, dtype=np.float64))


def row_contributions(booster: xgb.Booster, values: Float64) -> Float32:
    """What each column adds to the margin of each row, log-odds, shape (n, f + d); the bias is left out.

    The residual columns that the booster carries, if any, follow the features.

    Source: Lundberg et al., Nature Machine Intelligence 2 (2020), exact TreeSHAP, XGBoost ``pred_contribs``.
    """
    matrix = xgb.DMatrix(whole_rows(booster, values), nthread=1)
    contributed: NDArray[np.float32] = booster.predict(matrix, pred_contribs=True)
    return contributed[:, :-1]


def model_bytes(booster: xgb.Booster) -> bytes:
    """The booster as XGBoost's own JSON; the same trees give the same bytes."""
    return bytes(booster.save_raw(raw_format="json"))


def load_booster(content: bytes) -> xgb.Booster:
    """A booster from `model_bytes`."""
    booster = xgb.Booster({"nthread": 1})
    booster.load_model(bytearray(content))
    return booster
