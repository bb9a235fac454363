"""The commits of a table from the newest back, each read once and only as far back as somebody asks."""

from collections.abc import Iterator
from datetime import datetime

from lakehouse.commits import Commit, changes_rows, commit_files, read_commit, written_at
from lakehouse.storage.protocol import Storage


class Backwards:
    """The commits that are still in the log, newest first; to be gone through any number of times."""

    def __init__(self, table: Storage) -> None:
        self._table = table
        self._files = commit_files(table)
        self._versions = sorted(self._files, reverse=True)
        self._read: list[Commit] = []

    def __iter__(self) -> Iterator[Commit]:
        for place, version in enumerate(self._versions):
            if place == len(self._read):
                self._read.append(read_commit(self._table, version, self._files[version]))
            yield self._read[place]

    def changes_rows(self, commit: Commit) -> bool:
        """Whether it adds or removes a file for the sake of its rows."""
        return changes_rows(self._table, self._files[commit.version])

    def written_at(self, commit: Commit) -> datetime:
        """When its file was written."""
        return written_at(self._table, self._files[commit.version])
