"""A signature that is added to a sealed bundle: no signed byte changes, so gateways that trusted it still do."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.seal import add_signature
from edge_bundle.format.errors import BundleError
from lakehouse.errors import GateRefused, UsageError
from lakehouse.files.durable import sync_folder


def sign_file(path: Path, private: "Ed25519PrivateKey") -> bool:
    """Add a signature to a bundle's file, whole and lasting or not at all; False where the key has signed it already.

    Args:
        path: A bundle that the caller has verified.
        private: The key that signs.

    Raises:
        GateRefused: It has as many signatures as are legal.
        UsageError: The file cannot be read or written.
    """
    try:
        data = path.read_bytes()
        signed = add_signature(data, private)
        if signed == data:
            return False
        _replace(path, signed)
    except (SealError, BundleError) as exc:
        raise GateRefused(f"{path}: {exc}", {"bundle": path, "reasons": [str(exc)]}) from exc
    except OSError as exc:
        raise UsageError(f"{path}: {exc.strerror}; name a bundle's file in a folder that can be written") from exc
    return True


def _replace(path: Path, data: bytes) -> None:
    target = path.resolve()
    draft = target.with_name(f".{target.name}.draft")
    with draft.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.chmod(target.stat().st_mode & 0o777)
    draft.replace(target)
    sync_folder(target.parent)
