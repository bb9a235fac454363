"""Ed25519 verification with what the device has: the system's libcrypto, else plain Python."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator

from edge_bundle.format import ed25519_reference
from edge_bundle.format.errors import KeyFormatError

PUBLIC_KEY_BYTES = ed25519_reference.PUBLIC_KEY_BYTES
SIGNATURE_BYTES = ed25519_reference.SIGNATURE_BYTES
Verifier = Callable[[bytes, bytes, bytes], bool]

_EVP_PKEY_ED25519 = 1087  # NID_ED25519 in openssl/obj_mac.h; raw keys exist since OpenSSL 1.1.1
_LIBRARIES = ("libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so")


def check_key(public_key: bytes) -> bytes:
    """``public_key`` itself, when a signature of it can prove anything.

    Raises:
        KeyFormatError: Not 32 bytes, not the one encoding of a point of the curve, or a point of small order: there a
            signature can be made without any secret.

    Source: RFC 8032 section 5.1.3; Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs", 2020, section 2.2.
    """
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise KeyFormatError(f"got a public key of {len(public_key)} bytes; legal is a raw Ed25519 key of 32 bytes")
    point = ed25519_reference.decode(public_key)
    if point is None:
        raise KeyFormatError(f"public key {public_key.hex()[:16]} is no raw Ed25519 key: no point has this encoding")
    if ed25519_reference.is_of_small_order(point):
        raise KeyFormatError(
            f"public key {public_key.hex()[:16]} is no raw Ed25519 key that proves anything: its point has small "
            "order, and anyone can sign for it"
        )
    return public_key


def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` of ``message`` was made by the owner of ``public_key``.

    Raises:
        KeyFormatError: As for `check_key`.
    """
    check_key(public_key)
    return _VERIFIER(public_key, signature, message)


def backend() -> str:
    """Which implementation is in use: ``libcrypto`` or ``python``."""
    return "python" if _VERIFIER is ed25519_reference.verify else "libcrypto"


def libcrypto_verifier() -> Verifier | None:
    """A verifier over the system's libcrypto; None where there is none with Ed25519."""
    library = _load_libcrypto()
    if library is None:
        return None
    new_key = library.EVP_PKEY_new_raw_public_key
    new_key.restype = ctypes.c_void_p
    new_key.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    library.EVP_MD_CTX_new.restype = ctypes.c_void_p
    library.EVP_MD_CTX_new.argtypes = []
    library.EVP_DigestVerifyInit.argtypes = [ctypes.c_void_p] * 5
    data_and_size = (ctypes.c_char_p, ctypes.c_size_t)
    library.EVP_DigestVerify.argtypes = [ctypes.c_void_p, *data_and_size, *data_and_size]
    library.EVP_MD_CTX_free.argtypes = [ctypes.c_void_p]
    library.EVP_PKEY_free.argtypes = [ctypes.c_void_p]

    def verify_with_libcrypto(public_key: bytes, signature: bytes, message: bytes) -> bool:
        if not ed25519_reference.admits(public_key, signature):
            return False
        key = new_key(_EVP_PKEY_ED25519, None, public_key, len(public_key))
        context = library.EVP_MD_CTX_new()
        try:
            ready = key and context
            return bool(
                ready
                and library.EVP_DigestVerifyInit(context, None, None, None, key) == 1
                and library.EVP_DigestVerify(context, signature, len(signature), message, len(message)) == 1
            )
        finally:
            library.EVP_MD_CTX_free(context)
            library.EVP_PKEY_free(key)

    return verify_with_libcrypto


def _load_libcrypto() -> ctypes.CDLL | None:
    for name in _library_names():
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        if hasattr(library, "EVP_PKEY_new_raw_public_key"):
            return library
    return None


def _library_names() -> Iterator[str]:
    yield from _LIBRARIES
    # Starts ldconfig or a compiler: only as last resort.
    from ctypes.util import find_library  # noqa: PLC0415  # loads 2 MB of modules

    found = find_library("crypto")
    if found is not None:
        yield found


_VERIFIER: Verifier = libcrypto_verifier() or ed25519_reference.verify
