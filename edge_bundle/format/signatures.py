"""``manifest.sig``: raw keys with raw signatures of the manifest's bytes, in the one legal order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge_bundle.format import ed25519
from edge_bundle.format.errors import KeyFormatError, SignatureError

SIGNED_PREFIX = b"assay-bundle/1\0"
MAX_SIGNERS = 8
ENTRY_BYTES = ed25519.PUBLIC_KEY_BYTES + ed25519.SIGNATURE_BYTES


@dataclass(frozen=True)
class TrustRoot:
    """Whom a device trusts.

    Attributes:
        keys: Raw Ed25519 public keys.
        threshold: How many different ones of them must have signed.
    """

    keys: frozenset[bytes]
    threshold: int


def trust_root(keys: Iterable[bytes], threshold: int) -> TrustRoot:
    """The trust root of these keys; a key that is named twice counts once.

    Raises:
        KeyFormatError: One is no key, or a key of small order.
        SignatureError: The threshold cannot be reached, or asks for nobody.
    """
    try:
        distinct = frozenset(ed25519.check_key(key) for key in keys)
    except KeyFormatError as exc:
        raise KeyFormatError(f"{exc}; trusted keys are needed whose signatures prove something") from exc
    if not 1 <= threshold <= len(distinct):
        raise SignatureError(
            f"{threshold} signatures of {len(distinct)} different trusted keys are needed; legal is 1 to the number "
            "of different keys"
        )
    return TrustRoot(distinct, threshold)


def verify(entries: bytes, manifest_bytes: bytes, root: TrustRoot) -> tuple[bytes, ...]:
    """The keys that signed, in order, all of whose signatures hold and enough of which are trusted.

    Raises:
        SignatureError: One does not hold, or too few are of trusted keys.
    """
    keys = tuple(_verified(entries, manifest_bytes))
    if len(set(keys) & root.keys) < root.threshold:
        raise SignatureError(
            f"signed by {[key.hex()[:16] for key in keys]}; {root.threshold} of the {len(root.keys)} trusted keys "
            "are needed"
        )
    return keys


def check_order(keys: Sequence[bytes], named: Sequence[str]) -> None:
    """Refuse any order but one: the signers that the manifest names, then those who signed later, ascending.

    Later signatures change no signed byte, so the manifest cannot name them.

    Raises:
        SignatureError: A named one is missing, one is there twice, or they are in another order.
    """
    found = [key.hex() for key in keys]
    if found[: len(named)] != list(named):
        raise SignatureError("the signatures are not those of the signers that the manifest names")
    later = found[len(named) :]
    if later != sorted(set(later) - set(named)):
        raise SignatureError("later signatures are repeated or out of order; legal is ascending by key, each once")


def _verified(entries: bytes, manifest_bytes: bytes) -> Iterable[bytes]:
    """The public keys of the entries."""
    count, rest = divmod(len(entries), ENTRY_BYTES)
    if rest or not 1 <= count <= MAX_SIGNERS:
        raise SignatureError(f"manifest.sig holds 1 to {MAX_SIGNERS} keys with signatures")
    for at in range(0, len(entries), ENTRY_BYTES):
        key = entries[at : at + ed25519.PUBLIC_KEY_BYTES]
        signature = entries[at + ed25519.PUBLIC_KEY_BYTES : at + ENTRY_BYTES]
        if not ed25519.verify(key, signature, SIGNED_PREFIX + manifest_bytes):
            raise SignatureError(f"the signature of key {key.hex()[:16]} does not hold")
        yield key
