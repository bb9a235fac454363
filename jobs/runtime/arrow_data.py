"""A Delta table's newest state as an Arrow data set, read by Arrow's own file system."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyarrow.dataset import FileSystemDataset


def open_data(folder: Path) -> "FileSystemDataset":
    """The rows that the table's newest version names.

    Args:
        folder: The table's folder on this machine.

    Raises:
        deltalake.exceptions.DeltaError: The folder holds no table that can be read.
    """
    from deltalake import DeltaTable
    from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

    # Through deltalake's own file system buffers are Python's: a thread of Arrow's that lets one go while the process
    # ends asks for an interpreter that is gone, and aborts the process, 5 times in 100 on a busy machine.
    files = SubTreeFileSystem(str(folder.absolute()), LocalFileSystem())
    return DeltaTable(folder).to_pyarrow_dataset(filesystem=files)
