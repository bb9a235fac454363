"""One Spark engine for all workers of a run: the controller of pytest-xdist starts it before them and ends it last.

An engine's start and its first jobs take 15 to 30 s of processor time, for each worker that has one of its own.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from lakehouse.engine.errors import EngineError
from lakehouse.engine.server import EngineAddress, start_server, stop_server

_KEY = "engine"


class EngineOfTheRun:
    """The engine that a controller starts for its workers; none where a run leaves out the tests that need one."""

    def __init__(self, config: pytest.Config) -> None:
        self._is_needed = "not spark" not in config.getoption("markexpr", "")
        self._home: Path | None = None
        self._address: EngineAddress | None = None

    def pytest_configure_node(self, node: Any) -> None:
        """Give the address to a worker before it starts."""
        if self._is_needed and self._address is None:
            self._start()
        if self._address is not None:
            node.workerinput[_KEY] = astuple(self._address)

    def pytest_unconfigure(self) -> None:
        """End the engine after all workers; a controller that is killed takes it along."""
        if self._address is not None:
            stop_server(self._address.pid)
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)

    def _start(self) -> None:
        """Where it cannot be started, each test that needs one tries itself, and fails with the reason."""
        self._home = Path(tempfile.mkdtemp(prefix="assay-test-engine-"))
        try:
            self._address = start_test_engine(self._home)
        except EngineError:
            self._is_needed = False


def start_test_engine(home: Path) -> EngineAddress:
    """The engine of tests, which ends with this process."""
    return start_server(home, memory="4g", cores=2, outlives_us=False)


def engine_of_the_run(config: pytest.Config) -> EngineAddress | None:
    """In a worker: the address of the engine that its controller started."""
    known = getattr(config, "workerinput", {}).get(_KEY)
    return EngineAddress(*known) if known else None
