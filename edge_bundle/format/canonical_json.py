"""JSON with exactly one spelling for each value, so that bytes can be signed and compared.

Source: RFC 8785 (JSON Canonicalization Scheme), less its numbers: only whole numbers up to 2^53 - 1
in size are legal. Fractions travel as strings made by ``float.hex``, whose bits no parser can change.
"""

from __future__ import annotations

import json
from typing import Any

from edge_bundle.format.errors import CanonicalJsonError

MAX_WHOLE_NUMBER = 2**53 - 1
MAX_DEPTH = 32


def dumps(value: Any) -> bytes:
    """The canonical UTF-8 bytes of ``value``.

    Args:
        value: Nested dict (string keys), list or tuple, str, int, bool, None.

    Raises:
        CanonicalJsonError: A float, a number too large, a lone surrogate, a key that is no string,
            another type, or nesting deeper than 32.
    """
    try:
        return _text(value, 0).encode("utf-8")
    except UnicodeEncodeError as exc:
        raise CanonicalJsonError(f"text is not valid Unicode: {exc.reason}") from exc


def loads(data: bytes) -> Any:
    """The value of canonical bytes; dicts, lists, str, int, bool, None.

    Raises:
        CanonicalJsonError: Not JSON, or JSON in any other spelling than ``dumps`` gives.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_float=_refuse)
    except (ValueError, RecursionError) as exc:
        raise CanonicalJsonError(f"not canonical JSON: {exc}") from exc
    if dumps(value) != data:
        raise CanonicalJsonError(
            "JSON is not in canonical form (sorted keys, no spaces, shortest escapes); "
            "write it with edge_bundle.format.canonical_json.dumps"
        )
    return value


def _text(value: Any, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise CanonicalJsonError(f"nested deeper than {MAX_DEPTH}")
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return _whole_number(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_text(item, depth + 1) for item in value) + "]"
    if isinstance(value, dict):
        members = (f"{_key(key)}:{_text(value[key], depth + 1)}" for key in _sorted_keys(value))
        return "{" + ",".join(members) + "}"
    raise CanonicalJsonError(
        f"got {type(value).__name__}; legal are dict, list, str, int, bool, None "
        "(a fraction travels as the string of float.hex)"
    )


def _whole_number(value: int) -> str:
    if abs(value) > MAX_WHOLE_NUMBER:
        raise CanonicalJsonError("whole number beyond 2^53 - 1; send it as a string")
    return str(int(value))


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def _sorted_keys(value: dict[Any, Any]) -> list[str]:
    """Keys by UTF-16 code units, as RFC 8785 section 3.2.3 asks."""
    for key in value:
        if not isinstance(key, str):
            raise CanonicalJsonError(f"object key of type {type(key).__name__}; only str is legal")
    return sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise CanonicalJsonError("an object has the same key twice")
    return result


def _refuse(text: str) -> Any:
    raise CanonicalJsonError(f"fraction {text[:40]!r} in JSON; fractions travel as float.hex strings")
