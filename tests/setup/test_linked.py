"""A checkout whose `.venv` is a link to another one's environment: it runs its own code, or says why it does not."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
PATH = os.defpath
COPIED = (
    "setup",
    "jobs",
    "lakehouse",
    "domain",
    "edge_bundle",
    "expectations",
    "bronze",
    "pyproject.toml",
    "requirements.lock",
    "Makefile",
)
Done = subprocess.CompletedProcess[str]


def copied(folder: Path) -> Path:
    """A checkout without an environment, as far as `assay --help` needs it."""
    folder.mkdir()
    for name in COPIED:
        source = REPO / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / name)
    return folder


@pytest.fixture
def owner(tmp_path: Path) -> Path:
    """A checkout with an environment: this one's interpreter, and what `make setup` adds to it."""
    checkout = copied(tmp_path / "owner")
    own = checkout / ".venv"
    (own / ".setup").mkdir(parents=True)
    (own / "bin").mkdir()
    (own / "bin" / "python").symlink_to(REPO / ".venv" / "bin" / "python")
    shutil.copy2(checkout / "setup" / "assay.sh", own / "bin" / "assay")
    made_from = run([checkout / "setup" / "made_from.sh"]).stdout
    (own / ".setup" / "made_from").write_text(made_from)
    return checkout


@pytest.fixture
def other(tmp_path: Path, owner: Path) -> Path:
    """Another checkout, of other code, that uses the same environment."""
    checkout = copied(tmp_path / "other")
    (checkout / ".venv").symlink_to(owner / ".venv")
    command = checkout / "jobs" / "cli.py"
    command.write_text(command.read_text().replace("A batch lakehouse", "Another batch lakehouse"))
    return checkout


def run(command: list[Path | str], folder: Path | None = None) -> Done:
    words = list(map(str, command))
    return subprocess.run(
        words,
        cwd=folder,
        env={"PATH": PATH, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_checkout_runs_its_own_code_through_a_linked_environment(owner: Path, other: Path, tmp_path: Path) -> None:
    ours = run([owner / ".venv/bin/assay", "--help"], tmp_path)
    theirs = run([other / ".venv/bin/assay", "--help"], tmp_path)

    assert ours.returncode == theirs.returncode == 0, theirs.stderr
    assert "A batch lakehouse" in ours.stdout
    assert "Another batch lakehouse" in theirs.stdout


def test_so_it_does_when_called_by_a_relative_path_or_by_the_search_path(other: Path) -> None:
    relative = run([".venv/bin/assay", "--help"], other)
    environment = {"PATH": f"{other}/.venv/bin:{PATH}"}
    found = subprocess.run(["sh", "-c", "assay --help"], env=environment, capture_output=True, text=True, check=False)

    assert "Another batch lakehouse" in relative.stdout
    assert "Another batch lakehouse" in found.stdout


@pytest.mark.usefixtures("other")
def test_a_link_to_the_command_leads_to_its_checkout(owner: Path, tmp_path: Path) -> None:
    (tmp_path / "ours").symlink_to(owner / ".venv/bin/assay")
    (tmp_path / "theirs").symlink_to("other/.venv/bin/assay")

    assert "A batch lakehouse" in run([tmp_path / "ours", "--help"], owner).stdout
    assert "Another batch lakehouse" in run([tmp_path / "theirs", "--help"], owner).stdout


def test_an_environment_that_is_no_checkouts_is_refused(owner: Path, tmp_path: Path) -> None:
    (tmp_path / "environment").symlink_to(owner / ".venv")

    done = run([tmp_path / "environment/bin/assay", "--help"])

    assert (done.returncode, done.stdout) == (2, "")
    assert "is not the .venv/bin of a checkout of Assay" in done.stderr
    assert "call the .venv/bin/assay of a checkout" in done.stderr


def test_make_takes_a_linked_environment_as_it_is_and_changes_nothing_in_it(owner: Path, other: Path) -> None:
    before = {path: path.lstat().st_mtime_ns for path in (owner / ".venv").rglob("*")}

    done = run(["make", "setup"], other)

    assert done.returncode == 0, done.stderr
    assert {path: path.lstat().st_mtime_ns for path in (owner / ".venv").rglob("*")} == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("requirements.lock", "made from another requirements.lock; bring both checkouts to the same revision"),
        ("setup/jars.txt", "made from another setup/jars.txt; bring both"),
        ("edge_bundle/compiler/kernel/flat.c", "made from another edge_bundle/compiler/kernel; bring both"),
    ],
)
def test_an_environment_made_from_something_else_is_refused(owner: Path, other: Path, name: str, said: str) -> None:
    (other / name).write_text((other / name).read_text() + "\n")

    for done in (run(["make", "lint"], other), run([other / ".venv/bin/assay", "--help"])):
        assert done.returncode == 2, done.stdout
        assert f"setup: .venv of {other} is a link to {owner}/.venv, which was {said}" in done.stderr
        assert "or remove the link and run `make setup` here" in done.stderr


@pytest.mark.parametrize("lost", [".setup/made_from", "bin/python"])
def test_an_environment_that_is_not_whole_is_refused(owner: Path, other: Path, lost: str) -> None:
    (owner / ".venv" / lost).unlink()

    done = run(["make", "setup"], other)

    assert done.returncode == 2
    assert f"run `make setup` in {owner}, or remove the link" in done.stderr


def test_a_link_that_leads_nowhere_is_refused_and_not_filled(other: Path, tmp_path: Path) -> None:
    (other / ".venv").unlink()
    (other / ".venv").symlink_to(tmp_path / "nowhere" / ".venv")

    done = run(["make", "setup"], other)

    assert done.returncode == 2
    assert "where there is no environment" in done.stderr
    assert not (tmp_path / "nowhere").exists()


def test_clean_removes_the_link_and_leaves_the_environment(owner: Path, other: Path) -> None:
    done = run(["make", "clean"], other)

    assert done.returncode == 0, done.stderr
    assert not (other / ".venv").is_symlink()
    assert (owner / ".venv" / "bin" / "assay").is_file()


def test_make_renders_units_for_the_checkout_by_the_guides_own_lines(other: Path) -> None:
    """A shell's own USER is whoever types; only make's counts."""
    guide = (REPO / "docs" / "operations.md").read_text()
    lines = {line.removeprefix("sudo ") for line in guide.splitlines() if "make systemd " in line and line[0] in "sm"}
    assert lines == {"make systemd PREFIX=/var/lib/assay USER=assay"}

    for line in lines:
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=other,
            env={"PATH": PATH, "USER": "root"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    unit = (other / "build" / "systemd" / "assay-engine.service").read_text()
    assert f"ExecStart={other}/.venv/bin/assay engine serve\n" in unit
    assert "\nUser=assay\n" in unit
    assert "\nReadWritePaths=/var/lib/assay\n" in unit


def test_make_takes_neither_the_shells_user_nor_root(other: Path) -> None:
    command = ["make", "systemd"]
    default = subprocess.run(command, cwd=other, env={"PATH": PATH, "USER": "root"}, capture_output=True, check=False)
    refused = run([*command, "USER=root"], other)
    given = run([*command, "USER=plant", "PORT=8181", "MEMORY=3g"], other)

    assert (default.returncode, given.returncode) == (0, 0)
    assert refused.returncode == 2
    assert "legal: an account's name, and not root" in refused.stderr
    assert "--port 8181" in (other / "build" / "systemd" / "assay-airflow-api-server.service").read_text()
    assert 'engine_memory = "3g"' in (other / "build" / "systemd" / "assay.toml").read_text()
