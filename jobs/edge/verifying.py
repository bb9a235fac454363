"""A sealed bundle verified, listed, or signed by one key more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.errors import BundleError
from edge_bundle.format.golden import check_golden
from edge_bundle.format.kernel import signed_kernel
from jobs.edge.bundle_report import bundle_data
from jobs.edge.later_signature import sign_file
from jobs.edge.signing import SigningKey, load_key
from jobs.models import registry
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.bundle_shelf import Shelved, bundle_name, newest_of, shelf
from lakehouse.errors import GateRefused, UsageError
from lakehouse.plant import Plant


@dataclass(frozen=True, slots=True)
class Asked:
    """Which bundle is to be trusted, and by which keys.

    Attributes:
        file: The bundle; None: the champion's newest.
        trusted: Public keys, 64 hexadecimal characters each; none: the release key.
        threshold: How many different trusted keys must have signed.
    """

    file: Path | None = None
    trusted: tuple[str, ...] = ()
    threshold: int = 1


def verify(settings: Settings, asked: Asked, *, with_members: bool = False) -> RunReport:
    """Check signature, members and golden vectors of a bundle.

    Raises:
        GateRefused: The bundle is not to be trusted.
        UsageError: There is no such file, no champion's bundle, or no key.
    """
    path, keys = _asked(settings, asked)
    bundle, proof = _verified(path, keys, asked.threshold)
    lines = (f"bundle: {bundle_name(bundle.manifest)}: signature, members and golden vectors hold ({proof})",)
    shown = _contents(bundle) if with_members else ()
    return RunReport("bundle", changed=False, lines=lines + shown, data=bundle_data(path, bundle))


def sign(settings: Settings, asked: Asked, key_name: str) -> RunReport:
    """Add the signature of a key to a bundle that holds. Raises: as `verify`."""
    path, keys = _asked(settings, asked)
    key = load_key(settings.keys, key_name)
    _verified(path, keys, asked.threshold)
    changed = sign_file(path, key.private)
    bundle, _ = _verified(path, [*keys, key.public], asked.threshold)
    words = "signed by" if changed else "was signed already by"
    line = f"bundle: {bundle_name(bundle.manifest)}: {words} key {key.key_id}; {len(bundle.signers)} signatures hold"
    return RunReport("bundle", changed=changed, lines=(line,), data=bundle_data(path, bundle))


def _asked(settings: Settings, asked: Asked) -> tuple[Path, Sequence[bytes]]:
    """The bundle's file and the keys that are trusted."""
    file, plant = asked.file, load_plant(settings)
    if file is not None and not file.is_file():
        raise UsageError(f"{file}: {'not a file' if file.exists() else 'No such file'}; name a bundle's file")
    keys = [_trusted(text) for text in asked.trusted] or [_own_key(settings).public]
    return file or _champions(plant, keys).path, keys


def _verified(path: Path, keys: Sequence[bytes], threshold: int) -> tuple[TrustedBundle, str]:
    """The bundle in a file, and what proved it."""
    if not 1 <= threshold <= len(set(keys)):
        raise UsageError(f"--threshold {threshold}; legal: 1 to {len(set(keys))}, the number of different trusted keys")
    try:
        bundle = open_bundle(path, keys, threshold=threshold)
        return bundle, _prove(bundle)
    except BundleError as exc:
        raise GateRefused(f"{path}: {exc}", {"bundle": path, "reasons": [str(exc)]}) from exc
    except OSError as exc:
        raise UsageError(f"{path}: {exc.strerror}") from exc


def _trusted(text: str) -> bytes:
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise UsageError(f"--trusted-key {text!r}; legal: a raw Ed25519 key, 64 hexadecimal characters")
    return bytes.fromhex(text)


def _own_key(settings: Settings) -> SigningKey:
    """The key that signs here, which a bundle from elsewhere was not signed with."""
    try:
        return load_key(settings.keys)
    except UsageError as exc:
        raise UsageError(f"{exc}, or name the signer's public key with --trusted-key") from exc


def _champions(plant: Plant, keys: Sequence[bytes]) -> Shelved:
    version = registry.champion(plant)
    found = newest_of(shelf(plant.lake, keys), version) if version else None
    if found is None:
        raise UsageError("the champion has no bundle yet; run `assay bundle build`")
    return found


def _prove(bundle: TrustedBundle) -> str:
    models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}
    result = check_golden(bundle, models, signed_kernel(bundle.members))
    return f"{result.scores} golden scores equal, by {result.scorer}"


def _contents(bundle: TrustedBundle) -> tuple[str, ...]:
    files = sorted(bundle.manifest.files.items())
    return tuple(f"  {entry.role:<10} {entry.size:>10,} B  {path}" for path, entry in files)
