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
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def checked(tools: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    script = [str(tools / "bash"), str(REPO / "setup" / "prerequisites.sh")]
    environment = {"PATH": str(tools), **variables}
    return subprocess.run(script, cwd=REPO, env=environment, capture_output=True, text=True, check=False)


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
