"""The proof, on the device itself, that it computes what the trainer computed."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from edge_bundle.format.bounds import MAX_GOLDEN_NODES
from edge_bundle.format.bundle import TrustedBundle
from edge_bundle.format.errors import GoldenError
from edge_bundle.format.float_rows import split_rows
from edge_bundle.format.kernel import Scorer
from edge_bundle.format.manifest import GoldenEntry
from edge_bundle.format.model_scorers import Model, scorer_of


@dataclass(frozen=True)
class GoldenResult:
    """Golden vectors that held.

    Attributes:
        rows: Rows scored.
        scores: Scores compared, over all models.
        scorer: ``library`` or ``python``.
    """

    rows: int
    scores: int
    scorer: str


def score_rows(scorer: Scorer, model: Model, rows: bytes) -> bytes:
    """Scores of float32 rows, as the model's kind has them."""
    return scorer_of(model.label).score_rows(scorer, model, rows)


def score_single_rows(scorer: Scorer, model: Model, rows: bytes) -> bytes:
    """As `score_rows`, but each row by itself: the way in which readings are scored as they come."""
    kind = scorer_of(model.label)
    scores = [kind.score(scorer, model, row) for row in split_rows(model, rows)]
    return struct.pack(f"<{len(scores)}{kind.code}", *scores)


def check_golden(bundle: TrustedBundle, models: Mapping[str, Model], scorer: Scorer) -> GoldenResult:
    """Score the bundle's golden rows with every model, together and one by one, and compare bits.

    Args:
        bundle: The verified bundle.
        models: Each of its models by name, loaded.
        scorer: What is to be proved.

    Raises:
        GoldenError: A score differs in any bit, or the golden files have other lengths.
    """
    compared = 0
    for golden in bundle.manifest.all_golden:
        rows = bundle.member(golden.rows)
        for name, path in golden.scores.items():
            _check_work(golden, name, models[name], rows)
            for way in (score_rows, score_single_rows):
                found, expected = way(scorer, models[name], rows), bundle.member(path)
                if found != expected:
                    raise GoldenError(_difference(name, models[name], found, expected, scorer))
            compared += golden.count
    return GoldenResult(sum(golden.count for golden in bundle.manifest.all_golden), compared, scorer.name)


def _check_work(golden: GoldenEntry, name: str, model: Model, rows: bytes) -> None:
    visited = golden.count * model.nodes_visited
    if visited > MAX_GOLDEN_NODES:
        raise GoldenError(f"{golden.count} golden rows of {name!r} visit {visited} nodes; legal: {MAX_GOLDEN_NODES}")
    if len(rows) != 4 * model.n_features * golden.count:
        raise GoldenError(f"{golden.rows} does not hold {golden.count} rows for {name!r}")


def _difference(name: str, model: Model, found: bytes, expected: bytes, scorer: Scorer) -> str:
    width = struct.calcsize(scorer_of(model.label).code)
    rows = range(0, max(len(found), len(expected)), width)
    wrong = [at // width for at in rows if found[at : at + width] != expected[at : at + width]]
    return (
        f"model {name!r} by {scorer.name}: {len(wrong)} of {len(rows)} golden scores differ, "
        f"first in row {wrong[0]}; this machine must not use the bundle"
    )
