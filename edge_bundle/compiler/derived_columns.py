"""The residual columns that a trained booster carries, from an attribute of its file to their bytes in a bundle."""

from __future__ import annotations

import struct

from edge_bundle.compiler.errors import ModelFileError
from edge_bundle.compiler.typed_json import read_json
from edge_bundle.compiler.xgboost_model import attributes
from edge_bundle.format.derived_columns import Column, DerivedColumns, Fit, pack, parse
from edge_bundle.format.errors import ModelBlobError
from expectations.model_folder.derived import DERIVED, Derived, DerivedColumn, LevelFit, fault_of


def compile_derived(data: bytes, n_features: int) -> bytes:
    """The bytes of the residual columns in an XGBoost file.

    Args:
        data: The file.
        n_features: Length of the rows without them.

    Raises:
        ModelFileError: It carries none, or those of other rows, or such as no device takes.
        ModelFolderError: They are not of their form.
    """
    text = attributes(data).get(DERIVED)
    if text is None:
        raise ModelFileError(f"the booster carries no attribute {DERIVED!r}; restore the model folder")
    derived = read_json(Derived, text.encode(), f"attribute {DERIVED}")
    if derived.n_features != n_features:
        raise ModelFileError(f"residual columns of rows of {derived.n_features} features; the folder has {n_features}")
    if fault := fault_of(derived):
        raise ModelFileError(f"the residual columns of the booster are damaged: {fault}; restore the model folder")
    try:
        blob = pack(DerivedColumns(n_features, derived.levels, tuple(map(_column, derived.columns))))
        parse(blob)
    except (ModelBlobError, struct.error) as exc:
        raise ModelFileError(f"no gateway would take its residual columns: {exc}") from exc
    return blob


def _column(found: DerivedColumn) -> Column:
    predictors = tuple(zip(found.columns, found.powers, strict=True))
    return Column(found.target, predictors, tuple(map(_fit, found.fits)))


def _fit(found: LevelFit | None) -> Fit | None:
    return None if found is None else Fit(found.intercept, found.scale, found.coefficients)
