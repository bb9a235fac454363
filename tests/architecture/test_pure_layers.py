import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import python_files, text

# A layer says what data mean: it starts no engine, moves no rows to Python, and has no clock.
EFFECTS = {
    "collect": "brings rows to Python",
    "toPandas": "brings rows to Python",
    "toLocalIterator": "brings rows to Python",
    "getOrCreate": "starts an engine",
    "now": "reads the clock",
    "utcnow": "reads the clock",
    "today": "reads the clock",
    "current_timestamp": "reads the clock",
    "current_date": "reads the clock",
    "saveAsTable": "writes",
    "open": "opens a file",
}


def effects(path: Path, source: str) -> Iterator[str]:
    """One line for each call of a layer that has an effect."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in EFFECTS:
                yield f"{path}:{node.lineno}: {name}() {EFFECTS[name]}; a layer is pure"


def test_layers_have_no_effects() -> None:
    found = [line for path in python_files("bronze", "silver", "gold") for line in effects(path, text(path))]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("source", ["rows = frame.collect()", "at = datetime.now(UTC)", "open('file')"])
def test_an_effect_is_found(source: str) -> None:
    assert len(list(effects(Path("silver/bad.py"), source))) == 1
