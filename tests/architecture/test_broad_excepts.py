import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOMS, python_files, text

# The one place where any error becomes a sentence and an exit code.
ALLOWED = (Path("jobs/cli.py"),)


def broad_excepts(path: Path, source: str) -> Iterator[str]:
    """One line for each handler that catches every error and does not raise again."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
            raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            if not raises:
                yield f"{path}:{node.lineno}: catches every error; name those that are expected here"


def _is_broad(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(name is None or getattr(name, "id", "") in ("Exception", "BaseException") for name in names)


def test_only_the_command_catches_every_error() -> None:
    files = [path for path in python_files(*ROOMS, "dags") if path not in ALLOWED]

    found = [line for path in files for line in broad_excepts(path, text(path))]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("caught", ["", " Exception", " (ValueError, Exception) as e"])
def test_a_broad_handler_is_found(caught: str) -> None:
    assert len(list(broad_excepts(Path("a.py"), f"try:\n    f()\nexcept{caught}:\n    pass\n"))) == 1


def test_a_handler_that_raises_again_is_legal() -> None:
    source = "try:\n    f()\nexcept BaseException:\n    undo()\n    raise\n"

    assert list(broad_excepts(Path("a.py"), source)) == []
