"""Ed25519 verification with what the device has: the system's libcrypto, else plain Python."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable, Iterator

from edge_bundle.format import ed25519_reference
from edge_bundle.format.errors import KeyFormatError

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
Verifier = Callable[[bytes, bytes, bytes], bool]

_EVP_PKEY_ED25519 = 1087  # NID_ED25519 in openssl/obj_mac.h; raw keys exist since OpenSSL 1.1.1
_LIBRARIES = ("libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so")


def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` of ``message`` was made by the owner of ``public_key``.

    Raises:
        KeyFormatError: ``public_key`` is not 32 bytes with a canonical coordinate.
    """
    if len(public_key) != PUBLIC_KEY_BYTES or _coordinate(public_key) >= ed25519_reference.P:
        raise KeyFormatError(f"got a public key of {len(public_key)} bytes; legal is a raw Ed25519 key of 32 bytes")
    return len(signature) == SIGNATURE_BYTES and _VERIFIER(public_key, signature, message)


def backend() -> str:
    """Which implementation is in use: ``libcrypto`` or ``python``."""
    return "python" if _VERIFIER is ed25519_reference.verify else "libcrypto"


def _coordinate(public_key: bytes) -> int:
    return int.from_bytes(public_key, "little") & (2**255 - 1)


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
    found = ctypes.util.find_library("crypto")  # starts ldconfig or a compiler: only as last resort
    if found is not None:
        yield found


_VERIFIER: Verifier = libcrypto_verifier() or ed25519_reference.verify
