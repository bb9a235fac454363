"""Points of small and mixed order, other encodings, large scalars: every verifier says the same, and no to forgers.

The cases are those of Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs", 2020, table 5, computed here.
"""

from __future__ import annotations

import hashlib
from itertools import product

import pytest

from edge_bundle.format import ed25519
from edge_bundle.format import ed25519_reference as curve
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.ed25519 import Verifier
from edge_bundle.format.errors import KeyFormatError, SignatureError
from tests.support.edge_models import TRUSTED, small_bundle

MESSAGE = b"a manifest that nobody signed"
BASE = curve._BASE
SECRET = 0x1234567890ABCDEF
VERIFIERS: dict[str, Verifier | None] = {
    "libcrypto": ed25519.libcrypto_verifier(),
    "python": curve.verify,
    "both": ed25519.verify,
}


def small_points() -> list[bytes]:
    """The eight points whose eightfold is the identity, in their canonical encodings."""
    found = {curve._encode(curve._IDENTITY)}
    for y in range(2, 200):
        point = curve.decode(y.to_bytes(32, "little"))
        if point is None:
            continue
        torsion = curve._multiply(curve.ORDER, point)
        found |= {curve._encode(curve._multiply(times, torsion)) for times in range(8)}
    return sorted(found)


SMALL = small_points()
EIGHTH = next(
    point
    for point in map(curve.decode, SMALL)
    if point is not None and curve._encode(curve._multiply(4, point)) != curve._encode(curve._IDENTITY)
)


def challenge(commitment: bytes, key: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(commitment + key + message).digest(), "little") % curve.ORDER


def verdicts(key: bytes, signature: bytes, message: bytes = MESSAGE) -> set[bool]:
    """What the verifiers say; a key that is refused with an error counts as no."""
    found = set()
    for verify in VERIFIERS.values():
        if verify is None:
            continue
        try:
            found.add(verify(key, signature, message))
        except KeyFormatError:
            found.add(False)
    return found


def scalar_bytes(scalar: int) -> bytes:
    return scalar.to_bytes(32, "little")


def test_eight_points_have_a_small_order() -> None:
    assert len(SMALL) == 8
    assert curve._encode(curve._multiply(8, EIGHTH)) == curve._encode(curve._IDENTITY)


@pytest.mark.parametrize("key", SMALL, ids=bytes.hex)
def test_a_key_of_small_order_forges_nothing(key: bytes) -> None:
    """Without the check one message in at most eight takes the signature (R, 0) with R of small order."""
    point = curve.decode(key)
    assert point is not None
    forged = 0
    for number in range(64):
        message = MESSAGE + bytes([number])
        for commitment in SMALL:
            negated = (curve.P - point[0], point[1], point[2], curve.P - point[3])
            expected = curve._encode(curve._multiply(challenge(commitment, key, message), negated))
            if expected == commitment:
                forged += 1
                assert verdicts(key, commitment + scalar_bytes(0), message) == {False}
    assert forged > 0


@pytest.mark.parametrize("key", SMALL, ids=bytes.hex)
def test_a_key_of_small_order_is_no_root_of_trust(key: bytes) -> None:
    with pytest.raises(KeyFormatError, match="small order"):
        ed25519.check_key(key)
    with pytest.raises(KeyFormatError, match="small order"):
        open_bundle(small_bundle(), [TRUSTED, key])


def other_encodings() -> list[bytes]:
    """Every encoding of 32 bytes that names a point but is not its canonical one: y of p and more, and a signed 0."""
    found = [(y | sign << 255).to_bytes(32, "little") for y, sign in product(range(curve.P, 2**255), (0, 1))]
    return [*found, (1 | 1 << 255).to_bytes(32, "little"), (curve.P - 1 | 1 << 255).to_bytes(32, "little")]


@pytest.mark.parametrize("key", other_encodings(), ids=bytes.hex)
def test_a_point_has_one_encoding(key: bytes) -> None:
    with pytest.raises(KeyFormatError, match="no point has this encoding"):
        ed25519.check_key(key)
    for commitment in (*SMALL, key):
        assert verdicts(key, commitment + scalar_bytes(0)) == {False}


@pytest.mark.parametrize("commitment", [*SMALL, *other_encodings()], ids=bytes.hex)
def test_a_commitment_of_small_order_or_in_another_encoding_does_not_hold(commitment: bytes) -> None:
    """With the secret at hand s = k a solves the equation for R = identity, and so would it for its other spellings."""
    key = curve._encode(curve._multiply(SECRET, BASE))
    scalar = challenge(commitment, key, MESSAGE) * SECRET % curve.ORDER

    assert verdicts(key, commitment + scalar_bytes(scalar)) == {False}


def mixed(scalar: int) -> curve.Point:
    return curve._add(curve._multiply(scalar, BASE), EIGHTH)


def test_keys_and_commitments_of_mixed_order_get_one_verdict() -> None:
    """Such a key's owner has a secret; whether a signature holds depends on the cofactor, which none multiplies by."""
    plain, odd = curve._encode(curve._multiply(SECRET, BASE)), curve._encode(mixed(SECRET))
    seen: dict[tuple[bool, bool], set[bool]] = {}
    for number in range(24):
        message = MESSAGE + bytes([number])
        nonce = 77 + number
        for key, commitment in product(
            (plain, odd), (curve._encode(curve._multiply(nonce, BASE)), curve._encode(mixed(nonce)))
        ):
            scalar = (nonce + challenge(commitment, key, message) * SECRET) % curve.ORDER
            said = verdicts(key, commitment + scalar_bytes(scalar), message)
            assert len(said) == 1
            seen.setdefault((key == odd, commitment == curve._encode(mixed(nonce))), set()).update(said)

    assert seen[False, False] == {True}
    assert seen[True, False] == {True, False}  # holds where the challenge is a multiple of eight


@pytest.mark.parametrize("times", [1, 2, 7, 15])
def test_a_scalar_of_the_groups_order_or_more_does_not_hold(times: int) -> None:
    key, nonce = curve._encode(curve._multiply(SECRET, BASE)), 5
    commitment = curve._encode(curve._multiply(nonce, BASE))
    scalar = (nonce + challenge(commitment, key, MESSAGE) * SECRET) % curve.ORDER

    assert verdicts(key, commitment + scalar_bytes(scalar)) == {True}
    assert verdicts(key, commitment + scalar_bytes(scalar + times * curve.ORDER)) == {False}


@pytest.mark.parametrize("size", [0, 31, 33, 63, 64, 65, 128])
def test_another_length_is_no_signature_and_no_key(size: int) -> None:
    assert verdicts(TRUSTED, bytes(size)) == {False}
    if size != 32:
        assert verdicts(bytes(size), bytes(64)) == {False}


def test_a_bundle_signed_by_a_key_of_small_order_is_refused_whomever_it_names() -> None:
    with pytest.raises(SignatureError):
        open_bundle(small_bundle(), [SMALL[0]])
