"""What the commits of a Delta table say, read from its log without Spark."""

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from lakehouse.commit_json import from_text
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Entry, Storage

LOG = Key("_delta_log")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a table: its version, operation and metadata."""

    version: int
    operation: str
    metadata: CommitMetadata


def commit_files(table: Storage) -> dict[int, Key]:
    """The log's file of each version that is still there; none where there is no table."""
    stems = ((name, name.removesuffix(".json")) for name in table.names(LOG).files if name.endswith(".json"))
    return {int(stem): LOG / name for name, stem in stems if stem.isdigit()}


def newest_commit(table: Storage) -> tuple[int, Entry] | None:
    """The newest version and the log's file of it; None where there is no table."""
    version, file = max(commit_files(table).items(), default=(0, None))
    entry = None if file is None else table.entry(file)
    return None if entry is None else (version, entry)


def is_table(table: Storage) -> bool:
    """Whether there is a log with a commit."""
    return any(name.endswith(".json") for name in table.names(LOG).files)


def written_at(table: Storage, file: Key) -> datetime:
    """When a file of the log was written."""
    written = table.entry(file)
    return datetime.fromtimestamp(written.modified_us / 1e6 if written else 0, UTC)


def read_commit(table: Storage, version: int, file: Key) -> Commit:
    """What a commit says of itself; Delta writes it as the first line, before any file.

    Raises:
        CommitMetadataError: Its metadata holds a value of another type.
    """
    with io.BufferedReader(table.open(file)) as lines:
        for line in lines:
            if line.startswith(b'{"commitInfo"'):
                info = json.loads(line)["commitInfo"]
                metadata = from_text(info.get("userMetadata"), f"{table.place}/{file}")
                return Commit(version, str(info.get("operation")), metadata)
    return Commit(version, "", CommitMetadata())


def changes_rows(table: Storage, file: Key) -> bool:
    """Whether a commit adds or removes a file for the sake of its rows."""
    actions = (json.loads(line) for line in table.read(file).splitlines())
    moved = (action[kind] for action in actions for kind in ("add", "remove") if kind in action)
    return any(move.get("dataChange", True) for move in moved)
