"""What a source file does with files and folders of this machine: modules it imports, calls that only paths have."""

import ast
from collections.abc import Iterator

MODULES = frozenset({"fcntl", "glob", "os", "pathlib", "shutil", "tempfile"})
METHODS = frozenset(
    {
        "chmod", "hardlink_to", "is_dir", "is_file", "iterdir", "mkdir", "read_bytes", "read_text", "rglob", "rmdir",
        "symlink_to", "unlink", "write_bytes", "write_text",
    }
)  # fmt: skip
ROOTS = frozenset({"lake", "landing", "root"})


def uses(source: str) -> Iterator[tuple[int, str]]:
    """Line and what it is, for each use of files and folders.

    An import counts wherever it stands, also where only annotations need it; so does a call of the builtin `open`, of
    a method that paths alone have, and a path that is joined below the lake or the landing folder.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name.partition(".")[0] for alias in node.names]
            yield from ((node.lineno, name) for name in names if name in MODULES)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            name = node.module.partition(".")[0]
            if name in MODULES:
                yield node.lineno, name
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, name) for name in _called(node.func))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            yield from ((node.lineno, name) for name in _joined(node.left))


def _joined(left: ast.expr) -> Iterator[str]:
    if isinstance(left, ast.Attribute) and left.attr in ROOTS:
        yield f"a path below .{left.attr}"


def _called(function: ast.expr) -> Iterator[str]:
    if isinstance(function, ast.Name) and function.id == "open":
        yield "open()"
    if isinstance(function, ast.Attribute) and function.attr in METHODS:
        yield f".{function.attr}()"
