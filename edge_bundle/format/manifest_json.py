"""A manifest to canonical JSON and back, strictly: unknown and missing fields are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from edge_bundle.format import canonical_json
from edge_bundle.format.errors import CanonicalJsonError, ManifestError
from edge_bundle.format.hex_float import format_float, parse_float
from edge_bundle.format.manifest import FORMAT, Manifest

T = TypeVar("T")


def dump_manifest(manifest: Manifest) -> bytes:
    """The canonical bytes of ``manifest``: what is signed."""
    return canonical_json.dumps({"format": FORMAT, **_plain(manifest)})


def parse_manifest(data: bytes) -> Manifest:
    """The manifest in ``data``. What its fields say is not checked here: see ``manifest_check``.

    Raises:
        ManifestError: Not canonical JSON, another format, or fields missing, unknown, or of
            another type.
    """
    try:
        value = canonical_json.loads(data)
    except CanonicalJsonError as exc:
        raise ManifestError(f"manifest: {exc}") from exc
    if not isinstance(value, dict) or value.pop("format", None) != FORMAT:
        raise ManifestError(f"not a manifest of format {FORMAT!r}")
    return _record(Manifest, value, "manifest")


def _plain(value: Any) -> Any:
    """Dataclasses as dicts, floats as hexadecimal text; the rest as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, float):
        return format_float(value)
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _record(cls: type[T], value: Any, place: str) -> T:
    if not isinstance(value, dict):
        raise ManifestError(f"{place}: got {type(value).__name__}; legal is an object")
    hints = get_type_hints(cls)
    if set(value) != set(hints):
        raise ManifestError(f"{place}: missing or unknown fields {sorted(set(value) ^ set(hints))}")
    arguments = {key: _typed(hints[key], value[key], f"{place}.{key}") for key in hints}
    return cls(**arguments)


def _typed(hint: Any, value: Any, place: str) -> Any:
    """``value`` read as the type ``hint``."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Union:  # ... | None is the only union in a manifest
        return None if value is None else _typed(arguments[0], value, place)
    if origin is tuple:
        items = _expect(list, value, place)
        return tuple(_typed(arguments[0], item, f"{place}[{at}]") for at, item in enumerate(items))
    if origin is not None:
        entries = _expect(dict, value, place)
        return {key: _typed(arguments[1], item, f"{place}[{key!r}]") for key, item in entries.items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return _record(hint, value, place)
    if hint is float:
        return parse_float(_expect(str, value, place))
    return _expect(hint, value, place)


def _expect(cls: type[T], value: Any, place: str) -> T:
    if type(value) is not cls:
        raise ManifestError(f"{place}: got {type(value).__name__}; legal is {cls.__name__}")
    return value
