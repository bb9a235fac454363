"""Records of the registry: rows of gold.model_versions, gold.model_aliases, gold.gate_decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ml.canonical import canonical_json
from ml.errors import ModelError

if TYPE_CHECKING:  # the registry is read where no model is trained: XGBoost takes a second to load
    from ml.gates.failure_gate import GateReport

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
VERSION_DIGITS = 16


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One row of gold.model_versions; fields as in its contract."""

    version: str
    plant: str
    horizon: str | None
    trained_at: datetime
    kinds: str
    data_versions: str
    parameters: str
    code_revision: str
    metrics: str
    artifact: str
    artifact_sha256: str


@dataclass(frozen=True, slots=True)
class ModelAlias:
    """One row of gold.model_aliases: append only, the row of highest sequence holds."""

    alias: str
    version: str
    sequence: int
    set_at: datetime
    set_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class GateDecision:
    """One row of gold.gate_decisions; ``report`` holds every number as JSON, ``reason`` a person's words."""

    version: str
    champion: str | None
    decided_at: datetime
    verdict: str
    is_promoted: bool
    is_provisional: bool
    report: str
    reason: str | None = None


def version_id(content_sha256: str, parameters: object, code_revision: str) -> str:
    """Name of a model by what it is made from: the same inputs give the same version.

    Args:
        content_sha256: Digest of the rows trained on, as `ml.data.content` gives it. Numbers of commits would give two
            lakes with different rows one name.
        parameters: Frozen parameters, policy and versions of libraries, anything `canonical_json` takes.
        code_revision: Digest of the training code; see `training_code`.
    """
    made_from = canonical_json({"data": content_sha256, "parameters": parameters, "code": code_revision})
    return hashlib.sha256(made_from.encode()).hexdigest()[:VERSION_DIGITS]


def decision(
    version: str, champion: str | None, report: GateReport, decided_at: datetime, reason: str | None = None
) -> GateDecision:
    """The row that records a gate's answer, and why it was asked for."""
    return GateDecision(
        version=version,
        champion=champion,
        decided_at=decided_at,
        verdict=report.verdict.value,
        is_promoted=report.is_promoted,
        is_provisional=report.is_provisional,
        report=canonical_json(report),
        reason=reason,
    )


def holder(history: Sequence[ModelAlias], alias: str) -> str | None:
    """Version that bears ``alias`` now, None where nobody ever did."""
    rows = [row for row in history if row.alias == alias]
    return max(rows, key=lambda row: row.sequence).version if rows else None


def promotion(
    history: Sequence[ModelAlias], version: str, set_at: datetime, set_by: str, reason: str
) -> tuple[ModelAlias, ...]:
    """Rows to append so that ``version`` is champion and the old champion is ``previous``.

    Nothing to append where ``version`` is champion already.
    """
    champion = holder(history, CHAMPION)
    if champion == version:
        return ()
    number = _next_sequence(history)
    rows = [ModelAlias(CHAMPION, version, number, set_at, set_by, reason)]
    if champion is not None:
        rows.append(ModelAlias(PREVIOUS, champion, number + 1, set_at, set_by, reason))
    return tuple(rows)


def rollback(history: Sequence[ModelAlias], set_at: datetime, set_by: str, reason: str) -> ModelAlias:
    """The one row to append so that the previous champion is champion again.

    Raises:
        ModelError: There is no previous champion, or it is champion already.
    """
    previous, champion = holder(history, PREVIOUS), holder(history, CHAMPION)
    if previous is None or previous == champion:
        raise ModelError(
            f"champion is {champion or 'none'}, previous is {previous or 'none'}: there is nothing to go back to; "
            "train again, and promote what its gate lets through"
        )
    return ModelAlias(CHAMPION, previous, _next_sequence(history), set_at, set_by, reason)


def _next_sequence(history: Sequence[ModelAlias]) -> int:
    return max((row.sequence for row in history), default=0) + 1
