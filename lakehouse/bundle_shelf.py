"""The shelf of sealed bundles below the lake: numbered, never changed, the newest of a version found again."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edge_bundle.format.bundle import TrustedBundle, leaders, open_bundle
from edge_bundle.format.errors import BundleError
from edge_bundle.format.manifest import Manifest
from edge_bundle.format.manifest_json import parse_manifest
from lakehouse.errors import UsageError
from lakehouse.files.durable import sync_folder
from lakehouse.lake import Lake

SUFFIX = ".assay"
RETIRED = "retired"
"""Folder of the shelf for bundles that are used no more: it is not read, but no number in it is given again."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A bundle on the shelf, verified."""

    path: Path
    bundle: TrustedBundle

    @property
    def name(self) -> str:
        """`name@version+build`, as scores refer to it."""
        return bundle_name(self.bundle.manifest)

    @property
    def model_version(self) -> str:
        """The registry's version of its models."""
        return self.bundle.manifest.models[0].version


def bundle_name(manifest: Manifest) -> str:
    """`name@version+build`."""
    return f"{manifest.name}@{manifest.version}+{manifest.build}"


def shelf_folder(lake: Lake) -> Path:
    """Where the bundles lie."""
    return lake.root / "bundles"


def shelf(lake: Lake, trusted_keys: Iterable[bytes]) -> list[Shelved]:
    """Every bundle, oldest build first.

    Raises:
        UsageError: One cannot be trusted: it was changed, or another key signed it.
    """
    keys = list(trusted_keys)
    found = []
    for path in sorted(shelf_folder(lake).glob(f"*{SUFFIX}")):
        try:
            found.append(Shelved(path, open_bundle(path, keys)))
        except BundleError as exc:
            advice = f"set keys to the folder of the key that sealed it, or move it to {path.parent / RETIRED}"
            raise UsageError(f"bundle {path.name} is refused: {exc}; {advice}") from exc
    return sorted(found, key=lambda shelved: shelved.bundle.manifest.build)


def newest_of(bundles: Iterable[Shelved], version: str) -> Shelved | None:
    """The newest bundle of a model version, None where it has none."""
    mine = [shelved for shelved in bundles if shelved.model_version == version]
    return mine[-1] if mine else None


def put(lake: Lake, name: str, data: bytes) -> Path:
    """Lay a sealed bundle down, whole or not at all, to last."""
    folder = shelf_folder(lake)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace('@', '-')}{SUFFIX}"
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    sync_folder(folder)
    sync_folder(lake.root)
    return path


def signers_on_shelf(lake_folder: Path) -> set[str]:
    """Public keys, as hexadecimal text, that some bundle of the lake at this place names as its signers.

    They are read, not verified: a lake whose bundles cannot be read has none.
    """
    found: set[str] = set()
    for path in sorted((lake_folder / "bundles").glob(f"*{SUFFIX}")):
        try:
            found.update(parse_manifest(leaders(path.read_bytes())[0]).signers)
        except (BundleError, OSError):
            continue
    return found
