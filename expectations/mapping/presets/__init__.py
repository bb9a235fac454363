"""Mappings of common sources, one file each: a mapping that names one has its keys, less those that it has itself."""

import tomllib
from pathlib import Path
from typing import Any

from expectations.errors import MappingError, unknown_name

_FOLDER = Path(__file__).parent
_WAYS = ("columns", "constants", "templates")
"""Tables that fill our columns: a column that the mapping fills in one is not filled by the preset in another."""


def with_preset(data: dict[str, Any], where: str) -> dict[str, Any]:
    """A mapping's document with the keys of the preset that it names; itself where it names none.

    Raises:
        MappingError: No such preset.
    """
    name = data.get("preset")
    if name is None:
        return data
    known = {path.stem: path for path in sorted(_FOLDER.glob("*.toml"))}
    if not isinstance(name, str) or name not in known:
        raise MappingError(f"{where}: {unknown_name('preset', str(name), known)}")
    preset = tomllib.loads(known[name].read_text(encoding="utf-8"))
    own = {key: value for key, value in data.items() if key != "preset"}
    for table in _WAYS:
        filled = {column for way in _WAYS for column in own.get(way, {})}
        filled |= {"machine_id"} if "machine_of" in own else set()
        preset[table] = {column: text for column, text in preset.get(table, {}).items() if column not in filled}
    return _merged(preset, own)


def _merged(preset: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Both, tables key by key; where both have a key the mapping's own holds."""
    found = preset | own
    for key, value in preset.items():
        if isinstance(value, dict) and isinstance(own.get(key), dict):
            found[key] = _merged(value, own[key])
    return found


def preset_names() -> list[str]:
    """The names of the presets."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))
