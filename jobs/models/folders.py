"""Model folders below the lake: written whole or not at all."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.errors import UsageError
from lakehouse.files.durable import sync_files, sync_folder
from lakehouse.lake import Lake

if TYPE_CHECKING:
    from ml.gates.registry import ModelVersion


def model_folder(lake: Lake, version: str) -> Path:
    """Where the files of a version lie."""
    return lake.root / "models" / version


def write_model(lake: Lake, version: str, files: Mapping[str, bytes]) -> str:
    """Write a version's folder, whole or not at all, and to last before anything names it; its path below the lake.

    A version's models never change: of a folder that stands only the files that differ are replaced, such as the card
    of a version that was judged anew.
    """
    from ml.training.artifact import write_folder

    folder = model_folder(lake, version)
    draft = folder.with_name(f".{version}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    if not folder.exists():
        write_folder(draft, files)
        sync_files(draft)
        draft.rename(folder)
        sync_folder(folder.parent)
        sync_folder(lake.root)
        return folder.relative_to(lake.root).as_posix()
    standing = {path.name: path.read_bytes() for path in folder.iterdir()}
    changed = {name: data for name, data in files.items() if standing.get(name) != data}
    if changed:
        write_folder(draft, changed)
        sync_files(draft)
        for name in changed:
            (draft / name).replace(folder / name)
        draft.rmdir()
        sync_folder(folder)
    return folder.relative_to(lake.root).as_posix()


def read_model(lake: Lake, row: "ModelVersion") -> dict[str, bytes]:
    """The files of a registered version, by name.

    Raises:
        UsageError: The folder is not there, or its content is not what was registered.
    """
    from ml.errors import ModelError
    from ml.training.artifact import files_sha256, read_folder

    folder = model_folder(lake, row.version)
    try:
        files = read_folder(folder)
    except ModelError as exc:
        raise UsageError(str(exc)) from exc
    if files_sha256(files) != row.artifact_sha256:
        raise UsageError(
            f"{folder} is not what was registered as version {row.version}; restore it from a backup, or remove it and "
            "run `assay train` as that version was trained: the same data and parameters make it again"
        )
    return files
