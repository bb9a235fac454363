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

CHAMPION, CHALLENGER, PREVIOUS, RETIRED = "champion", "challenger", "previous", "retired"
REFUSED, FORMER, REGISTERED = "refused", "former", "registered"
"""States that no alias gives: its gate said no, it was champion once, neither."""
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


def retired(history: Sequence[ModelAlias]) -> frozenset[str]:
    """Versions that live no more: their data may be cleaned, and nothing promotes them."""
    return frozenset(row.version for row in history if row.alias == RETIRED)


def newest_decision(decisions: Sequence[GateDecision], version: str) -> GateDecision | None:
    """The newest answer on a version, against whichever champion; None where its gate was never asked."""
    mine = [row for row in decisions if row.version == version]
    return max(mine, key=lambda row: (row.decided_at, row.is_promoted), default=None)


def state(history: Sequence[ModelAlias], decisions: Sequence[GateDecision], row: ModelVersion) -> str:
    """What a version is now: champion, previous, retired, refused, challenger, former or registered.

    Refused: no model could be trained, or the newest answer of its gate is no.
    """
    version = row.version
    made = newest_decision(decisions, version)
    found = {
        CHAMPION: holder(history, CHAMPION) == version,
        PREVIOUS: holder(history, PREVIOUS) == version,
        RETIRED: version in retired(history),
        REFUSED: not row.kinds or (made is not None and not made.is_promoted),
        CHALLENGER: holder(history, CHALLENGER) == version,
        FORMER: any(row.version == version and row.alias == CHAMPION for row in history),
    }
    return next((name for name, is_it in found.items() if is_it), REGISTERED)


def retirement(history: Sequence[ModelAlias], version: str, set_at: datetime, set_by: str, reason: str) -> ModelAlias:
    """The one row to append so that a version lives no more.

    Raises:
        ModelError: It is champion, or the one that a rollback goes back to, or retired already.
    """
    for alias in (CHAMPION, PREVIOUS):
        if holder(history, alias) == version:
            raise ModelError(
                f"version {version} is {alias}: only one that nothing scores with or goes back to is retired"
            )
    if version in retired(history):
        raise ModelError(f"version {version} is retired already")
    return ModelAlias(RETIRED, version, _next_sequence(history), set_at, set_by, reason)


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
