import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import python_files, text

# Limits of ours: most files have about 100 lines, most functions about 12.
FILE_LINES, FUNCTION_LINES = 400, 60


def long_functions(path: Path, source: str) -> Iterator[str]:
    """One line for each function that is longer than the house allows, its docstring left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
            lines = (node.end_lineno or 0) - first.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {lines} lines, at most {FUNCTION_LINES} are legal"


def test_no_file_is_longer_than_the_house_allows() -> None:
    lengths = {path: len(text(path).splitlines()) for path in python_files()}

    assert not {str(path): lines for path, lines in lengths.items() if lines > FILE_LINES}


def test_no_function_is_longer_than_the_house_allows() -> None:
    found = [line for path in python_files() for line in long_functions(path, text(path))]

    assert not found, "\n".join(found)


def test_a_long_function_is_found_and_its_docstring_is_not_counted() -> None:
    body = "".join(f"    x = {number}\n" for number in range(FUNCTION_LINES))
    doc = '    """' + "words\n" * 30 + '"""\n'

    assert list(long_functions(Path("a.py"), f"def f():\n{doc}{body}")) == []
    assert len(list(long_functions(Path("a.py"), f"def f():\n{doc}{body}    x = 1\n"))) == 1
