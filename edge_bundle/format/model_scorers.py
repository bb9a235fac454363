"""What a model of each kind is: how it is loaded and scored, and what its score means. A kind is one entry here.

Everything else asks the entry: sealing, verifying, golden vectors, thresholds, the gateway and the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from edge_bundle.format import derived_model, model_blob, residual_blob
from edge_bundle.format.derived_model import DERIVED_KIND, DerivedModel
from edge_bundle.format.errors import ManifestError, ModelBlobError
from edge_bundle.format.kernel import Scorer
from edge_bundle.format.manifest import ModelEntry
from edge_bundle.format.model_blob import FlatModel, ModelKind
from edge_bundle.format.reach import check_reach
from edge_bundle.format.residual_blob import ResidualModel

Accepts = Callable[[bytes], bool]
"""A library's own check of a blob, as for `model_blob.parse`."""


class Model(Protocol):
    """A loaded model."""

    @property
    def label(self) -> str:
        """Its kind, as the manifest names it."""

    @property
    def n_features(self) -> int:
        """Length of a row."""

    @property
    def nodes_visited(self) -> int:
        """Work of one row: nodes that a walk of it visits at most."""


@dataclass(frozen=True)
class KindScorer:
    """One kind of model.

    Attributes:
        kind: The name that a manifest uses.
        column: Column of `gold.predictions` for the score of the bundle's first model of this kind; empty where the
            score is in `model_scores` only.
        code: ``f`` for scores that are float32, ``d`` for float64 (`struct`).
        is_rising: Whether a threshold is reached at or above its value; else below it.
        predicts_failure: Whether its score may have a probability, a horizon and a table of outlooks.
        load: From its entry and its files' bytes, in the entry's order; refuses what is not legal or not as stated.
        score: Of one row, by a kernel.
        score_rows: Of float32 rows, row after row; scores little-endian in `code`, one for each row.
    """

    kind: str
    column: str
    code: str
    is_rising: bool
    predicts_failure: bool
    load: Callable[[ModelEntry, Sequence[bytes], Accepts | None], Model]
    score: Callable[[Scorer, Any, Sequence[float]], float]
    score_rows: Callable[[Scorer, Any, bytes], bytes]

    def reaches(self, score: float, threshold: float) -> bool:
        """Whether a score reaches a threshold."""
        return score >= threshold if self.is_rising else score < threshold


_known: dict[str, KindScorer] = {}


def register(scorer: KindScorer) -> Callable[[], None]:
    """Let this process know a kind; the function that is returned makes it unknown again.

    Raises:
        ManifestError: The kind is known already.
    """
    if scorer.kind in _known:
        raise ManifestError(f"model kind {scorer.kind!r} has a scorer already; register each kind once")
    _known[scorer.kind] = scorer

    def forget() -> None:
        del _known[scorer.kind]

    return forget


def kinds() -> tuple[str, ...]:
    """Every kind that this process knows."""
    return tuple(_known)


def scorer_of(kind: str) -> KindScorer:
    """The scorer of a kind.

    Raises:
        ManifestError: No such kind; the message lists the legal ones.
    """
    if kind not in _known:
        raise ManifestError(f"model kind {kind[:80]!r}; this runtime knows {', '.join(_known)}")
    return _known[kind]


def needs_list(of_kinds: Iterable[str]) -> bool:
    """Whether a bundle of these kinds, one for each model, lists its scores by model.

    The columns of `gold.predictions` hold one margin and one path length. Further scores are in `model_scores`.

    Raises:
        ManifestError: A kind is unknown.
    """
    columns = [scorer_of(kind).column for kind in of_kinds]
    return "" in columns or len(set(columns)) < len(columns)


def load_flat(entry: ModelEntry, files: Sequence[bytes], accepts: Accepts | None) -> FlatModel:
    """A flat tree model, checked against its entry.

    Raises:
        ModelBlobError: The blob is not legal, not the one that its entry describes, or not the only file.
    """
    model = model_blob.parse(_only(entry, files, "a flat model"), accepts)
    header = model.header
    _check_stated(entry, (header.kind.label, header.n_features, header.n_trees, header.n_nodes, header.max_depth))
    check_reach(model)
    return model


