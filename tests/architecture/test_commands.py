"""A command of `assay` declares its options and calls its part; the work is in the parts."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.cli import COMMANDS
from tests.architecture.sources import imported, module_name, python_files, text

FOLDER = Path("jobs/commands")
MODULES = tuple(path for path in python_files("jobs") if path.parent == FOLDER and path.stem != "__init__")
# What a command may load before it runs: settings, reports and errors, and names that options show.
AT_THE_TOP = ("jobs.runtime.", "lakehouse.errors.", "jobs.edge.key_names.", "jobs.edge.gateway_names.")
PARAMETERS = (["parser"], ["args", "settings"])
OURS = (
    "bronze",
    "calculators",
    "edge_bundle",
    "expectations",
    "gold",
    "jobs",
    "lakehouse",
    "ml",
    "report",
    "silver",
    "simulator",
)


def faults(source: str) -> Iterator[str]:
    """One line for each thing that a command does and should not."""
    tree = ast.parse(source)
    for node in tree.body:
        names = [f"{node.module}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        yield from (
            f"line {node.lineno}: {name} is imported at the top"
            for name in names
            if name.startswith(tuple(f"{room}." for room in OURS)) and not name.startswith(AT_THE_TOP)
        )
        if isinstance(node, ast.ClassDef):
            yield f"line {node.lineno}: class {node.name}; it belongs to the part"
        if isinstance(node, ast.FunctionDef) and [arg.arg for arg in node.args.args] not in PARAMETERS:
            yield f"line {node.lineno}: {node.name} takes neither the parser nor args and settings"
    for line, name in imported(source, "jobs.commands.some"):
        if name.startswith("jobs.commands"):
            yield f"line {line}: a command imports another, {name}"


def test_each_command_is_a_module_of_its_name() -> None:
    assert {path.stem for path in MODULES} == set(COMMANDS)
    assert {name: command.module for name, command in COMMANDS.items()} == {
        path.stem: module_name(path) for path in MODULES
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_command_declares_its_options_and_calls_its_part(path: Path) -> None:
    assert not list(faults(text(path)))


def test_nothing_imports_a_command() -> None:
    """Only `jobs.cli` loads one, by its name."""
    found = {
        str(path): name
        for path in python_files("jobs", "lakehouse", "report", "bench", "dags")
        for _, name in imported(text(path), module_name(path))
        if name.startswith("jobs.commands.")
    }

    assert not found


def test_every_job_gets_the_one_engine_handle() -> None:
    """A session that is opened when it is asked for: the pipeline and single commands hand out the same."""
    direct = {
        str(path)
        for path in python_files("jobs")
        for _, name in imported(text(path), module_name(path))
        if name in ("jobs.runtime.session.open_session", "lakehouse.engine.client.connect")
    }
    handed = {
        path.parent.name
        for path in python_files("jobs")
        for _, name in imported(text(path), module_name(path))
        if name == "jobs.runtime.session.session_when_needed"
    }

    assert direct == {"jobs/runtime/session.py"}
    assert handed == {"ingest", "quarantine", "silver", "gold", "rebuild", "upkeep", "pipeline", "drift", "verify"}


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("from jobs.edge.signing import load_key", "imported at the top"),
        ("def run(args, settings):\n    from jobs.commands.keys import run", "imports another"),
        ("def work(plant): ...", "takes neither"),
        ("class Work: ...", "belongs to the part"),
    ],
)
def test_a_fault_is_found_and_named(source: str, fault: str) -> None:
    (found,) = faults(source)

    assert fault in found
