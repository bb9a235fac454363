"""Frozen dataclasses to plain JSON values and back: strict, with the place of every fault in its message.

Legal field types: str, int, bool, float (as the text of ``float.hex``), Optional, Tuple[X, ...], Tuple[float, float],
Dict[str, X] and other dataclasses of these. A field that has its default is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import lru_cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from edge_bundle.format.errors import ManifestError
from edge_bundle.format.hex_float import format_float, parse_float

T = TypeVar("T")


def encode(value: Any) -> Any:
    """The plain form of a dataclass or of a value in one.

    Raises:
        ManifestError: A float that is NaN or infinite.
    """
    if is_dataclass(value):
        stored = [part for part in fields(value) if _differs(value, part)]
        return {part.name: encode(getattr(value, part.name)) for part in stored}
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return format_float(value) if isinstance(value, float) else value


def decode(kind: type[T], document: Any, where: str) -> T:
    """The dataclass ``kind`` that ``document`` spells.

    Raises:
        ManifestError: An unknown or missing key, or a value of another type; the message begins with ``where``.
    """
    if not isinstance(document, dict):
        raise ManifestError(f"{where}: got {type(document).__name__}; legal is an object")
    hints = _hints(cast("Hashable", kind))
    unknown = sorted(set(document) - set(hints))
    if unknown:
        raise ManifestError(f"{where}: unknown key {unknown[0]!r}; legal: {', '.join(sorted(hints))}")
    values = {}
    for part in fields(kind):  # type: ignore[arg-type]  # kind is a dataclass by contract
        if part.name in document:
            values[part.name] = _value(hints[part.name], document[part.name], f"{where}.{part.name}")
        elif part.default is MISSING and part.default_factory is MISSING:
            raise ManifestError(f"{where}: {part.name} is missing")
    return kind(**values)


def without_optional(kind: type[Any], document: Any, optional: Collection[str], where: str = "") -> Any:
    """The document less the keys that `kind` does not know and that `optional` lists; what else is there stays.

    Args:
        kind: A dataclass.
        document: Its name in messages.
        optional: Paths of keys, as `Manifest.optional` has them.
        where: Path of the document itself.
    """
    if not isinstance(document, dict):
        return document
    hints = _hints(cast("Hashable", kind))
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
    if origin is Union:
        return _without_optional(parts[0], item, optional, path)
    if origin is tuple and isinstance(item, list) and parts[-1] is Ellipsis:
        return [_without_optional(parts[0], one, optional, path) for one in item]
    if origin is dict and isinstance(item, dict):
        return {key: _without_optional(parts[1], one, optional, path) for key, one in item.items()}
    return item


@lru_cache(maxsize=64)
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _differs(value: Any, part: Field[Any]) -> bool:
    """Whether the field must be written: it has no default, or another value."""
    if part.default_factory is not MISSING:
        return bool(getattr(value, part.name) != part.default_factory())
    return part.default is MISSING or bool(getattr(value, part.name) != part.default)


def _value(hint: Any, item: Any, where: str) -> Any:
    if is_dataclass(hint):
        return decode(hint, item, where)  # type: ignore[arg-type]  # a dataclass type
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Union:
        return None if item is None else _value(parts[0], item, where)
    if origin is tuple:
        return _tuple(parts, item, where)
    if origin is dict:
        _check_type(item, dict, where)
        return {key: _value(parts[1], part, f"{where}[{key!r}]") for key, part in item.items()}
    if hint is float:
        _check_type(item, str, where)
        return parse_float(item)
    _check_type(item, hint, where)
    return item


def _tuple(parts: tuple[Any, ...], item: Any, where: str) -> tuple[Any, ...]:
    _check_type(item, list, where)
    hints = [parts[0]] * len(item) if parts[-1] is Ellipsis else list(parts)
    if len(hints) != len(item):
        raise ManifestError(f"{where}: got {len(item)} values; legal are {len(hints)}")
    return tuple(_value(hint, part, f"{where}[{at}]") for at, (hint, part) in enumerate(zip(hints, item)))


def _check_type(item: Any, kind: type[Any], where: str) -> None:
    if type(item) is not kind:
        raise ManifestError(f"{where}: got {type(item).__name__}; legal is {kind.__name__}")
