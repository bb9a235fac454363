"""The lake's tables at versions of before: what a recipe reads through it is what it read then."""

from collections.abc import Callable, Mapping

import pyarrow.dataset as ds
from deltalake import DeltaTable

from expectations.tables.contract import Table
from lakehouse.arrow_reading import open_data
from lakehouse.commits import Commit
from lakehouse.delta_tables import open_table
from lakehouse.lake import Lake
from lakehouse.storage.key import Key


def _nowhere(_: Table) -> int | None:
    return None


class LakeThen(Lake):
    """Each table at a version; one whose version nobody knows as it is now.

    Attributes:
        unrecorded: Names of the tables that were read and whose version nobody knows.
    """

    def __init__(
        self, lake: Lake, versions: Mapping[str, int | None], find: Callable[[Table], int | None] = _nowhere
    ) -> None:
        """See the class.

        Args:
            lake: The lake as it is now.
            versions: Table -> its version; None: it was not there.
            find: The version of a table that is not among them, asked once; None: nobody knows.
        """
        self.storage, self.rules = lake.storage, lake.rules
        self.unrecorded = set[str]()
        self._versions = dict(versions)
        self._newest = dict[str, int | None]()
        self._find = find
        self._states = dict[str, DeltaTable]()
        self._commits = dict[str, list[Commit]]()

    def version(self, table: Table) -> int | None:
        """The version; None where the table was not there."""
        name = table.name
        if name in self._versions:
            return self._versions[name]
        if name not in self._newest:
            found = self._find(table)
            if found is not None:
                self._versions[name] = found
                return found
            self._newest[name] = max(super()._log_files(table), default=None)
        self.unrecorded.add(name)
        return self._newest[name]

    def exists(self, table: Table) -> bool:
        """Whether the table was there."""
        return self.version(table) is not None

    def commits(self, table: Table, after: int = -1) -> list[Commit]:
        """As of the lake, but the log is read once: up to a version it does not change."""
        if table.name not in self._commits:
            self._commits[table.name] = super().commits(table)
        return [one for one in self._commits[table.name] if one.version > after]

    def _log_files(self, table: Table) -> dict[int, Key]:
        """The log up to the version."""
        until = self.version(table)
        return {
            number: key for number, key in super()._log_files(table).items() if until is not None and number <= until
        }

    def _state(self, table: Table) -> DeltaTable:
        """The version. Raises: deltalake.exceptions.DeltaError: Its log is gone."""
        if table.name not in self._states:
            self._states[table.name] = open_table(self.storage_of(table), self.version(table))
        return self._states[table.name]

    def data(self, table: Table) -> ds.FileSystemDataset:
        """The rows that the version names. Raises: as `_state`."""
        return open_data(self.storage_of(table), self.version(table))
