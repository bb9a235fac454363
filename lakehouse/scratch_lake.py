"""A lake of its own over the bronze of another, which it reads only."""

from pathlib import Path
from typing import TYPE_CHECKING

from deltalake import DeltaTable

from expectations.tables.contract import Table
from lakehouse.lake import Lake
from lakehouse.lake_then import LakeThen
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

if TYPE_CHECKING:
    from pyarrow.dataset import FileSystemDataset


class ScratchLake(Lake):
    """Bronze is that of another lake at versions of before; every other table is below a folder of its own."""

    def __init__(self, root: Path, bronze: LakeThen) -> None:
        """See the class; `root` need not be there."""
        super().__init__(root)
        self._bronze = bronze

    def storage_of(self, table: Table) -> Storage:
        """The files of a table."""
        return self._bronze.storage_of(table) if _is_bronze(table) else super().storage_of(table)

    def exists(self, table: Table) -> bool:
        """Whether the table is there."""
        return self._bronze.exists(table) if _is_bronze(table) else super().exists(table)

    def version(self, table: Table) -> int | None:
        """The version that is read; None where the table is not there."""
        return self._bronze.version(table) if _is_bronze(table) else super().version(table)

    def data(self, table: Table) -> "FileSystemDataset":
        """The rows of that version."""
        return self._bronze.data(table) if _is_bronze(table) else super().data(table)

    def _log_files(self, table: Table) -> dict[int, Key]:
        return self._bronze._log_files(table) if _is_bronze(table) else super()._log_files(table)

    def _state(self, table: Table) -> DeltaTable:
        return self._bronze._state(table) if _is_bronze(table) else super()._state(table)


def _is_bronze(table: Table) -> bool:
    return table.layer == "bronze"
