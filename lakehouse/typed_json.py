"""Frozen dataclasses to plain JSON and back: strict about types, tolerant of keys that newer code may write.

Legal types of fields: str, int, bool, float, date, datetime, Any, other dataclasses, and of these `X | None`,
`tuple[X, ...]`, `tuple[X, Y]` and `Mapping[str, X]` or `Mapping[int, X]`. A field at its default is left out.
"""

from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class TypedJsonError(ValueError):
    """A document does not spell the dataclass; the message names the place, what it holds and what is legal."""


def encode(value: Any) -> Any:
    """The plain form of a dataclass, or of a value in one."""
    if is_dataclass(value):
        return {part.name: encode(getattr(value, part.name)) for part in fields(value) if _differs(value, part)}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def decode(kind: type[T], document: Any, where: str) -> T:
    """The dataclass `kind` that a document spells; keys that it does not have are passed over.

    Raises:
        TypedJsonError: A key is missing, or holds a value of another type.
    """
    if not isinstance(document, dict):
        raise TypedJsonError(f"{where} is {document!r}; legal is an object")
    hints = _hints(cast("Hashable", kind))
    values = {}
    for part in fields(kind):  # type: ignore[arg-type]  # kind is a dataclass by contract
        if part.name in document:
            values[part.name] = _value(hints[part.name], document[part.name], f"{where}.{part.name}")
        elif part.default is MISSING and part.default_factory is MISSING:
            raise TypedJsonError(f"{where}.{part.name} is missing")
    return kind(**values)


@lru_cache(maxsize=64)
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _differs(value: Any, part: Field[Any]) -> bool:
    """Whether the field must be written: it has no default, or another value."""
    if part.default_factory is not MISSING:
        return bool(getattr(value, part.name) != part.default_factory())
    return part.default is MISSING or bool(getattr(value, part.name) != part.default)


def _value(hint: Any, item: Any, where: str) -> Any:
    if hint is Any:
        return item
    if is_dataclass(hint):
        return decode(cast("type[Any]", hint), item, where)
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return None if item is None else _value(parts[0], item, where)
    if origin is tuple:
        return _tuple(parts, item, where)
    if origin is not None:
        return _mapping(parts, item, where)
    return _time(hint, item, where) if hint in (date, datetime) else _checked(hint, item, where)


def _tuple(parts: tuple[Any, ...], item: Any, where: str) -> tuple[Any, ...]:
    _checked(list, item, where)
    hints = [parts[0]] * len(item) if parts[-1] is Ellipsis else list(parts)
    if len(hints) != len(item):
        raise TypedJsonError(f"{where} holds {len(item)} values; legal are {len(hints)}")
    return tuple(_value(hint, one, f"{where}[{at}]") for at, (hint, one) in enumerate(zip(hints, item, strict=True)))


def _mapping(parts: tuple[Any, ...], item: Any, where: str) -> dict[Any, Any]:
    _checked(dict, item, where)
    return {_key(parts[0], key, where): _value(parts[1], one, f"{where}[{key!r}]") for key, one in item.items()}


def _key(hint: Any, key: str, where: str) -> Any:
    if hint is int and not key.isdecimal():
        raise TypedJsonError(f"{where} has the key {key!r}; legal are whole numbers")
    return hint(key)


def _time(hint: Any, item: Any, where: str) -> Any:
    try:
        return hint.fromisoformat(_checked(str, item, where))
    except ValueError as exc:
        raise TypedJsonError(f"{where} is {item!r}; legal is an ISO 8601 {hint.__name__}") from exc


def _checked(kind: Any, item: Any, where: str) -> Any:
    legal = (float, int) if kind is float else (kind,)
    if type(item) not in legal:
        raise TypedJsonError(f"{where} is {item!r}; legal is {kind.__name__}")
    return item
