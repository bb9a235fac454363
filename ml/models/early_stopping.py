"""How many rounds a booster gets: as many as help on the newest part of its own training rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.data.dataset import Dataset, Mask
from ml.models.failure_model import FailureParams, best_rounds

VALIDATED = 0.25
"""Fraction of the rows before a failure, the newest, that choose the rounds. Starting value."""


def with_best_rounds(rows: Dataset, params: FailureParams, embargo_us: int) -> FailureParams:
    """The parameters with the rounds that a booster of the older rows is best with on the newer ones, in log loss.

    Only labelled rows of ``rows`` are used, which are those that train: no held-out block has a say. The booster itself
    is then trained on all of them for so many rounds, so that none of the newest failures goes unlearnt and no tree has
    to be cut off. Unchanged where nobody asked, or where one of the parts lacks a class.

    Args:
        rows: Rows of one training.
        params: ``patience`` 0: the rounds are as stated.
        embargo_us: Least distance of the older from the newer rows, microseconds.
    """
    if not params.patience:
        return params
    older, newer = (rows.keep(mask) for mask in inner_split(rows, embargo_us))
    if any(len(np.unique(part.label)) < 2 for part in (older, newer)):
        return params
    return replace(params, rounds=best_rounds(older, newer, params))


def inner_split(rows: Dataset, embargo_us: int) -> tuple[Mask, Mask]:
    """Masks of older and newer labelled rows, an embargo between them; the newer hold `VALIDATED` of the positives."""
    at_us, known = rows.scored_us, rows.labelled
    positive_us = np.sort(at_us[rows.label == 1])
    if not len(positive_us):
        return known, np.zeros(len(rows), dtype=np.bool_)
    from_us = int(positive_us[int(len(positive_us) * (1 - VALIDATED))])
    older = known & (at_us <= from_us - embargo_us)
    return np.asarray(older, dtype=np.bool_), np.asarray(known & (at_us >= from_us), dtype=np.bool_)
