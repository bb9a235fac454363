"""The lake: whether its tables can be opened, read and written."""

import os
from collections.abc import Iterator
from pathlib import Path

from deltalake.exceptions import DeltaError
from pyarrow.fs import FileType

from expectations.tables.contract import LAYERS
from jobs.diagnosis.finding import MOUNT, RIGHTS, Finding, Level
from jobs.diagnosis.mounts import is_read_only
from jobs.runtime.settings import Settings
from lakehouse.arrow_reading import open_data
from lakehouse.storage.places import storage_at
from lakehouse.storage.protocol import Storage

_SET_LAKE = "set lake (ASSAY_LAKE) to a folder you may write"


def lake(settings: Settings) -> Iterator[Finding]:
    """Whether each table can be opened, read and written; or, where there is no lake, made."""
    root = settings.lake
    if not root.exists():
        yield _unmade(root)
    elif not root.is_dir():
        yield Finding("lake", Level.FAIL, f"{root} is no folder", _SET_LAKE)
    elif not _is_ours(root):
        yield _shut(root)
    else:
        yield from _tables(root)


def _tables(root: Path) -> Iterator[Finding]:
    """What is wrong with each table; one finding for all where nothing is."""
    tables = [log.parent for layer in LAYERS for log in sorted((root / layer).glob("*/_delta_log"))]
    folders = [folder for table in tables for folder in (table, table / "_delta_log")]
    yield from [_shut(folder) for folder in folders if not _is_ours(folder)]
    broken = [(table, reason) for table in tables if (reason := damage_of(storage_at(table)))]
    for table, reason in broken:
        remedy = "restore the table, or move it away and run its job again"
        yield Finding("lake", Level.FAIL, f"{table.parent.name}.{table.name} cannot be opened: {reason}", remedy)
    if not broken:
        yield Finding("lake", Level.OK, f"{root}: {len(tables)} tables can be opened")


def _shut(folder: Path) -> Finding:
    if is_read_only(folder):
        return Finding("lake", Level.FAIL, f"{folder} is on a read-only file system", MOUNT)
    return Finding("lake", Level.FAIL, f"{folder} cannot be read and written", RIGHTS)


def _unmade(lake: Path) -> Finding:
    """A lake that is not there yet, and whether the first run can make it."""
    parent = next(path for path in lake.parents if path.exists())
    if parent.is_dir() and _is_ours(parent):
        return Finding("lake", Level.OK, f"{lake} is not there yet; the first run makes it")
    return Finding("lake", Level.FAIL, f"{lake} is not there yet, and cannot be made in {parent}", _SET_LAKE)


def _is_ours(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def damage_of(table: Storage) -> str | None:
    """Why a table's newest state cannot be read; None where it can, with every file that it names."""
    try:
        data = open_data(table)
    except (DeltaError, OSError) as error:
        return str(error).splitlines()[0]
    lost = [info for info in data.filesystem.get_file_info(data.files) if info.type is not FileType.File]
    return f"{len(lost)} of {len(data.files)} data files are gone, {lost[0].base_name} first" if lost else None
