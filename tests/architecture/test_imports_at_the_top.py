"""Imports inside functions are the exception: `pyproject.toml` names the files, each with its reason."""

import ast
import tomllib
from pathlib import Path

from tests.architecture.sources import REPO, python_files, text

RULE = "PLC0415"
ROOMS_WITH_REASONS = ("jobs", "lakehouse", "report")


def named() -> dict[str, str]:
    """Each pattern that may import inside functions, with the reason behind it."""
    lines = (REPO / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    return {line.split('"')[1]: line.partition(" # ")[2] for line in lines if f'= ["{RULE}"]' in line}


def late_imports(source: str) -> list[int]:
    """Lines of the imports inside functions."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return sorted(
        {node.lineno for one in functions for node in ast.walk(one) if isinstance(node, (ast.Import, ast.ImportFrom))}
    )


def fits(path: Path, pattern: str) -> bool:
    """Whether a pattern of `pyproject.toml` names a file; of braces it knows one pair."""
    head, brace, rest = pattern.partition("{")
    inside, _, tail = rest.partition("}")
    return any(path.match(head + word + tail) for word in (inside.split(",") if brace else [""]))


def test_each_exception_has_a_reason_and_is_one_of_a_file_or_of_the_commands() -> None:
    assert all(named().values())
    assert [pattern for pattern in named() if "*" in pattern] == ["jobs/commands/*.py"]


def test_files_that_import_inside_functions_are_those_that_are_named() -> None:
    late = {path for path in python_files(*ROOMS_WITH_REASONS) if late_imports(text(path))}
    listed = {path for path in python_files(*ROOMS_WITH_REASONS) for name in named() if fits(path, name)}

    assert late - listed == set()
    assert {str(path) for path in listed - late} <= {"jobs/commands/__init__.py"}


def test_ruff_checks_every_other_file() -> None:
    ignored = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]

    assert "PL" in ignored["select"]
    assert {name for name, rules in ignored["per-file-ignores"].items() if RULE in rules} == set(named())


def test_an_import_inside_a_function_is_found() -> None:
    assert late_imports("import a\ndef f():\n    import b\n    def g():\n        from c import d") == [3, 5]
