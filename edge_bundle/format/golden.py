"""The proof, on the device itself, that it computes what the trainer computed."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from edge_bundle.format.bounds import MAX_GOLDEN_STEPS
from edge_bundle.format.bundle import TrustedBundle
from edge_bundle.format.errors import GoldenError
from edge_bundle.format.kernel import Scorer
from edge_bundle.format.model_blob import FlatModel, ModelKind
from edge_bundle.format.reference_kernel import split_rows


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


def score_rows(scorer: Scorer, model: FlatModel, rows: bytes) -> bytes:
    """Float32 margins or float64 path-length sums of float32 rows, by the model's kind."""
    if model.kind is ModelKind.MARGIN:
        return scorer.margins(model, rows)
    return scorer.depths(model, rows)


def score_single_rows(scorer: Scorer, model: FlatModel, rows: bytes) -> bytes:
    """As `score_rows`, but each row by itself: the way in which readings are scored as they come."""
    if model.kind is ModelKind.MARGIN:
        scores, form = [scorer.margin(model, row) for row in split_rows(model, rows)], "f"
    else:
        scores, form = [scorer.depth(model, row) for row in split_rows(model, rows)], "d"
    return struct.pack(f"<{len(scores)}{form}", *scores)


def check_golden(bundle: TrustedBundle, models: Mapping[str, FlatModel], scorer: Scorer) -> GoldenResult:
    """Score the bundle's golden rows with every model, together and one by one, and compare bits.

    Args:
        bundle: The verified bundle.
        models: Each of its models by name, parsed.
        scorer: What is to be proved.

    Raises:
        GoldenError: A score differs in any bit, or the golden files have other lengths.
    """
    golden = bundle.manifest.golden
    rows = bundle.member(golden.rows)
    for name, path in golden.scores.items():
        model, expected = models[name], bundle.member(path)
        steps = golden.count * sum(model.depths)
        if steps > MAX_GOLDEN_STEPS:
            raise GoldenError(f"{golden.count} golden rows of {name!r} take {steps} steps; legal: {MAX_GOLDEN_STEPS}")
        if len(rows) != 4 * model.n_features * golden.count:
            raise GoldenError(f"{golden.rows} does not hold {golden.count} rows for {name!r}")
        for way in (score_rows, score_single_rows):
            found = way(scorer, model, rows)
            if found != expected:
                raise GoldenError(_difference(name, model, found, expected, scorer))
    return GoldenResult(golden.count, golden.count * len(golden.scores), scorer.name)


def _difference(name: str, model: FlatModel, found: bytes, expected: bytes, scorer: Scorer) -> str:
    width = 4 if model.kind is ModelKind.MARGIN else 8
    rows = range(0, max(len(found), len(expected)), width)
    wrong = [at // width for at in rows if found[at : at + width] != expected[at : at + width]]
    return (
        f"model {name!r} by {scorer.name}: {len(wrong)} of {len(rows)} golden scores differ, "
        f"first in row {wrong[0]}; this machine must not use the bundle"
    )
