"""Model folders below the lake: written whole or not at all."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.model_folder.folder import files_sha256
from lakehouse.errors import UsageError
from lakehouse.files.durable import sync_files, sync_folder
from lakehouse.lake import Lake

if TYPE_CHECKING:
    from expectations.model_folder.folder import ModelFolder
    from ml.gates.registry import ModelVersion


def model_folder(lake: Lake, version: str) -> Path:
    """Where the files of a version lie."""
    return lake.root / "models" / version


def write_model(lake: Lake, version: str, files: Mapping[str, bytes]) -> str:
    """Write a version's folder, whole or not at all, and to last before anything names it; its path below the lake.

    A version's models never change: of a folder that stands only the files that differ are replaced, such as the card
    of a version that was judged anew.
    """
    folder = model_folder(lake, version)
    draft = folder.with_name(f".{version}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    if not folder.exists():
        _write_folder(draft, files)
        sync_files(draft)
        draft.rename(folder)
        sync_folder(folder.parent)
        sync_folder(lake.root)
        return folder.relative_to(lake.root).as_posix()
    standing = {path.name: path.read_bytes() for path in folder.iterdir()}
    changed = {name: data for name, data in files.items() if standing.get(name) != data}
    if changed:
        _write_folder(draft, changed)
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
    folder = model_folder(lake, row.version)
    if not folder.is_dir():
        raise UsageError(f"{folder} is no model folder: train a model, or restore the folder")
    files = read_folder(folder)
    if files_sha256(files) != row.artifact_sha256:
        raise UsageError(
            f"{folder} is not what was registered as version {row.version}; restore it from a backup, or remove it and "
            "run `assay train` as that version was trained: the same data and parameters make it again"
        )
    return files


def read_version(lake: Lake, row: "ModelVersion") -> "ModelFolder":
    """The model folder of a registered version, read by its form.

    Raises:
        UsageError: As `read_model`, or a file of the folder is not of its form.
    """
    from edge_bundle.compiler.model_folder import ModelFolderError, read_model_folder

    files = read_model(lake, row)
    try:
        return read_model_folder(files)
    except ModelFolderError as exc:
        raise UsageError(f"model folder of version {row.version}: {exc}") from exc


def read_folder(folder: Path) -> dict[str, bytes]:
    """Content of a folder by file name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files into ``folder``, which is made where it is absent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
