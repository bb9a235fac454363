"""Signed documents as frozen dataclasses: strict about keys and types, a float is the text of its bits.

`edge_bundle.format.typed_walk` says which types fields may have.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import is_dataclass
from typing import Any, TypeVar, cast, get_args, get_origin

from edge_bundle.format import typed_walk
from edge_bundle.format.errors import ManifestError
from edge_bundle.format.hex_float import format_float, parse_float
from edge_bundle.format.typed_walk import Leaf, Rules, hints_of, is_optional

T = TypeVar("T")
_RULES = Rules(ManifestError, leaves={float: Leaf((str,), parse_float, "str")}, written=((float, format_float),))


def encode(value: Any) -> Any:
    """The plain form of a dataclass or of a value in one.

    Raises:
        ManifestError: A float that is NaN or infinite.
    """
    return typed_walk.encode(value, _RULES)


def decode(kind: type[T], document: Any, where: str) -> T:
    """The dataclass ``kind`` that ``document`` spells.

    Raises:
        ManifestError: An unknown or missing key, or a value of another type; the message begins with ``where``.
    """
    return typed_walk.decode(kind, document, where, _RULES)


def without_optional(kind: type[Any], document: Any, optional: Collection[str], where: str = "") -> Any:
    """The document less the keys that `kind` does not know and that `optional` lists; what else is there stays.

    Args:
        kind: A dataclass.
        document: What spells it, perhaps with keys of newer code.
        optional: Paths of keys, as `Manifest.optional` has them.
        where: Path of the document itself.
    """
    if not isinstance(document, dict):
        return document
    hints = hints_of(kind)
    stored = {}
    for key, item in document.items():
        path = f"{where}.{key}" if where else key
        if key in hints:
            stored[key] = _without_optional(hints[key], item, optional, path)
        elif path not in optional:
            stored[key] = item
    return stored


def _without_optional(hint: Any, item: Any, optional: Collection[str], path: str) -> Any:
    """The same for one value; items of lists and dicts have the path of the whole."""
    if is_dataclass(hint):
        return without_optional(cast("type[Any]", hint), item, optional, path)
    origin, parts = get_origin(hint), get_args(hint)
    if is_optional(hint):
        return _without_optional(parts[0], item, optional, path)
    if origin is tuple and isinstance(item, list) and parts[-1] is Ellipsis:
        return [_without_optional(parts[0], one, optional, path) for one in item]
    if origin is dict and isinstance(item, dict):
        return {key: _without_optional(parts[1], one, optional, path) for key, one in item.items()}
    return item
