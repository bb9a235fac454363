import os
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
TOOLS = ("bash", "env", "sed", "head", "df", "awk")


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with a Java 17, this Python, and the few tools of any Debian: all that the PATH shall hold."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = next(Path(place, tool) for place in os.defpath.split(":") if place and Path(place, tool).exists())
        (folder / tool).symlink_to(found)
    _program(folder / "java", "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2")
    _program(folder / "python3.11", f'exec "{sys.executable}" "$@"')
    return folder


def _program(path: Path, line: str) -> None:
    path.unlink(missing_ok=True)  # it may be a link to the real one
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def checked(tools: Path, folder: Path = REPO, **variables: str) -> subprocess.CompletedProcess[str]:
    script = [str(tools / "bash"), str(REPO / "setup" / "prerequisites.sh")]
    environment = {"PATH": str(tools), **variables}
    return subprocess.run(script, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_python_to_build_with_is_named(tools: Path) -> None:
    done = checked(tools)

    assert (done.returncode, done.stderr) == (0, "")
    assert Path(done.stdout.strip()).exists()


@pytest.mark.parametrize(
    ("broken", "line", "sentence"),
    [
        ("python3.11", "exit 1", "Python 3.11 or 3.12 is needed; on Debian: apt-get install python3"),
        ("java", "exit 127", "Java 17 or newer is needed for Spark; on Debian: apt-get install openjdk-17"),
        ("java", "echo 'openjdk version \"11.0.2\" 2019' >&2", "Java 11 is too old for Spark, 17 or newer is needed"),
    ],
    ids=["no Python", "no Java", "old Java"],
)
def test_each_lack_has_a_sentence_that_says_how_to_get_it(tools: Path, broken: str, line: str, sentence: str) -> None:
    _program(tools / broken, line)

    done = checked(tools)

    assert done.returncode == 2
    assert done.stderr.startswith(f"setup: {sentence}")
    assert done.stderr.count("\n") == 1


def test_newer_java_is_enough(tools: Path) -> None:
    _program(tools / "java", "echo 'openjdk version \"21\" 2023-09-19' >&2")

    assert checked(tools).returncode == 0


def test_java_of_java_home_is_the_one_that_counts(tools: Path, tmp_path: Path) -> None:
    done = checked(tools, JAVA_HOME=str(tmp_path / "absent"))

    assert "Java 17 or newer is needed" in done.stderr


NO_VENV = f"""case "$*" in *ensurepip*) exit 1;; *sys.executable*) echo "$0"; exit;; esac
exec "{sys.executable}" "$@\""""
FEW_MB = "echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'\necho '/dev/x 9 9 {} 1% /'"


def test_a_python_without_venv_is_named_with_the_package_that_brings_it(tools: Path) -> None:
    _program(tools / "python3.11", NO_VENV)

    done = checked(tools)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot make environments; on Debian: apt-get install python3-venv (or install uv" in done.stderr


def test_uv_makes_up_for_venv(tools: Path) -> None:
    _program(tools / "python3.11", NO_VENV)
    _program(tools / "uv", "exit 0")

    assert checked(tools).returncode == 0


def test_too_small_a_disk_is_told_with_what_is_free_and_what_is_needed(tools: Path, tmp_path: Path) -> None:
    _program(tools / "df", FEW_MB.format(2999 * 1024 + 1023))

    done = checked(tools, tmp_path)

    assert done.returncode == 2
    assert done.stderr == (
        "setup: 3000 MB of disk are needed here, 2999 MB are free; make room, or clone to another disk\n"
    )


def test_a_disk_that_just_fits_is_enough(tools: Path, tmp_path: Path) -> None:
    _program(tools / "df", FEW_MB.format(3000 * 1024))

    assert checked(tools, tmp_path).returncode == 0


def test_an_environment_that_stands_needs_no_more_room(tools: Path, tmp_path: Path) -> None:
    _program(tools / "df", FEW_MB.format(1))
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()

    assert checked(tools, tmp_path).returncode == 0
