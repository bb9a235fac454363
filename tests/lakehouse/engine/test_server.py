"""The start of a server: what is missing is named, and nothing stays behind where it fails."""

import os
import sys
from pathlib import Path

import pytest

from jobs.runtime.exits import ExitCode, exit_code
from lakehouse.engine.configuration import jars
from lakehouse.engine.errors import EngineError, EngineMissingError
from lakehouse.engine.process import is_running
from lakehouse.engine.server import EngineAddress, start_server, stop_server


def test_no_java_and_no_jars_are_a_matter_of_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "none"))
    with pytest.raises(EngineMissingError, match="install Java 17") as java:
        start_server(tmp_path, memory="1g", cores=1, outlives_us=False)

    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(EngineMissingError, match="make setup"):
        jars()

    assert exit_code(java.value) is ExitCode.USAGE
    assert exit_code(EngineError("broke")) is ExitCode.UNEXPECTED


def test_a_server_that_ends_at_once_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="its log ends"):
        start_server(tmp_path, memory="no-size", cores=1, outlives_us=False)


@pytest.mark.parametrize("outlives_us", [True, False], ids=["kept", "private"])
def test_a_start_that_is_interrupted_leaves_no_server_behind(tmp_path: Path, outlives_us: bool) -> None:
    seen: list[int] = []

    def interrupt(address: EngineAddress) -> None:
        assert is_running(address.pid)
        seen.append(address.pid)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start_server(tmp_path, memory="1g", cores=1, outlives_us=outlives_us, spawned=interrupt)

    assert len(seen) == 1
    assert not is_running(seen[0])


@pytest.mark.parametrize("outlives_us", [True, False], ids=["kept", "private"])
def test_an_interrupt_from_the_keyboard_does_not_reach_a_server(tmp_path: Path, outlives_us: bool) -> None:
    """It goes to the whole foreground group; the command then ends its server itself, after its session."""
    groups: list[int] = []

    def look(address: EngineAddress) -> None:
        groups.append(os.getpgid(address.pid))
        stop_server(address.pid)

    with pytest.raises(EngineError, match="ended with code"):
        start_server(tmp_path, memory="1g", cores=1, outlives_us=outlives_us, spawned=look)

    assert groups[0] != os.getpgid(0)
