"""A table of tags beside a mapping: a CSV file with a line for each, in place of `[metrics]`, `[names]` and others."""

import csv
from pathlib import Path
from typing import Any

from expectations.errors import MappingError

_TEXTS, _NUMBERS = ("machine", "sensor", "metric", "unit"), ("divisor", "factor", "offset")
LEGAL = ("tag", *_TEXTS, *_NUMBERS)


def with_tag_table(data: dict[str, Any], folder: Path, where: str) -> dict[str, Any]:
    """A mapping's document with the tables that its `tag_table` says; itself where it names none.

    In a wide file a tag is a column of `[metrics]`; in a long one it has lines in `[machine_of]`, `[names]`, `[units]`.

    Args:
        data: The document.
        folder: Where the mapping is.
        where: What to call the mapping in errors.

    Raises:
        MappingError: No such file, a column that is not legal, a tag twice, or a number that is none.
    """
    name = data.get("tag_table")
    if name is None:
        return data
    tags = _tags(folder / str(name), f"{where}: tag_table {name}")
    found = {key: value for key, value in data.items() if key != "tag_table"}
    if data.get("shape") == "wide_by_metric":
        return found | {"metrics": {tag: _cell(line) for tag, line in tags.items()} | data.get("metrics", {})}
    for table, column in (("machine_of", "machine"), ("names", "metric")):
        filled = {tag: line[column] for tag, line in tags.items() if line.get(column)}
        found |= {table: filled | data.get(table, {})} if filled else {}
    units = {line["metric"]: line["unit"] for line in tags.values() if line.get("metric") and line.get("unit")}
    for tag, line in tags.items():
        if line.get("unit") and units.get(line.get("metric", "")) != line["unit"]:
            raise MappingError(f"{where}: tag_table {name}: {tag} has another unit than other tags of its metric")
    return found | ({"units": units | data.get("units", {})} if units else {})


def _tags(path: Path, where: str) -> dict[str, dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise MappingError(f"{where}: {exc}; legal: a CSV file beside the mapping, in UTF-8") from exc
    strange = sorted({str(column) for line in lines for column in line if column not in LEGAL})
    if strange or not lines:
        got = f"column {strange[0]!r}" if strange else "no line"
        raise MappingError(f"{where}: got {got}; legal columns: {', '.join(LEGAL)}")
    tags = {str(line.get("tag") or "").strip(): line for line in lines}
    if len(tags) < len(lines) or "" in tags:
        raise MappingError(f"{where}: a tag is there twice, or has no name")
    return {tag: {name: text.strip() for name, text in line.items() if text} for tag, line in tags.items()}


def _cell(line: dict[str, str]) -> dict[str, Any]:
    try:
        numbers = {name: float(line[name]) for name in _NUMBERS if line.get(name)}
    except ValueError as exc:
        raise MappingError(f"tag_table: {line['tag']}: {exc}; legal: numbers with a decimal point") from exc
    return {name: line[name] for name in _TEXTS if line.get(name)} | numbers
