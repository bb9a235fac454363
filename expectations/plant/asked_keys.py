"""What a reader of TOML asks of a table: its keys and what they may hold, as a JSON schema says it."""

from collections.abc import Iterable
from typing import Any

_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


class AskedKeys:
    """The keys of one table, noted while it is read.

    Attributes:
        is_closed: Whether every other key is refused.
    """

    def __init__(self) -> None:
        self.is_closed = False
        self._schemas: dict[str, dict[str, Any]] = {}
        self._tables: dict[str, tuple[str, AskedKeys]] = {}
        self._required: set[str] = set()

    def ask(self, key: str, kind: type | tuple[type, ...], *, is_required: bool) -> None:
        """Note that a key is asked for; the kind `object` is any."""
        if is_required:
            self._required.add(key)
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if key not in self._schemas and all(one in _TYPES for one in kinds):
            self._schemas[key] = {"type": "number" if float in kinds else _TYPES[kinds[0]]}
        else:
            self._schemas.setdefault(key, {})

    def legal(self, key: str, texts: Iterable[str]) -> None:
        """Note the texts that a key may be."""
        self._schemas[key] = {"enum": list(texts)}

    def are_texts(self, key: str) -> None:
        """Note that a key is a list of texts."""
        self._schemas[key] = {"type": "array", "items": {"type": "string"}}

    def are_strings(self, key: str) -> None:
        """Note that a key is a table of texts by names of any kind."""
        self._schemas[key] = {"type": "object", "additionalProperties": {"type": "string"}}

    def table(self, key: str) -> "AskedKeys":
        """The keys of a sub-table."""
        return self._inner(key, "table")

    def tables(self, key: str) -> "AskedKeys":
        """The keys of each of the sub-tables below a key."""
        return self._inner(key, "tables")

    def array(self, key: str) -> "AskedKeys":
        """The keys of each table of an array."""
        return self._inner(key, "array")

    def _inner(self, key: str, form: str) -> "AskedKeys":
        return self._tables.setdefault(key, (form, AskedKeys()))[1]

    def schema(self) -> dict[str, Any]:
        """The table as a JSON schema (draft 7)."""
        properties = {key: self._schema_of(key) for key in self._schemas}
        found: dict[str, Any] = {"type": "object", "properties": properties}
        if self._required:
            found["required"] = sorted(self._required)
        if self.is_closed:
            found["additionalProperties"] = False
        return found

    def _schema_of(self, key: str) -> dict[str, Any]:
        if key not in self._tables:
            return self._schemas[key]
        form, keys = self._tables[key]
        inner = keys.schema()
        if form == "table":
            return inner
        return {"type": "array", "items": inner} if form == "array" else _named(inner)


def _named(inner: dict[str, Any]) -> dict[str, Any]:
    """A table of tables by names of any kind."""
    return {"type": "object", "additionalProperties": inner}
