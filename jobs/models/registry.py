"""The registry's tables: read and appended without Spark, which audits what is appended."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from expectations.tables.contract import Table
from expectations.tables.gold import GATE_DECISIONS, MODEL_ALIASES, MODEL_VERSIONS
from lakehouse.plant import Plant
from lakehouse.publish.rows import append_rows
from lakehouse.transaction import Transaction
from ml.gates.registry import CHAMPION, GateDecision, ModelAlias, ModelVersion, holder

BY_ROLLBACK = "assay rollback"


def aliases(plant: Plant) -> "list[ModelAlias]":
    """Every alias ever set, oldest first."""
    rows = [ModelAlias(**row) for row in plant.lake.arrow(MODEL_ALIASES).to_pylist()]
    return sorted(rows, key=lambda row: row.sequence)


def champion(plant: Plant) -> str | None:
    """The version in force, None where there is none."""
    return holder(aliases(plant), CHAMPION)


def taken_back(history: "Sequence[ModelAlias]", version: str) -> "ModelAlias | None":
    """The rollback that ended a version's time as champion; None where none did.

    Args:
        history: Alias rows, oldest first.
        version: The version.
    """
    reigns = [row for row in history if row.alias == CHAMPION]
    mine = [at for at, row in enumerate(reigns) if row.version == version]
    after = reigns[mine[-1] + 1 : mine[-1] + 2] if mine else []
    return after[0] if after and after[0].set_by == BY_ROLLBACK else None


def versions(plant: Plant) -> "list[ModelVersion]":
    """Every version that was trained, in no order."""
    return [ModelVersion(**row) for row in plant.lake.arrow(MODEL_VERSIONS).to_pylist()]


def version(plant: Plant, name: str) -> "ModelVersion | None":
    """A trained version by name, None where it was never trained."""
    return next((row for row in versions(plant) if row.version == name), None)


def decision(plant: Plant, name: str, against: str | None) -> "GateDecision | None":
    """The newest decision on a version against a champion, None where none was made.

    Of two at one time the one that promotes is the newer: a person's yes comes after the gate's no.
    """
    return max(_decisions(plant, name, against), key=lambda row: (row.decided_at, row.is_promoted), default=None)


def decisions(plant: Plant) -> "list[GateDecision]":
    """Every answer of a gate, in no order."""
    return [GateDecision(**row) for row in plant.lake.arrow(GATE_DECISIONS).to_pylist()]


def _decisions(plant: Plant, name: str, against: str | None) -> "list[GateDecision]":
    return [row for row in decisions(plant) if (row.version, row.champion) == (name, against)]


def reasons(made: "GateDecision") -> list[str]:
    """Words of the checks that a decision's version did not pass."""
    return [check["text"] for check in json.loads(made.report)["checks"] if check["verdict"] != "PASS"]


def append_version(plant: Plant, row: "ModelVersion") -> bool:
    """Register a version, once; False where it is registered already."""
    if version(plant, row.version) is not None:
        return False
    _append(plant, MODEL_VERSIONS, [row], f"version {row.version}")
    return True


def append_decision(plant: Plant, row: "GateDecision") -> bool:
    """Record a gate's answer, once; False where the newest on this version and champion has the same report."""
    standing = decision(plant, row.version, row.champion)
    if standing is not None and standing.report == row.report:
        return False
    report = hashlib.sha256(row.report.encode()).hexdigest()[:16]
    # A name is written once: the number tells a report that comes again, after another, from a repeat.
    number = 1 + len(_decisions(plant, row.version, row.champion))
    _append(plant, GATE_DECISIONS, [row], f"{row.version} against {row.champion}, report {report}, number {number}")
    return True


def append_aliases(plant: Plant, rows: "Sequence[ModelAlias]") -> bool:
    """Set aliases in one commit, once; False where there are none to set."""
    if not rows:
        return False
    _append(plant, MODEL_ALIASES, rows, f"alias {min(row.sequence for row in rows)}")
    return True


def _append(plant: Plant, table: Table, rows: Sequence[Any], name: str) -> None:
    once = Transaction(f"{table.name}/{name}")
    append_rows(plant.lake, table, [asdict(row) for row in rows], name, once)
