"""The class-data archive: used where it is there, and no hindrance where it is of no use."""

import os
import sys
from pathlib import Path

import pytest

from lakehouse.engine.archive import make_archive
from lakehouse.engine.configuration import archive_file
from lakehouse.engine.server import start_server, stop_server

pytestmark = pytest.mark.spark


def _prefix(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of its own whose jars are the installed ones."""
    (root / "jars").symlink_to(Path(sys.prefix) / "jars")
    monkeypatch.setattr(sys, "prefix", str(root))
    return root


def test_a_server_starts_with_an_archive_that_java_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _prefix(tmp_path, monkeypatch)
    archive_file().write_bytes(b"made by another Java")

    server = start_server(tmp_path / "folder with blanks", memory="1g", cores=1, outlives_us=False)

    stop_server(server.pid)
    assert server.port > 0


@pytest.mark.slow
def test_a_server_maps_the_archive_that_setup_made(tmp_path: Path) -> None:
    if not archive_file().is_file():
        pytest.skip("this environment has no class-data archive: make setup makes it where Java can")

    assert _maps(archive_file(), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif("FULL_SUITE" not in os.environ, reason="making one takes a minute: set FULL_SUITE; setup made one")
def test_a_server_maps_the_archive_that_a_trial_run_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _prefix(tmp_path, monkeypatch)

    made = make_archive(archive_file())

    assert made.stat().st_size > 50_000_000
    assert _maps(made, tmp_path)


def _maps(archive: Path, folder: Path) -> bool:
    """Whether the JVM of a server has the archive in its memory."""
    server = start_server(folder / "engine", memory="1g", cores=1, outlives_us=False)
    mapped = Path(f"/proc/{server.pid}/maps").read_text(encoding="utf-8")
    stop_server(server.pid)
    return str(archive.resolve()) in mapped
