"""A residual model on the device: the bits of training by Python and by the library; no illegal blob is taken."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from edge_bundle.compiler.errors import ModelFileError
from edge_bundle.compiler.residual_model import compile_residual
from edge_bundle.format.bounds import MAX_RESIDUAL_COLUMNS
from edge_bundle.format.errors import ModelBlobError, RowError
from edge_bundle.format.kernel import Kernel, Scorer, load_kernel
from edge_bundle.format.reference_kernel import ReferenceKernel
from edge_bundle.format.residual_blob import HEADER, ResidualModel, pack, parse
from ml.models.fixed_zip import npz_arrays, npz_bytes
from ml.models.pca import Pca, fit_pca, projection_bytes
from tests.edge_bundle.gateway.other_kernels import other_library
from tests.support.edge_models import kernel_folder

WIDTH, USED = 9, np.array([0, 2, 3, 4, 6, 7, 8], dtype=np.int32)
SMALL = ResidualModel(
    label="pca-q", n_features=4, columns=(0, 2, 3), centers=(1.0, 2.0, 3.0), scales=(0.5, 2.0, 4.0),
    axes=((0.6, 0.8, 0.0), (0.0, 0.6, -0.8)), farthest=100.0,
)  # fmt: skip


@lru_cache(maxsize=1)
def fitted() -> Pca:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(300, 4)) @ rng.normal(size=(4, WIDTH)) + rng.normal(size=(300, WIDTH))
    return fit_pca(rows * 1e3 + 7.0, USED, 0.8)


def awkward_rows() -> np.ndarray:
    """Usual rows, and rows with missing, infinite, huge, tiny and integer values; float32."""
    rng = np.random.default_rng(6)
    rows = (rng.normal(size=(200, WIDTH)) * 1e3).astype(np.float32)
    odd = [np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-40, -0.0, 7.0]
    for at, value in enumerate(odd):
        rows[at, at % WIDTH] = value
        rows[100 + at] = np.float32(value)
    return rows


@pytest.fixture(params=["library", "python"])
def kernel(request: pytest.FixtureRequest) -> Scorer:
    return load_kernel(kernel_folder()) if request.param == "library" else ReferenceKernel()


@pytest.mark.parametrize("statistic", ["t2", "q"])
def test_every_scorer_gives_the_bits_of_training(kernel: Scorer, statistic: str) -> None:
    projection = getattr(fitted(), statistic)
    model = parse(compile_residual(projection_bytes(projection), WIDTH), f"pca-{statistic}")
    rows = awkward_rows()

    trained = projection.scores(rows.astype(np.float64)).astype("<f8").tobytes()

    assert kernel.residuals(model, rows.astype("<f4").tobytes()) == trained
    alone = [kernel.residual(model, row) for row in rows.astype(np.float64).tolist()]
    assert struct.pack(f"<{len(alone)}d", *alone) == trained
    assert np.isnan(np.frombuffer(trained)).sum() == np.isnan(rows[:, USED]).any(axis=1).sum() > 0


def test_one_row_by_hand(kernel: Scorer) -> None:
    # Deviations 2, 3, 1; along the axes 0.6·2 + 0.8·3 = 3.6 and 0.6·3 - 0.8·1 = 1.0.
    model = parse(pack(SMALL), "pca-q")

    assert kernel.residual(model, [2.0, math.nan, 8.0, 7.0]) == pytest.approx(3.6**2 + 1.0)
    assert math.isnan(kernel.residual(model, [2.0, 0.0, math.nan, 7.0]))
    # Held at 100 deviations.
    assert kernel.residual(model, [1e30, 0.0, 2.0, 3.0]) == pytest.approx(60.0**2)


def test_a_row_is_rounded_to_float32_first(kernel: Scorer) -> None:
    model = parse(pack(SMALL), "pca-q")

    assert kernel.residual(model, [0.1, 0.0, 0.0, 0.0]) == kernel.residual(model, [float(np.float32(0.1)), 0, 0, 0])


@pytest.mark.parametrize("row", [[1.0, 2.0], ["a", 0.0, 0.0, 0.0]], ids=["short", "a text"])
def test_another_row_is_refused(kernel: Scorer, row: list[float]) -> None:
    with pytest.raises(RowError):
        kernel.residual(parse(pack(SMALL), "pca-q"), row)


def test_rows_cut_short_are_refused(kernel: Scorer) -> None:
    with pytest.raises(RowError, match="no whole rows of 4"):
        kernel.residuals(parse(pack(SMALL), "pca-q"), b"\0" * 15)


def test_a_library_without_residual_models_leaves_them_to_python(tmp_path: Path) -> None:
    path = tmp_path / "older.so"
    path.write_bytes(other_library().replace(b"assay_residuals", b"assay_residualz"))
    model = parse(pack(SMALL), "pca-q")

    older = Kernel(path)

    assert older.residual(model, [2.0, 0.0, 8.0, 7.0]) == ReferenceKernel().residual(model, [2.0, 0.0, 8.0, 7.0])


def test_a_blob_reads_back() -> None:
    found = parse(pack(SMALL), "pca-q")

    assert replace(found, blob=b"") == SMALL
    assert pack(found) == found.blob


def changed(**fields: object) -> Callable[[], bytes]:
    return lambda: pack(replace(SMALL, **fields))  # type: ignore[arg-type]  # a test names fields by word


@pytest.mark.parametrize(
    ("blob", "why"),
    [
        (lambda: b"", "0 bytes; a header alone has 32"),
        (lambda: pack(SMALL)[:-1], "bytes do not hold 2 axes of 3 columns"),
        (lambda: pack(SMALL) + b"\0", "bytes do not hold 2 axes of 3 columns"),
        (lambda: b"x" + pack(SMALL)[1:], "not a projection of version 1"),
        (lambda: pack(SMALL)[:44] + b"\1" + pack(SMALL)[45:], "behind the last column"),
        (changed(columns=(0, 3, 2)), "not ascending within 4 features"),
        (changed(columns=(0, 2, 4)), "not ascending within 4 features"),
        (changed(columns=(0, 2, 2)), "not ascending within 4 features"),
        (changed(centers=(1.0, math.nan, 3.0)), "a center is not finite"),
        (changed(scales=(0.5, 0.0, 4.0)), "a scale is not above 0"),
        (changed(scales=(0.5, math.inf, 4.0)), "a scale is not above 0, or not finite"),
        (changed(axes=((0.6, math.nan, 0.0),)), "an axis has an entry"),
        (changed(axes=((0.6, 1e10, 0.0),)), "an axis has an entry"),
        (changed(axes=()), "0 axes of 3 columns"),
        (changed(axes=SMALL.axes * 2), "4 axes of 3 columns"),
        (changed(n_features=2), "3 columns of 2 features"),
        (changed(farthest=math.nan), "the largest deviation is nan"),
        (changed(farthest=1e7), "the largest deviation is"),
        (lambda: HEADER.pack(b"ASSAYPCA", 1, 1024, 1024, 1, 1.0), f"at most {MAX_RESIDUAL_COLUMNS} columns"),
    ],
)  # fmt: skip
def test_an_illegal_blob_is_refused_with_its_reason(blob: Callable[[], bytes], why: str) -> None:
    with pytest.raises(ModelBlobError, match=why):
        parse(blob(), "pca-q")


def test_a_file_that_is_no_projection_is_not_compiled() -> None:
    whole = npz_arrays(projection_bytes(fitted().q))

    for wrong in ({"columns": whole["columns"]}, {**whole, "scales": whole["scales"][:-1]}, {**whole, "axes": ALONE}):
        with pytest.raises(ModelFileError):
            compile_residual(npz_bytes(wrong), WIDTH)
    with pytest.raises(ModelFileError, match="not an npz"):
        compile_residual(b"no", WIDTH)


ALONE = np.zeros(3)
