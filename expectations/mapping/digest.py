"""The digest of what a mapping says of reading: equal where two mappings read every file alike."""

import hashlib
import json
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from expectations.mapping.mapping import Mapping

_DIGITS = 16
# Which files are read, when, and what becomes of records later: nothing of how a content is read.
_NOT_OF_READING = frozenset(
    {"name", "files", "read_with", "keep", "rolling", "appended", "settled_after_s", "complete_through"}
)


def mapping_digest(mapping: Mapping) -> str:
    """16 hex digits; what is left at its default does not count, so that new keys change no digest."""
    content = {name: value for name, value in _content(mapping).items() if name not in _NOT_OF_READING}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:_DIGITS]


def _content(value: Any) -> dict[str, Any]:
    return {
        part.name: _plain(getattr(value, part.name))
        for part in fields(value)
        if getattr(value, part.name) != _default(part)
    }


def _default(part: Any) -> Any:
    return part.default_factory() if part.default_factory is not MISSING else part.default


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return _content(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)
