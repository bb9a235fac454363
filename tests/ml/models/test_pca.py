"""Principal components: T2 and Q against numbers worked out by hand, and against scikit-learn's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from ml.errors import ArtifactError, ModelError, TooLittleDataError
from ml.models.fixed_zip import npz_bytes
from ml.models.pca import fit_pca, load_projection, projection_bytes
from ml.models.symmetric_eigen import symmetric_eigen

ALL = np.arange(6, dtype=np.int32)


def correlated_rows(n: int = 400, seed: int = 3) -> np.ndarray:
    """Six columns of three hidden ones, in float32 as models see them."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 3)) @ rng.normal(size=(3, 6))
    rows = 50.0 + 10.0 * hidden + rng.normal(scale=2.0, size=(n, 6))
    return rows.astype(np.float32).astype(np.float64)


def test_two_columns_of_correlation_a_half_by_hand() -> None:
    # z of the four rows: ±(1, 1) three times, ±(1, -1) once; so sd² = 8/7 and the correlation is (6 - 2) / 8 = 1/2.
    rows = np.array([[1, 1], [-1, -1]] * 3 + [[1, -1], [-1, 1]], dtype=np.float64)

    pca = fit_pca(rows, ALL[:2], explained=0.7)

    assert pca.components == 1
    assert pca.variances == pytest.approx([1.5, 0.5])
    sd = math.sqrt(8 / 7)
    probe = np.array([[sd, sd], [sd, -sd], [2 * sd, 0.0]])
    # t along (1, 1)/√2 is √2, 0, √2: T2 = t²/1.5; Q is the square along (1, -1)/√2.
    assert pca.t2.scores(probe) == pytest.approx([2 / 1.5, 0.0, 2 / 1.5], abs=1e-7)
    assert pca.q.scores(probe) == pytest.approx([0.0, 2.0, 2.0], abs=1e-7)


@pytest.mark.parametrize(("explained", "count"), [(0.5, 2), (0.95, 3), (1.0, 5)], ids=str)
def test_both_statistics_equal_scikit_learns(explained: float, count: int) -> None:
    rows, other = correlated_rows(), correlated_rows(50, seed=4)

    pca = fit_pca(rows, ALL, explained)

    scaler = StandardScaler().fit(rows)
    shrink = math.sqrt((len(rows) - 1) / len(rows))  # scikit-learn divides by n, we by n - 1
    reference = PCA(n_components=pca.components).fit(scaler.transform(rows) * shrink)
    z = scaler.transform(other) * shrink
    scores = reference.transform(z)
    t2 = (scores**2 / reference.explained_variance_).sum(axis=1)
    q = ((z - reference.inverse_transform(scores)) ** 2).sum(axis=1)
    assert pca.components == count
    assert pca.t2.scores(other) == pytest.approx(t2, rel=1e-9)
    assert pca.q.scores(other) == pytest.approx(q, rel=1e-9)


def test_eigenvalues_are_those_of_lapack() -> None:
    rng = np.random.default_rng(1)
    for size in (1, 2, 3, 8, 41):
        factor = rng.normal(size=(size, size + 3))
        matrix = factor @ factor.T

        values, rows = symmetric_eigen(matrix)

        assert values == pytest.approx(np.linalg.eigvalsh(matrix)[::-1], rel=1e-10, abs=1e-12)
        assert rows @ rows.T == pytest.approx(np.eye(size), abs=1e-12)
        assert rows.T @ np.diag(values) @ rows == pytest.approx(matrix, abs=1e-10)


def test_equal_eigenvalues_and_a_singular_matrix_are_no_trouble() -> None:
    values, rows = symmetric_eigen(np.ones((4, 4)))

    assert values == pytest.approx([4.0, 0.0, 0.0, 0.0], abs=1e-12)
    assert np.abs(rows[0]) == pytest.approx(np.full(4, 0.5))
    assert symmetric_eigen(np.eye(3))[0].tolist() == [1.0, 1.0, 1.0]


def test_a_matrix_with_nan_is_refused() -> None:
    with pytest.raises(ModelError, match="eigenvalues of 3 columns did not converge"):
        symmetric_eigen(np.full((3, 3), np.nan))


def test_two_fits_give_the_same_bytes_and_a_file_gives_the_same_scores() -> None:
    rows = correlated_rows()

    one, two = (fit_pca(rows, ALL) for _ in range(2))

    assert projection_bytes(one.q) == projection_bytes(two.q)
    loaded = load_projection(projection_bytes(one.t2))
    assert loaded.scores(rows).tobytes() == one.t2.scores(rows).tobytes()


def test_many_rows_score_as_each_by_itself() -> None:
    rows = correlated_rows(5000)
    pca = fit_pca(rows, ALL)

    alone = np.array([pca.q.scores(rows[at : at + 1])[0] for at in (0, 4095, 4096, 4999)])

    assert alone.tobytes() == pca.q.scores(rows)[[0, 4095, 4096, 4999]].tobytes()


def test_rows_that_lack_a_column_do_not_count_and_have_no_score() -> None:
    rows = correlated_rows()
    holes = np.vstack([rows, np.full((3, 6), np.nan)])
    holes[-1, :5] = 1.0

    pca = fit_pca(holes, ALL)

    assert pca.rows == len(rows)
    assert projection_bytes(pca.t2) == projection_bytes(fit_pca(rows, ALL).t2)
    assert np.isnan(pca.t2.scores(holes)).tolist() == [False] * len(rows) + [True] * 3


def test_a_column_that_never_changes_is_left_out() -> None:
    rows = correlated_rows()
    rows[:, 2] = 7.1

    pca = fit_pca(rows, ALL)

    assert pca.t2.columns.tolist() == pca.q.columns.tolist() == [0, 1, 3, 4, 5]


def test_a_value_without_bound_scores_as_the_farthest() -> None:
    rows = correlated_rows()
    pca = fit_pca(rows, ALL)
    probe = rows[:2].copy()
    probe[0, 3], probe[1, 3] = np.inf, 1e38
    probe[1] = np.where(np.arange(6) == 3, 1e38, probe[0])

    scores = pca.q.scores(probe)

    assert np.isfinite(scores).all()
    assert scores[0] == scores[1] > 1e6


@pytest.mark.parametrize("rows", [np.zeros((0, 6)), correlated_rows(6), np.ones((50, 6))], ids=["none", "few", "still"])
def test_too_few_rows_or_columns_are_said(rows: np.ndarray) -> None:
    with pytest.raises(TooLittleDataError, match=r"whole healthy rows, \d columns that change"):
        fit_pca(rows, ALL)


def test_a_file_without_its_arrays_is_refused() -> None:
    with pytest.raises(ArtifactError, match="projection holds arrays"):
        load_projection(npz_bytes({"axes": np.zeros((1, 1))}))
