"""`assay --version` says which code runs, and on what."""

import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from jobs import cli
from jobs.runtime import version as subject
from lakehouse.code_revision import code_revision
from tests.support.imports import foreign_imports

REPO = Path(__file__).parents[3]
GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@t")


def test_it_names_version_revision_code_python_and_what_is_pinned(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])

    first, second = capsys.readouterr().out.splitlines()
    assert end.value.code == 0
    assert first.startswith("assay 0.1.0, revision ")
    assert first.endswith(f", code {code_revision()}, in {REPO}")
    spark, delta = metadata.version("pyspark"), metadata.version("delta-spark")
    assert second == f"Python {platform.python_version()}, Spark {spark}, Delta Lake {delta}"


def test_it_imports_no_third_party() -> None:
    foreign, said = foreign_imports("from jobs.cli import main\nmain(['--version'])")

    assert said.startswith("assay ")
    assert foreign == set()


def checkout(folder: Path) -> str:
    """A git checkout of one file; its commit."""
    folder.mkdir()
    (folder / "file").write_text("one")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*GIT, *words], cwd=folder, check=True)
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed here")
def test_the_revision_is_the_commit_and_says_whether_files_differ_from_it(tmp_path: Path) -> None:
    commit = checkout(tmp_path / "clone")
    clean = subject._revision(tmp_path / "clone")

    (tmp_path / "clone" / "file").write_text("two")

    assert (clean, subject._revision(tmp_path / "clone")) == (commit[:12], f"{commit[:12]}-dirty")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed here")
def test_a_folder_in_another_ones_checkout_has_no_revision(tmp_path: Path) -> None:
    checkout(tmp_path / "clone")
    (tmp_path / "clone" / "unpacked").mkdir()

    assert subject._revision(tmp_path / "clone" / "unpacked") == "none (not a git checkout)"


def test_without_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))

    assert subject._revision(tmp_path).startswith("unknown (git could not be asked: ")


def test_the_checkout_is_that_of_the_code_whatever_the_working_directory(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(REPO)!r}); from jobs.cli import main; main(['--version'])"

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert f", in {REPO}\n" in done.stdout
