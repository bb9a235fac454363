"""All that the registry holds of one version, and whether its files are what was registered."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from expectations.tables.gold_savings import BUNDLES
from jobs.models import registry
from jobs.models.folders import read_model
from jobs.models.registered.weeks import Did, in_shadow, weeks_of
from jobs.models.shadow_version import shadow_version
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from ml.gates.registry import GateDecision, ModelVersion, newest_decision, state


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered version.

    Attributes:
        row: Its row of the registry.
        state: As `ml.gates.registry.state`.
        decision: The newest of its gate's answers; None where it was never asked.
        bundles: Sealed bundles whose first models are its own, with the digest of their manifests, oldest first.
        fault: Why its folder cannot be used; empty where it holds what was registered.
        is_in_shadow: Whether it scores beside the champion.
        shadow: What it did in shadow so far; None where no week of it is known.
    """

    row: ModelVersion
    state: str
    decision: GateDecision | None
    bundles: tuple[tuple[str, str | None], ...]
    fault: str = ""
    is_in_shadow: bool = False
    shadow: Did | None = None

    def document(self) -> dict[str, Any]:
        """All of it for programs, section by section; numbers as the tables hold them."""
        made = json.loads(self.row.parameters)
        gate = self.decision
        return {
            "version": self.row.version, "state": self.state, "horizon": self.row.horizon, "kinds": self.row.kinds,
            "trained_at": self.row.trained_at, "data": json.loads(self.row.data_versions),
            "code": self.row.code_revision, "parameters": made.get("params", {}), "policy": made.get("policy", {}),
            "libraries": made.get("libraries", {}), "metrics": json.loads(self.row.metrics),
            "gate": {} if gate is None else {
                "verdict": gate.verdict, "against": gate.champion, "decided_at": gate.decided_at,
                "is_promoted": gate.is_promoted, "is_provisional": gate.is_provisional, "asked_for": gate.reason,
                "reasons": registry.reasons(gate),
            },
            "bundles": [{"bundle": name, "sha256": sha256} for name, sha256 in self.bundles],
            "shadow": {"is_scoring": self.is_in_shadow, **({} if self.shadow is None else asdict(self.shadow))},
            "folder": {"path": self.row.artifact, "sha256": self.row.artifact_sha256, "fault": self.fault},
        }  # fmt: skip


def entries(plant: Plant) -> list[Entry]:
    """Every registered version, the one trained last at the end."""
    rows, history, made = registry.versions(plant), registry.aliases(plant), registry.decisions(plant)
    sealed, weeks, shadow = _bundles(plant), weeks_of(plant), shadow_version(plant)
    return [
        Entry(row, state(history, made, row), newest_decision(made, row.version), sealed.get(row.version, ()),
              folder_fault(plant, row), row == shadow, in_shadow(weeks, row.version))
        for row in sorted(rows, key=lambda row: (row.trained_at, row.version))
    ]  # fmt: skip


def entry(known: Sequence[Entry], name: str) -> Entry:
    """The version of that name, or the only one whose name begins so.

    Raises:
        UsageError: There is none, or several begin so.
    """
    exact = [one for one in known if one.row.version == name]
    found = exact or [one for one in known if one.row.version.startswith(name)]
    if len(found) != 1:
        legal = ", ".join(one.row.version for one in known) or "none; run `assay train` first"
        raise UsageError(
            f"got version {name!r}, which is {'none' if not found else 'the begin of several'}; legal: {legal}"
        )
    return found[0]


def folder_fault(plant: Plant, row: ModelVersion) -> str:
    """Why the folder of a version cannot be used; empty where it can."""
    try:
        read_model(plant.lake, row)
    except UsageError as exc:
        return str(exc)
    return ""


def _bundles(plant: Plant) -> Mapping[str, tuple[tuple[str, str | None], ...]]:
    found = defaultdict[str, list[tuple[str, str | None]]](list)
    for row in sorted(plant.lake.arrow(BUNDLES).to_pylist(), key=lambda row: int(row["build"])):
        found[row["model_version"]].append((row["bundle"], row.get("sha256")))
    return {version: tuple(bundles) for version, bundles in found.items()}
