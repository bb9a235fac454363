"""What the workers of a run of tests have in common: one engine, and what is collected."""

import gc
import os

import psutil
import pytest

from lakehouse.engine.server import EngineAddress


@pytest.mark.spark
def test_the_engine_is_a_child_of_the_process_that_all_workers_have_in_common(
    engine: EngineAddress, request: pytest.FixtureRequest
) -> None:
    is_worker = hasattr(request.config, "workerinput")

    assert psutil.Process(engine.pid).ppid() == (os.getppid() if is_worker else os.getpid())


def test_the_garbage_collector_passes_over_what_is_collected(request: pytest.FixtureRequest) -> None:
    assert gc.get_freeze_count() > 50_000
    assert not any(one is request.session for one in gc.get_objects())
