"""Which source files a trained model depends on: those that `ml.training.train` imports, and those that they import.

Pictures, cards and the registry are not among them: a change there gives the same model, and so the same version.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

PACKAGES, ENTRY = ("ml", "domain"), "ml/training/train.py"
DIGITS = 16


def training_sources(root: Path | None = None) -> tuple[Path, ...]:
    """Paths below the root, sorted: the entry, and all of `PACKAGES` that it reaches by imports, however deep.

    Args:
        root: The folder that holds the packages; the checkout where not given.
    """
    base = root or Path(__file__).resolve().parents[2]
    found: set[Path] = set()
    waiting = [Path(ENTRY)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(base, path)
    return tuple(sorted(found))


def code_digest(root: Path | None = None) -> str:
    """First 16 hex of the SHA-256 over the training sources, each by its path and content."""
    base = root or Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for path in training_sources(base):
        content = hashlib.sha256((base / path).read_bytes()).hexdigest()
        digest.update(f"{path.as_posix()} {content}\n".encode())
    return digest.hexdigest()[:DIGITS]


def _imported(base: Path, path: Path) -> Iterator[Path]:
    """Files of the packages that a file imports, wherever in it the import is; with the packages they lie in."""
    for node in ast.walk(ast.parse((base / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            here = ".".join(path.parts[: len(path.parts) - node.level])
            names = [".".join(filter(None, (here, node.module, alias.name))) for alias in node.names]
        else:
            continue
        for name in names:
            yield from _files_of(base, name)


def _files_of(base: Path, name: str) -> Iterator[Path]:
    """Every file that importing a dotted name of the packages runs; the last word may be a name within a module."""
    words = name.split(".")
    if words[0] not in PACKAGES:
        return
    for length in range(1, len(words) + 1):
        stem = Path(*words[:length])
        for path in (stem / "__init__.py", stem.with_suffix(".py")):
            if (base / path).is_file():
                yield path
