import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.sources import REPO, imported, module_name, owners, python_files, text

REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[\w+\])?==([^\s;]+)(?:; (.+))?")
LOCKED = re.compile(r"^([a-z0-9._-]+)==([^\s;]+)(?: ; (.+))? \\$", re.MULTILINE)
APART = {"mlflow": (Path("setup/mlflow.lock"), Path("jobs/models/mlflow_store/program.py"))}
"""What is in an environment of its own: its lock, and the one file that imports it."""


def declared() -> dict[str, tuple[str, str]]:
    """Version and marker of every requirement of the project, its extras included."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    listed = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return {name.lower(): (version, marker) for line in listed for name, version, marker in REQUIREMENT.findall(line)}


def foreign() -> dict[str, str]:
    """Top-level names that are imported and neither ours nor the standard library's, each with one of its files."""
    ours = {path.parts[0] for path in python_files()} | {path.stem for path in python_files("dags")}
    return {
        top: str(path)
        for path in python_files()
        for _, name in imported(text(path), module_name(path))
        if (top := name.split(".")[0]) not in ours | sys.stdlib_module_names and path != APART.get(top, (None, None))[1]
    }


def test_what_is_imported_is_declared() -> None:
    """What another package happens to bring may be gone with its next version; Airflow's parts are its own."""
    known, imports = tuple(declared()), foreign()
    missing = [
        f"{path} imports {top} of {' or '.join(sorted(set(owners().get(top, ['nobody'])))[:3])}"
        for top, path in imports.items()
        if not any(owner.lower().replace("_", "-").startswith(known) for owner in owners().get(top, []))
    ]

    assert {"zstandard", "numpy", "pytest"} <= set(imports)
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(("name", "lock"), [(name, lock) for name, (lock, _) in APART.items()])
def test_what_is_apart_has_a_lock_with_the_digest_of_each_package(name: str, lock: Path) -> None:
    packages = re.split(r"^(?=[a-z0-9])", text(lock), flags=re.MULTILINE)[1:]

    assert name in {package.partition("==")[0] for package in packages} - set(declared())
    assert all(re.match(r"\S+==\S+ (?:; .+ )?\\\n    --hash=sha256:[0-9a-f]{64}", package) for package in packages)


def test_the_lock_pins_every_requirement_as_it_is_declared() -> None:
    locked = {name: (version, marker) for name, version, marker in LOCKED.findall(text(Path("requirements.lock")))}
    asked = declared()

    assert len(asked) > 20
    assert {name: locked.get(name) for name in asked} == asked
