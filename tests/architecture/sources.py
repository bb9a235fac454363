"""The files of the checkout, and what their syntax trees say."""

import ast
import importlib.metadata
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

REPO = Path(__file__).parents[2]
ROOMS = (
    "domain", "bronze", "silver", "gold", "ml", "expectations", "edge_bundle", "lakehouse", "report", "jobs",
    "simulator", "calculators",
)  # fmt: skip


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git has or would take, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=True).stdout
    return tuple(Path(name) for name in sorted(listed.split("\0")) if name and (REPO / name).is_file())


def python_files(*folders: str) -> tuple[Path, ...]:
    """The Python files of the named top folders, or of all."""
    return tuple(path for path in tracked() if path.suffix == ".py" and (not folders or path.parts[0] in folders))


@cache
def text(path: Path) -> str:
    """The text of a file of the checkout."""
    return (REPO / path).read_text(encoding="utf-8")


@cache
def owners() -> Mapping[str, list[str]]:
    """The installed distributions that bring each top-level name; reading them all takes half a second."""
    return importlib.metadata.packages_distributions()


def module_name(path: Path) -> str:
    """The dotted name under which a file is imported from the root."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str, module: str, *, is_package: bool = False) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module imports, at its top or deeper."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".") if is_package else module.split(".")[:-1]
                kept = package[: len(package) - node.level + 1]
                base = ".".join([*kept, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
