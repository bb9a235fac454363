"""Plain JSON to frozen dataclasses: strict, with the place of every fault in its message.

Legal field types: str, int, bool, float, ``X | None``, ``tuple[X, ...]``, ``Mapping[str, X]``, ``Any`` and dataclasses
of these. `edge_bundle.format.typed_document` is its sister for signed documents, where a float is a text of its bits.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from edge_bundle.compiler.errors import ModelFolderError

T = TypeVar("T")


def read_json(kind: type[T], data: bytes, where: str) -> T:
    """The dataclass ``kind`` that a JSON document spells.

    Args:
        kind: A dataclass.
        data: The document, UTF-8.
        where: What the message of a fault begins with, say the file's name.

    Raises:
        ModelFolderError: No JSON, an unknown or missing key, or a value of another type.
    """
    try:
        document = json.loads(data)
    except ValueError as exc:
        raise ModelFolderError(f"{where}: no JSON ({exc}); restore the model folder") from exc
    return decode(kind, document, where)


def decode(kind: type[T], document: Any, where: str) -> T:
    """The dataclass ``kind`` that an object spells. Errors as `read_json`."""
    if not isinstance(document, dict):
        raise _fault(where, document, "an object")
    hints = _hints(cast("Hashable", kind))
    own = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]  # kind is a dataclass by contract
    unknown = sorted(set(document) - set(own))
    if unknown:
        raise ModelFolderError(f"{where}: unknown key {unknown[0]!r}; legal: {', '.join(sorted(own))}")
    missing = [name for name, one in own.items() if name not in document and _is_needed(one)]
    if missing:
        raise ModelFolderError(f"{where}: {missing[0]} is missing; restore the model folder")
    return kind(**{name: _value(hints[name], item, f"{where}.{name}") for name, item in document.items()})


def _is_needed(one: Any) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


@lru_cache(maxsize=64)
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, item: Any, where: str) -> Any:
    if is_dataclass(hint):
        return decode(hint, item, where)  # type: ignore[arg-type]  # a dataclass type
    origin, parts = get_origin(hint), get_args(hint)
    if origin is None:
        return _plain(hint, item, where)
    if origin is UnionType:
        return None if item is None else _value(parts[0], item, where)
    if origin is tuple:
        return tuple(_value(parts[0], one, f"{where}[{at}]") for at, one in enumerate(_of_type(item, list, where)))
    if origin is Mapping:
        return {key: _value(parts[1], one, f"{where}.{key}") for key, one in _of_type(item, dict, where).items()}
    raise TypeError(f"{where} is declared as {hint}, which is no legal field type here")


def _plain(hint: Any, item: Any, where: str) -> Any:
    if hint is Any:
        return item
    if hint is float and type(item) is int:
        return float(item)
    return _of_type(item, hint, where)


def _of_type(item: Any, kind: type[Any], where: str) -> Any:
    """The item, whose type is this very one: a bool is no int."""
    if type(item) is not kind:
        raise _fault(where, item, kind.__name__)
    return item


def _fault(where: str, item: object, legal: str) -> ModelFolderError:
    return ModelFolderError(f"{where}: got {type(item).__name__}; legal is {legal}; restore the model folder")
