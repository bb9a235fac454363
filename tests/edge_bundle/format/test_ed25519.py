from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_bundle.format import ed25519, ed25519_reference
from edge_bundle.format.ed25519 import Verifier
from edge_bundle.format.errors import KeyFormatError

# Source: RFC 8032 section 7.1, tests 1, 2, 3 and "SHA(abc)": public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]
VERIFIERS = {"libcrypto": ed25519.libcrypto_verifier(), "python": ed25519_reference.verify}
each_verifier = pytest.mark.parametrize("verify", VERIFIERS.values(), ids=VERIFIERS)


@each_verifier
@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032, ids=["empty", "one", "two", "sha"])
def test_the_vectors_of_rfc_8032_hold(verify: Verifier, key: str, message: str, signature: str) -> None:
    assert verify(bytes.fromhex(key), bytes.fromhex(signature), bytes.fromhex(message))
    assert not verify(bytes.fromhex(key), bytes.fromhex(signature), bytes.fromhex(message) + b"x")


@each_verifier
@settings(max_examples=25)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), bit=st.integers(0, 511))
def test_signatures_of_cryptography_hold_and_flipped_ones_do_not(
    verify: Verifier, seed: bytes, message: bytes, bit: int
) -> None:
    signer = Ed25519PrivateKey.from_private_bytes(seed)
    signature = signer.sign(message)
    flipped = (int.from_bytes(signature, "little") ^ (1 << bit)).to_bytes(64, "little")
    key = signer.public_key().public_bytes_raw()

    assert verify(key, signature, message)
    assert not verify(key, flipped, message)


@settings(max_examples=40)
@given(key=st.binary(min_size=32, max_size=32), signature=st.binary(min_size=64, max_size=64))
def test_all_verifiers_give_one_verdict_on_arbitrary_keys(key: bytes, signature: bytes) -> None:
    if int.from_bytes(key, "little") & (2**255 - 1) >= ed25519_reference.P:
        return
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, b"m")
        expected = True
    except InvalidSignature:
        expected = False

    assert {verify(key, signature, b"m") for verify in VERIFIERS.values() if verify} == {expected}


@each_verifier
def test_a_signature_with_the_group_order_added_is_refused(verify: Verifier) -> None:
    key, message, signature = (bytes.fromhex(part) for part in RFC_8032[1])
    scalar = int.from_bytes(signature[32:], "little") + ed25519_reference.ORDER
    malleated = signature[:32] + scalar.to_bytes(32, "little")

    assert not verify(key, malleated, message)


def test_a_signature_of_another_length_does_not_hold() -> None:
    key, message, signature = (bytes.fromhex(part) for part in RFC_8032[1])

    assert ed25519.verify(key, signature, message)
    assert not ed25519.verify(key, signature[:-1], message)
    assert not ed25519.verify(key, signature + b"\0", message)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), b"\xff" * 32], ids=["none", "short", "long", "too_large"])
def test_a_key_that_is_no_key_is_an_error(key: bytes) -> None:
    with pytest.raises(KeyFormatError, match="raw Ed25519 key"):
        ed25519.verify(key, bytes(64), b"")


def test_the_system_library_is_in_use_here() -> None:
    assert ed25519.backend() == "libcrypto"
