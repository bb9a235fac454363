"""`assay keys`: the Ed25519 keys that sign edge bundles, kept outside the lake."""

import argparse
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.runtime.errors import UsageError
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DEFAULT_NAME = "release"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair: the private key, the public key (64 hex characters), its id (16 hex of the public key's SHA-256)."""

    name: str
    path: Path
    private: "Ed25519PrivateKey"
    public_hex: str
    key_id: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to do and with which key."""
    parser.add_argument("action", choices=["make", "show"], help="make a key (once), or show the public part of one")
    parser.add_argument("--name", default=DEFAULT_NAME, help=f"name of the key; default: {DEFAULT_NAME}")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Make or show a key; a key that is there is never replaced.

    Raises:
        UsageError: The key cannot be made, is not there, is no Ed25519 key, or others can read it.
    """
    changed = False
    if args.action == "make":
        changed = make_key(settings.keys, args.name, settings.lake)
    key = load_key(settings.keys, args.name)
    data = {"name": key.name, "public_key": key.public_hex, "key_id": key.key_id, "path": key.path}
    lines = (f"public key  {key.public_hex}", f"key id      {key.key_id}", f"kept in     {key.path}")
    return RunReport("keys", changed=changed, lines=lines, data=data)


def make_key(folder: Path, name: str, lake: Path) -> bool:
    """Make a key: PEM (PKCS 8, mode 0600) in a folder of mode 0700. False where it exists already.

    Raises:
        UsageError: The folder lies inside the lake or cannot be written.
    """
    if folder.resolve().is_relative_to(lake.resolve()):
        raise UsageError(f"keys = {str(folder)!r} lies inside the lake {str(lake)!r}; legal: a folder outside it")
    path = _path(folder, name)
    if path.exists():
        return False
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_new_pem())
            os.fsync(file.fileno())
    except OSError as exc:
        raise UsageError(f"key {path}: {exc.strerror}; set keys (ASSAY_KEYS) to a folder you may write") from exc
    return True


def load_key(folder: Path, name: str = DEFAULT_NAME) -> SigningKey:
    """The key of that name.

    Raises:
        UsageError: It is not there, is no Ed25519 key, or others can read it.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = _path(folder, name)
    if not path.is_file():
        raise UsageError(f"no signing key {path}; make one with `assay keys make --name {name}`")
    if path.stat().st_mode & 0o077:
        raise UsageError(f"signing key {path} can be read by others; legal: mode 0600, set it with `chmod 600 {path}`")
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as exc:
        raise UsageError(f"signing key {path} is not an unencrypted PEM key: {exc}") from exc
    if not isinstance(private, Ed25519PrivateKey):
        raise UsageError(f"signing key {path} is of kind {type(private).__name__}; legal: Ed25519")
    public = private.public_key().public_bytes_raw()
    return SigningKey(name, path, private, public.hex(), hashlib.sha256(public).hexdigest()[:16])


def _path(folder: Path, name: str) -> Path:
    if _NAME.fullmatch(name) is None:
        raise UsageError(f"key name {name!r}; legal: small letters, digits, - and _, at most 64")
    return folder / f"{name}.pem"


def _new_pem() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
