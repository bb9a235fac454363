"""The shelf of sealed bundles below the lake: numbered, never changed, the newest of a version found again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_bundle.format.bundle import TrustedBundle, leaders, open_bundle
from edge_bundle.format.errors import BundleError
from edge_bundle.format.manifest import Manifest
from edge_bundle.format.manifest_json import parse_manifest
from lakehouse.errors import UsageError
from lakehouse.lake import Lake
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

SHELF = Key("bundles")
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

    def sealed(self) -> bytes:
        """The file as it is now: signatures may have been added since."""
        return self.path.read_bytes()

    @property
    def model_version(self) -> str:
        """The registry's version of its models."""
        return self.bundle.manifest.models[0].version


def bundle_name(manifest: Manifest) -> str:
    """`name@version+build`."""
    return f"{manifest.name}@{manifest.version}+{manifest.build}"


def shelf_folder(lake: Lake) -> Path:
    """Where the bundles are, as a person reads it."""
    return Path(lake.storage.below(SHELF).place)


def shelf(lake: Lake, trusted_keys: Iterable[bytes]) -> list[Shelved]:
    """Every bundle, oldest build first.

    Raises:
        UsageError: One cannot be trusted: it was changed, or another key signed it.
    """
    keys = list(trusted_keys)
    found = []
    for key in _files(lake.storage):
        path = Path(lake.storage.local_copy(key))
        try:
            found.append(Shelved(path, open_bundle(path, keys)))
        except BundleError as exc:
            advice = f"set keys to the folder of the key that sealed it, or move it to {shelf_folder(lake) / RETIRED}"
            raise UsageError(f"bundle {key.name} is refused: {exc}; {advice}") from exc
    return sorted(found, key=lambda shelved: shelved.bundle.manifest.build)


def is_there(lake: Lake) -> bool:
    """Whether anything was ever laid on the shelf."""
    return bool(lake.storage.entries(SHELF))


def names_ever(lake: Lake) -> list[str]:
    """Names of the files on the shelf and in every folder of it, without their suffix."""
    files = (entry.key.name for entry in lake.storage.entries(SHELF))
    return [name.removesuffix(SUFFIX) for name in files if name.endswith(SUFFIX)]


def newest_of(bundles: Iterable[Shelved], version: str) -> Shelved | None:
    """The newest bundle of a model version, None where it has none."""
    mine = [shelved for shelved in bundles if shelved.model_version == version]
    return mine[-1] if mine else None


def put(lake: Lake, name: str, data: bytes) -> Path:
    """Lay a sealed bundle down, durable, whole or not at all.

    Raises:
        PresentError: A bundle of that name is there: it never changes.
    """
    key = SHELF / f"{name.replace('@', '-')}{SUFFIX}"
    lake.storage.put_if_absent(key, data)
    lake.storage.sweep(SHELF)
    return Path(lake.storage.local_copy(key))


def signers_on_shelf(lake: Storage) -> set[str]:
    """Public keys, as hexadecimal text, that some bundle of the lake names as its signers.

    They are read, not verified: a lake whose bundles cannot be read has none.
    """
    return {signer for manifest in _manifests(lake) for signer in manifest.signers}


def versions_on_shelf(lake: Storage) -> set[str]:
    """Versions of models that some bundle of the lake holds first, as `Shelved.model_version`; read, not verified."""
    return {manifest.models[0].version for manifest in _manifests(lake)}


def _manifests(lake: Storage) -> Iterator[Manifest]:
    """What the bundles that can be read say of themselves."""
    for key in _files(lake):
        try:
            yield parse_manifest(leaders(lake.read(key))[0])
        except (BundleError, OSError):
            continue


def _files(lake: Storage) -> list[Key]:
    return [SHELF / name for name in lake.names(SHELF).files if name.endswith(SUFFIX)]
