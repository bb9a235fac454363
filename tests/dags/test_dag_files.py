"""Rules that the DAG files keep by their text alone; no Airflow needed."""

import ast
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from jobs.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"
FILES = sorted(DAGS.glob("*.py"))
HELPERS = {path.stem for path in FILES if path.stem.startswith("_")}
DAG_FILES = [path for path in FILES if path.stem not in HELPERS]
REFUSALS = ("GateRefused", "REFUSED")
EXIT_CODES = ("| 1 |", "| 2 |", "| 3 |", "| 130, 143, negative |")


def imported_packages(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def file_of(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


def parts_of(command: Path) -> list[Path]:
    """The modules of jobs that a command's module imports, those that every command shares left out."""
    nodes = ast.walk(ast.parse(command.read_text(encoding="utf-8")))
    modules = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return [file_of(name) for name in modules if name.startswith("jobs.") and not name.startswith("jobs.runtime")]


def test_the_dags_of_the_main_road_are_there() -> None:
    assert {path.stem for path in DAG_FILES} >= {
        "ingest_hourly",
        "gold_on_silver",
        "monitor_daily",
        "upkeep_daily",
        "retrain_monthly",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_imports_the_standard_library_airflow_and_helpers_beside_it_only(path: Path) -> None:
    legal = set(sys.stdlib_module_names) | {"airflow"} | HELPERS

    assert set(imported_packages(path)) <= legal


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_hides_a_package_since_airflow_puts_the_folder_first_on_the_path(path: Path) -> None:
    packages = {entry.name for entry in ROOT.iterdir() if entry.is_dir()}

    assert path.stem not in packages | set(sys.stdlib_module_names)


def test_airflow_does_not_parse_helpers_as_dags() -> None:
    patterns = (DAGS / ".airflowignore").read_text(encoding="utf-8").split()

    ignored = {path.stem for path in FILES if any(fnmatch(path.name, pattern) for pattern in patterns)}

    assert ignored == HELPERS


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.stem)
def test_the_runbook_says_what_to_do_for_each_exit_code(path: Path) -> None:
    page = (DAGS / "docs" / f"{path.stem}.md").read_text(encoding="utf-8")

    assert page.startswith(f"# {path.stem}\n")
    for heading in ("**Reads", "## Tasks", "## When it is red", "## Run again, run for the past"):
        assert heading in page
    for code in EXIT_CODES:
        assert code in page


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.stem)
def test_the_runbook_speaks_of_a_refusal_where_a_job_of_it_can_refuse(path: Path) -> None:
    """A job can where the part that its command calls names the error or the exit code of a refusal."""
    source = path.read_text(encoding="utf-8")
    commands = [file_of(command.module) for name, command in COMMANDS.items() if f'("{name}"' in source]
    modules = [module for command in commands for module in (command, *parts_of(command))]
    can_refuse = any(word in module.read_text(encoding="utf-8") for module in modules for word in REFUSALS)

    page = (DAGS / "docs" / f"{path.stem}.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("| 3 |")]

    assert modules
    assert row.startswith("| 3 | Never given by this job") is not can_refuse


def test_each_runbook_belongs_to_a_dag() -> None:
    assert {path.stem for path in (DAGS / "docs").glob("*.md")} == {path.stem for path in DAG_FILES}
