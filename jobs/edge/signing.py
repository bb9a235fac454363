"""The Ed25519 keys that sign edge bundles, stored outside the lake: made, found, loaded."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from jobs.edge.key_files import KeyFolder
from jobs.edge.key_names import DEFAULT_NAME
from lakehouse.bundle_shelf import signers_on_shelf
from lakehouse.errors import UsageError
from lakehouse.storage.places import storage_at

SUFFIX = ".pem"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair: the private key, the public key (64 hex characters), its id (16 hex of the public key's SHA-256)."""

    name: str
    path: Path
    private: Ed25519PrivateKey
    public_hex: str
    key_id: str

    @property
    def public(self) -> bytes:
        """The raw public key, 32 bytes."""
        return bytes.fromhex(self.public_hex)


def make_key(folder: Path, name: str, lake: Path) -> bool:
    """Make a key: PEM (PKCS 8, mode 0600) in a folder of mode 0700. False where it exists already.

    Raises:
        UsageError: The folder lies inside the lake, cannot be written, or others can write it.
    """
    if folder.resolve().is_relative_to(lake.resolve()):
        raise UsageError(f"keys = {str(folder)!r} lies inside the lake {str(lake)!r}; legal: a folder outside it")
    path = _path(folder, name)
    try:
        with KeyFolder.made(folder) as opened:
            return opened.put(path.name, _new_pem())
    except OSError as exc:
        raise UsageError(f"key {path}: {exc.strerror}; set keys (ASSAY_KEYS) to a folder you may write") from exc


def check_root(folder: Path, name: str, lake: Path) -> None:
    """Refuse a key beside which no key lies that signed the lake's bundles: the folder may be a wrong one.

    Gateways trust the keys that signed what they run; a key of another folder signs bundles that all of them refuse.

    Raises:
        UsageError: Bundles were signed, by none of the folder's keys.
    """
    signers = signers_on_shelf(storage_at(lake))
    if not signers or _path(folder, name).is_file() or signers & set(_public_keys(folder)):
        return
    known = ", ".join(sorted(key[:16] for key in signers))
    raise UsageError(
        f"the bundles of lake {lake} were signed by {known}, and keys = {str(folder)!r} holds none of these keys, so a "
        "new one would be a new root of trust that no gateway knows; set keys (ASSAY_KEYS) to their folder, or say "
        "--new-root"
    )


def load_key(folder: Path, name: str = DEFAULT_NAME) -> SigningKey:
    """The key of that name.

    Raises:
        UsageError: It is not there, is no Ed25519 key, or others can read or change it.
    """
    path = _path(folder, name)
    try:
        with KeyFolder.found(folder) as opened:
            pem = opened.read(path.name)
    except FileNotFoundError as exc:
        raise UsageError(
            f"no signing key {path}; make one with `assay keys make --name {name}`, or set keys (ASSAY_KEYS) to its "
            "folder"
        ) from exc
    except OSError as exc:
        raise UsageError(f"signing key {path}: {exc.strerror}") from exc
    return _parsed(name, path, pem)


def _parsed(name: str, path: Path, pem: bytes) -> SigningKey:
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as exc:
        raise UsageError(
            f"signing key {path} is not an unencrypted PEM key: {exc}; bring it back from a copy, or remove it and "
            f"make another with `assay keys make --name {name}`"
        ) from exc
    if not isinstance(private, Ed25519PrivateKey):
        raise UsageError(f"signing key {path} is of kind {type(private).__name__}; legal: Ed25519")
    public = private.public_key().public_bytes_raw()
    return SigningKey(name, path, private, public.hex(), hashlib.sha256(public).hexdigest()[:16])


def _public_keys(folder: Path) -> Iterable[str]:
    """Public keys of all keys of a folder that can be read, as hexadecimal text."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if _NAME.fullmatch(path.stem):
            try:
                yield load_key(folder, path.stem).public_hex
            except UsageError:
                continue


def _path(folder: Path, name: str) -> Path:
    if _NAME.fullmatch(name) is None:
        raise UsageError(f"key name {name!r}; legal: small letters, digits, - and _, at most 64")
    return folder / f"{name}{SUFFIX}"


def _new_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