def load_derived(entry: ModelEntry, files: Sequence[bytes], accepts: Accepts | None) -> DerivedModel:
    """Flat trees over residual columns, checked against their entry.

    Raises:
        ModelBlobError: Trees or columns are not legal, do not fit each other or the entry, or are not the only files.
    """
    if len(files) != 2:
        raise ModelBlobError(f"model {entry.name!r} has {len(files)} files; trees over residual columns have two")
    trees = model_blob.parse(files[0], accepts)
    if trees.kind is not ModelKind.MARGIN:
        raise ModelBlobError(f"model {entry.name!r} has trees of {trees.kind.label}; legal: {ModelKind.MARGIN.label}")
    model, header = derived_model.derived_model(files[1], trees), trees.header
    _check_stated(entry, (model.label, model.n_features, header.n_trees, header.n_nodes, header.max_depth))
    check_reach(trees)
    return model


def _check_stated(entry: ModelEntry, found: tuple[str, int, int, int, int]) -> None:
    stated = (entry.kind, entry.n_features, entry.n_trees, entry.n_nodes, entry.max_depth)
    if stated != found:
        raise ModelBlobError(f"model {entry.name!r} is {found}; its entry says {stated}")


def load_residual(entry: ModelEntry, files: Sequence[bytes], _accepts: Accepts | None) -> ResidualModel:
    """A projection, checked against its entry.

    Raises:
        ModelBlobError: The blob is not legal, not the one that its entry describes, or not the only file.
    """
    model = residual_blob.parse(_only(entry, files, "a projection"), entry.kind)
    stated = (entry.n_features, entry.n_trees, entry.n_nodes, entry.max_depth)
    if stated != (model.n_features, 0, 0, 0):
        raise ModelBlobError(
            f"model {entry.name!r} takes {model.n_features} features, no trees; its entry says {stated}"
        )
    return model


def _only(entry: ModelEntry, files: Sequence[bytes], what: str) -> bytes:
    if len(files) != 1:
        raise ModelBlobError(f"model {entry.name!r} has {len(files)} files; {what} has one")
    return files[0]


MARGIN = KindScorer(
    kind=ModelKind.MARGIN.label,
    column="margin",
    code="f",
    is_rising=True,
    predicts_failure=True,
    load=load_flat,
    score=lambda kernel, model, row: kernel.margin(model, row),
    score_rows=lambda kernel, model, rows: kernel.margins(model, rows),
)
DEPTH = KindScorer(
    kind=ModelKind.DEPTH.label,
    column="path_length",
    code="d",
    is_rising=False,
    predicts_failure=False,
    load=load_flat,
    score=lambda kernel, model, row: kernel.depth(model, row),
    score_rows=lambda kernel, model, rows: kernel.depths(model, rows),
)
DERIVED = KindScorer(
    kind=DERIVED_KIND,
    column="margin",
    code="f",
    is_rising=True,
    predicts_failure=True,
    load=load_derived,
    score=derived_model.margin,
    score_rows=derived_model.margins,
)
RESIDUAL_KINDS = ("pca-t2", "pca-q")
"""Hotelling's T2 and the squared prediction error Q of one set of principal components."""


def residual_scorer(kind: str) -> KindScorer:
    """The scorer of one of `RESIDUAL_KINDS`."""
    return KindScorer(
        kind=kind,
        column="",
        code="d",
        is_rising=True,
        predicts_failure=False,
        load=load_residual,
        score=lambda kernel, model, row: kernel.residual(model, row),
        score_rows=lambda kernel, model, rows: kernel.residuals(model, rows),
    )


for _scorer in (MARGIN, DEPTH, DERIVED, *map(residual_scorer, RESIDUAL_KINDS)):
    register(_scorer)
