"""Typed reading of TOML tables: every key is asked for by name and type, and what is left over is an error."""

from collections.abc import Mapping
from typing import Any, TypeVar

from expectations.errors import ContractError, unknown_name
from expectations.plant.asked_keys import AskedKeys

T = TypeVar("T")
_MISSING = object()
_WRITTEN: Mapping[type, str] = {
    str: 'a text in quotes, such as "pump"',
    bool: "true or false, without quotes",
    int: "a number, without quotes",
    list: 'a list, such as ["a", "b"]',
    dict: "a table, such as [name] or { key = 1 }",
}


class Section:
    """One TOML table being read; `where` names it in messages, `error` is the class that is raised.

    `keys` notes what is asked for, from which schemas for editors are made.
    """

    def __init__(
        self, data: Mapping[str, Any], where: str, error: type[ContractError], keys: AskedKeys | None = None
    ) -> None:
        self._data, self._asked = data, set[str]()
        self.where, self._error = where, error
        self.keys = keys or AskedKeys()

    def take(self, key: str, kind: type[T] | tuple[type, ...], default: object = _MISSING) -> Any:
        """The value of `key`, checked to be of `kind`; `default` where it is absent.

        Raises:
            ContractError: The key is missing and has no default, or its value has another type.
        """
        self._asked.add(key)
        self.keys.ask(key, kind, is_required=default is _MISSING)
        value = self._data.get(key, default)
        if value is _MISSING:
            raise self._error(f"{self.where}: missing key {key!r}; {self.held()}")
        if value is default:
            return value
        if not isinstance(value, kind) or (isinstance(value, bool) and kind in (int, float, (int, float))):
            words = f"{key} = {value!r} is not of type {_type_names(kind)}"
            raise self._error(f"{self.where}: {words}; legal: {_written(kind)}")
        return value

    def has(self, key: str) -> bool:
        """Whether the table has a key."""
        self.keys.ask(key, object, is_required=False)
        return key in self._data

    def held(self) -> str:
        """The keys that the table has, in words: among them may be the one that is meant, misspelt."""
        return f"there are {', '.join(self._data)}" if self._data else "there is none"

    def number(self, key: str, default: object = _MISSING) -> Any:
        """The number of `key` as float, or the default."""
        value = self.take(key, (int, float), default)
        return float(value) if isinstance(value, int) else value

    def texts(self, key: str, default: tuple[str, ...] | object = _MISSING) -> tuple[str, ...]:
        """The list of texts of `key`, as a tuple."""
        value = self.take(key, list, default)
        self.keys.are_texts(key)
        if not all(isinstance(item, str) for item in value):
            raise self._error(f"{self.where}: {key} = {value!r} is not a list of texts")
        return tuple(value)

    def table(self, key: str) -> "Section":
        """The sub-table of `key`; an empty one where it is absent."""
        return Section(self.take(key, dict, {}), f"{self.where}.{key}", self._error, self.keys.table(key))

    def tables(self, key: str) -> dict[str, "Section"]:
        """The sub-tables under `key`, by name, in the order of the file."""
        data = self.take(key, dict, {})
        for name, value in data.items():
            if not isinstance(value, dict):
                raise self._error(f"{self.where}.{key}.{name} = {value!r} is not a table")
        keys = self.keys.tables(key)
        return {name: Section(value, f"{self.where}.{key}.{name}", self._error, keys) for name, value in data.items()}

    def array(self, key: str) -> tuple["Section", ...]:
        """The array of tables of `key`, in order."""
        items = self.take(key, list, [])
        for place, item in enumerate(items):
            if not isinstance(item, dict):
                raise self._error(f"{self.where}.{key}[{place}] = {item!r} is not a table")
        keys = self.keys.array(key)
        where = f"{self.where}.{key}"
        return tuple(Section(item, f"{where}[{place}]", self._error, keys) for place, item in enumerate(items))

    def strings(self, key: str) -> dict[str, str]:
        """The table of texts under `key`."""
        data = self.take(key, dict, {})
        self.keys.are_strings(key)
        for name, value in data.items():
            if not isinstance(value, str):
                raise self._error(f"{self.where}.{key}.{name} = {value!r} is not a text")
        return dict(data)

    def names(self) -> tuple[str, ...]:
        """The keys that the table has, in the order of the file."""
        return tuple(self._data)

    def finish(self) -> None:
        """Refuse every key that nobody asked for.

        Raises:
            ContractError: An unknown key; the message lists the legal ones.
        """
        self.keys.is_closed = True
        for key in self._data:
            if key not in self._asked:
                raise self._error(f"{self.where}: {unknown_name('key', key, self._asked)}")


def _written(kind: type | tuple[type, ...]) -> str:
    """How a value of that kind is written."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return _WRITTEN[kinds[0]]


def _type_names(kind: type | tuple[type, ...]) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(k.__name__ for k in kinds)
