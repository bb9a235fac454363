"""What the commits of a Delta table say, read from its log without Spark."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a table: its version, operation, and what our job said in it (`userMetadata`, parsed)."""

    version: int
    operation: str
    metadata: Mapping[str, Any]


def commit_files(folder: Path) -> dict[int, Path]:
    """The log's file of each version that is still there; none where the folder is no table."""
    log = folder / "_delta_log"
    return {int(path.stem): path for path in log.glob("*.json") if path.stem.isdigit()}


def read_commit(version: int, path: Path) -> Commit:
    """What a commit says of itself; Delta writes it as the first line, before any file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"commitInfo"'):
                info = json.loads(line)["commitInfo"]
                return Commit(version, str(info.get("operation")), _parsed(info.get("userMetadata")))
    return Commit(version, "", {})


def changes_rows(path: Path) -> bool:
    """Whether a commit adds or removes a file for the sake of its rows."""
    actions = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    moved = (action[kind] for action in actions for kind in ("add", "remove") if kind in action)
    return any(move.get("dataChange", True) for move in moved)


def _parsed(text: str | None) -> Mapping[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
