"""Ed25519 verification in plain Python, for devices without a usable libcrypto.

Source: RFC 8032 sections 5.1.3, 5.1.4 and 5.1.7. Only public values are touched, so nothing here
needs to run in constant time. Like OpenSSL it compares the encoding of sB - hA with R.
"""

from __future__ import annotations

import hashlib

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, P - 2, P) % P
_SQRT_MINUS_ONE = pow(2, (P - 1) // 4, P)

# A point in extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, x*y = T/Z.
Point = tuple[int, int, int, int]
_IDENTITY: Point = (0, 1, 1, 0)


def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` of ``message`` was made by the owner of ``public_key``."""
    key_point = decode(public_key) if admits(public_key, signature) else None
    if key_point is None:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    negated_key = (P - key_point[0], key_point[1], key_point[2], P - key_point[3])
    commitment = _add(_multiply(scalar, _BASE), _multiply(challenge, negated_key))
    return _encode(commitment) == signature[:32]


def admits(public_key: bytes, signature: bytes) -> bool:
    """Whether a verifier may look at key and signature at all: what every verifier asks first, so that all agree.

    Key and commitment (the signature's first half) are points in their one encoding and not of small order, the scalar
    is below the group's order. Of a point of small order anyone can sign; no signer makes such a commitment.

    Source: Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs", 2020, table 5: verifiers differ in just these.
    """
    if (len(public_key), len(signature)) != (PUBLIC_KEY_BYTES, SIGNATURE_BYTES):
        return False
    points = [decode(public_key), decode(signature[:32])]
    if any(point is None or is_of_small_order(point) for point in points):
        return False
    return int.from_bytes(signature[32:], "little") < ORDER


def decode(encoded: bytes) -> Point | None:
    """The point of 32 bytes; None where they are no point's one encoding.

    Source: RFC 8032 section 5.1.3: y below p, x recovered, and no sign where x is 0.
    """
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = _recover_x(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def is_of_small_order(point: Point) -> bool:
    """Whether eight times the point is the identity: it lies in no subgroup that hides a secret."""
    for _ in range(3):
        point = _add(point, point)
    return point[0] % P == 0 and (point[1] - point[2]) % P == 0


def _add(left: Point, right: Point) -> Point:
    a = (left[1] - left[0]) * (right[1] - right[0]) % P
    b = (left[1] + left[0]) * (right[1] + right[0]) % P
    c = 2 * left[3] * right[3] * _D % P
    d = 2 * left[2] * right[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _multiply(scalar: int, point: Point) -> Point:
    result = _IDENTITY
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _encode(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _recover_x(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(_D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * _SQRT_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _base_point() -> Point:
    """The point with y = 4/5 and even x."""
    y = 4 * pow(5, P - 2, P) % P
    x = _recover_x(y, 0)
    assert x is not None
    return x, y, 1, x * y % P


_BASE = _base_point()
