"""What the commits of a Delta table say, read from its log without Spark."""

import json
from dataclasses import dataclass
from pathlib import Path

from lakehouse.commit_json import from_text
from lakehouse.commit_metadata import CommitMetadata


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a table: its version, operation and metadata."""

    version: int
    operation: str
    metadata: CommitMetadata


def commit_files(folder: Path) -> dict[int, Path]:
    """The log's file of each version that is still there; none where the folder is no table."""
    log = folder / "_delta_log"
    return {int(path.stem): path for path in log.glob("*.json") if path.stem.isdigit()}


def read_commit(version: int, path: Path) -> Commit:
    """What a commit says of itself; Delta writes it as the first line, before any file.

    Raises:
        CommitMetadataError: Its metadata holds a value of another type.
    """
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"commitInfo"'):
                info = json.loads(line)["commitInfo"]
                return Commit(version, str(info.get("operation")), from_text(info.get("userMetadata"), str(path)))
    return Commit(version, "", CommitMetadata())


def changes_rows(path: Path) -> bool:
    """Whether a commit adds or removes a file for the sake of its rows."""
    actions = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    moved = (action[kind] for action in actions for kind in ("add", "remove") if kind in action)
    return any(move.get("dataChange", True) for move in moved)
