"""A signature that is added to a sealed bundle: no signed byte changes, so gateways that trusted it still do."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.seal import add_signature
from edge_bundle.format.errors import BundleError
from lakehouse.errors import GateRefused, UsageError
from lakehouse.storage.places import file_at


def sign_file(path: Path, private: "Ed25519PrivateKey") -> bool:
    """Add a signature to a bundle's file, durable, whole or not at all; False where the key has signed it already.

    Args:
        path: A bundle that the caller has verified.
        private: The key that signs.

    Raises:
        GateRefused: It has as many signatures as are legal.
        UsageError: The file cannot be read or written.
    """
    try:
        folder, key = file_at(path)
        data = folder.read(key)
        signed = add_signature(data, private)
        if signed == data:
            return False
        folder.put(key, signed)
    except (SealError, BundleError) as exc:
        raise GateRefused(f"{path}: {exc}", {"bundle": path, "reasons": [str(exc)]}) from exc
    except OSError as exc:
        raise UsageError(f"{path}: {exc.strerror}; name a bundle's file in a folder that can be written") from exc
    return True
