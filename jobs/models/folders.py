"""Model folders below the lake: written file by file, whole once their card is there."""

from collections.abc import Mapping

from edge_bundle.compiler.model_folder import ModelFolderError, read_model_folder
from expectations.model_folder.folder import ModelFolder, files_sha256
from expectations.model_folder.models import CARD_FILE
from lakehouse.errors import UsageError
from lakehouse.lake import Lake
from lakehouse.storage.key import Key
from ml.gates.registry import ModelVersion


def model_key(version: str) -> Key:
    """Where the files of a version are, below the lake."""
    return Key("models") / version


def is_written(lake: Lake, version: str) -> bool:
    """Whether the folder of a version was written to its end: the card is the last of its files."""
    return lake.storage.entry(model_key(version) / CARD_FILE) is not None


def write_model(lake: Lake, version: str, files: Mapping[str, bytes]) -> str:
    """Write a version's files, durable before anything names them; the folder's path below the lake.

    Each is written whole or not at all, the card last: a folder without a card is not a whole one, and no row of the
    registry names it. A version's models never change: only files that differ are replaced, such as the card of a
    version that was evaluated again.
    """
    folder, storage = model_key(version), lake.storage
    storage.delete_all(folder.parent / f".{version}.draft")  # as older versions left it when they were killed
    for name in sorted(files, key=lambda name: (name == CARD_FILE, name)):
        key = folder / name
        if storage.entry(key) is None or storage.read(key) != files[name]:
            storage.put(key, files[name])
    storage.sweep(folder)
    return folder


def read_model(lake: Lake, row: "ModelVersion") -> dict[str, bytes]:
    """The files of a registered version, by name.

    Raises:
        UsageError: The folder is not there, or its content is not what was registered.
    """
    folder = lake.storage.below(model_key(row.version))
    files = {name: folder.read(Key(name)) for name in folder.names().files}
    if not files:
        raise UsageError(f"{folder.place} is no model folder: train a model, or restore the folder")
    if files_sha256(files) != row.artifact_sha256:
        raise UsageError(
            f"{folder.place} is not what was registered as version {row.version}; restore it from a backup, "
            "or remove it and run `assay train` as that version was trained: the same data and parameters make it again"
        )
    return files


def read_version(lake: Lake, row: "ModelVersion") -> "ModelFolder":
    """The model folder of a registered version, read by its form.

    Raises:
        UsageError: As `read_model`, or a file of the folder is not of its form.
    """
    files = read_model(lake, row)
    try:
        return read_model_folder(files)
    except ModelFolderError as exc:
        raise UsageError(f"model folder of version {row.version}: {exc}") from exc
