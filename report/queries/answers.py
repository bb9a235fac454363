"""Every answer of a gate, the newest first: which version, asked for why, and what decided."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from report.lake_view import LakeView

MOST = 24
"""Two years of monthly trainings."""
DECIDES = ("FAIL", "INSUFFICIENT_DATA")
SAYS_MORE = ("saving", "saving_lower_bound", "cost_against_never_alarming", "recall_difference")
"""Checks that say why a version was let through."""


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """One answer. `why` are the words of what refused, or of what a promoted version is better by."""

    version: str
    champion: str | None
    decided_at: datetime
    gate: str
    verdict: str
    is_promoted: bool
    reason: str | None
    why: tuple[str, ...]


def gate_answers(view: LakeView) -> tuple[GateAnswer, ...]:
    """The newest `MOST` answers."""
    rows = view.rows(
        "SELECT version, champion, decided_at, verdict, is_promoted, reason, report FROM gold.gate_decisions "
        "ORDER BY decided_at DESC, version LIMIT $most",
        {"most": MOST},
    )
    return tuple(_answer(row, json.loads(row.pop("report"))) for row in map(dict, rows))


def _answer(row: dict[str, Any], report: dict[str, Any]) -> GateAnswer:
    checks = report.get("checks", ())
    chosen = [one for one in checks if one["verdict"] in DECIDES]
    if row["is_promoted"]:
        chosen = [one for one in checks if one["name"] in SAYS_MORE]
    return GateAnswer(**row, gate=report.get("gate", "gate"), why=tuple(one["text"] for one in chosen))
