"""The one walk between frozen dataclasses and plain JSON values; each form of documents has rules of its own.

Legal field types: str, int, bool, float, Any, dataclasses, and of these an optional, ``tuple[X, ...]``, ``tuple[X, Y]``
and a mapping from str or int. Which JSON values spell a float, a date or another leaf, `Rules` say. A field that is at
its default is left out.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from functools import lru_cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
_UNIONS = (Union, getattr(types, "UnionType", Union))  # `X | None` is another class from Python 3.10 on


@dataclass(frozen=True)
class Leaf:
    """How a value that holds no others is spelt.

    Attributes:
        spelt_as: Types of the JSON values that may spell it; exactly these: a bool is no int.
        read: The value of such a JSON value; a ValueError: it spells none.
        legal: What is legal, for messages.
    """

    spelt_as: tuple[type[Any], ...]
    read: Callable[[Any], Any]
    legal: str


@dataclass(frozen=True)
class Rules:
    """What one form of documents demands.

    Attributes:
        error: Makes the error of a fault from its sentence.
        got: A faulty item in a sentence: its type, where documents come from strangers; else perhaps itself.
        passes_unknown: Whether keys that a dataclass has not are passed over; else they are faults.
        leaves: Type of a field -> its spelling; another type is spelt by JSON's own of that type.
        written: Types that JSON has not, with what makes them plain; the first that fits counts.
    """

    error: Callable[[str], Exception]
    got: Callable[[Any], str] = lambda item: type(item).__name__
    passes_unknown: bool = False
    leaves: Mapping[Any, Leaf] = field(default_factory=dict)
    written: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = ()


def encode(value: Any, rules: Rules) -> Any:
    """The plain form of a dataclass, or of a value in one."""
    if is_dataclass(value):
        return {one.name: encode(getattr(value, one.name), rules) for one in fields(value) if _differs(value, one)}
    if isinstance(value, Mapping):
        return {str(key): encode(item, rules) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [encode(item, rules) for item in value]
    for kind, plain in rules.written:
        if isinstance(value, kind):
            return plain(value)
    return value


def decode(kind: type[T], document: Any, where: str, rules: Rules) -> T:
    """The dataclass ``kind`` that a document spells.

    Raises:
        Exception: The rules' own: a key is missing or unknown, or holds a value of another type; the message begins
            with ``where``.
    """
    if not isinstance(document, dict):
        raise rules.error(f"{where}: got {rules.got(document)}; legal is an object")
    hints, values = hints_of(kind), {}
    own = fields(kind)  # type: ignore[arg-type]  # kind is a dataclass by contract
    legal = sorted(one.name for one in own)
    unknown = [] if rules.passes_unknown else sorted(set(document).difference(legal))
    if unknown:
        raise rules.error(f"{where}: unknown key {unknown[0]!r}; legal: {', '.join(legal)}")
    for one in own:
        if one.name in document:
            values[one.name] = _value(hints[one.name], document[one.name], f"{where}.{one.name}", rules)
        elif one.default is MISSING and one.default_factory is MISSING:
            raise rules.error(f"{where}: {one.name} is missing")
    return kind(**values)


def hints_of(kind: type[Any]) -> dict[str, Any]:
    """The types of a dataclass's fields by name."""
    return _hints(cast("Hashable", kind))


def is_optional(hint: Any) -> bool:
    """Whether a type is ``X | None``; X is the first of its arguments."""
    return get_origin(hint) in _UNIONS


@lru_cache(maxsize=128)
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _differs(value: Any, one: Field[Any]) -> bool:
    """Whether the field must be written: it has no default, or another value."""
    if one.default_factory is not MISSING:
        return bool(getattr(value, one.name) != one.default_factory())
    return one.default is MISSING or bool(getattr(value, one.name) != one.default)


def _value(hint: Any, item: Any, where: str, rules: Rules) -> Any:
    if hint is Any:
        return item
    if is_dataclass(hint):
        return decode(cast("type[Any]", hint), item, where, rules)
    origin, inner = get_origin(hint), get_args(hint)
    if origin is None:
        return _leaf(hint, item, where, rules)
    if origin in _UNIONS:
        return None if item is None else _value(inner[0], item, where, rules)
    if origin is tuple:
        return _tuple(inner, item, where, rules)
    if issubclass(origin, Mapping):
        return _mapping(inner, item, where, rules)
    raise TypeError(f"{where} is declared as {hint}, which is no legal type of a field")


def _leaf(hint: Any, item: Any, where: str, rules: Rules) -> Any:
    leaf = rules.leaves.get(hint)
    if leaf is None:
        return _of_type(hint, item, where, rules)
    if type(item) not in leaf.spelt_as:
        raise rules.error(f"{where}: got {rules.got(item)}; legal is {leaf.legal}")
    try:
        return leaf.read(item)
    except ValueError as exc:
        raise rules.error(f"{where}: got {rules.got(item)}; legal is {leaf.legal}") from exc


def _tuple(inner: tuple[Any, ...], item: Any, where: str, rules: Rules) -> tuple[Any, ...]:
    _of_type(list, item, where, rules)
    hints = [inner[0]] * len(item) if inner[-1] is Ellipsis else list(inner)
    if len(hints) != len(item):
        raise rules.error(f"{where}: got {len(item)} values; legal are {len(hints)}")
    return tuple(_value(hint, one, f"{where}[{at}]", rules) for at, (hint, one) in enumerate(zip(hints, item)))


def _mapping(inner: tuple[Any, ...], item: Any, where: str, rules: Rules) -> dict[Any, Any]:
    _of_type(dict, item, where, rules)
    return {
        _key(inner[0], key, where, rules): _value(inner[1], one, f"{where}[{key!r}]", rules)
        for key, one in item.items()
    }


def _key(hint: Any, key: str, where: str, rules: Rules) -> Any:
    if hint is int and not key.isdecimal():
        raise rules.error(f"{where}: got the key {key!r}; legal are whole numbers")
    return hint(key)


def _of_type(kind: type[Any], item: Any, where: str, rules: Rules) -> Any:
    if type(item) is not kind:
        raise rules.error(f"{where}: got {rules.got(item)}; legal is {kind.__name__}")
    return item
