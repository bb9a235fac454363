"""No test measures time: a busy machine fails none, and a fast one passes none that it should not."""

from pathlib import Path

import hypothesis
import pytest

from tests.architecture.sources import REPO, python_files, text
from tests.architecture.stopwatches import found

# Why each may do what no other test may.
EXCEPTIONS = {
    "tests/support/waiting.py": "waits for all others, within bounds that only say that something hangs",
    "tests/support/killed_job.py": "strikes at some moment of a commit; the tables are the same whichever it is",
    "tests/lakehouse/engine/test_lock.py": "waits on purpose for what never comes: the wait's end is what it tests",
    "tests/architecture/test_no_stopwatch.py": "holds examples of what is refused",
}


def test_no_test_depends_on_how_fast_the_machine_is() -> None:
    files = [path for path in python_files("tests") if path.as_posix() not in EXCEPTIONS]

    assert not [line for path in files for line in found(path, text(path))]


def test_every_exception_needs_to_be_one() -> None:
    assert [name for name in EXCEPTIONS if not list(found(Path(name), (REPO / name).read_text("utf-8")))] == []


def test_no_example_of_hypothesis_has_a_deadline() -> None:
    assert hypothesis.settings().deadline is None
    assert hypothesis.HealthCheck.too_slow in hypothesis.settings().suppress_health_check
    own = [path for path in python_files("tests") if "@given" in text(path) and "deadline=" in text(path)]
    assert own == [Path("tests/architecture/test_no_stopwatch.py")]


@pytest.mark.parametrize(
    "source",
    [
        "began = time.monotonic()",
        "from time import perf_counter",
        "resource.getrusage(resource.RUSAGE_CHILDREN)",
        "time.sleep(1)",
        "threading.Timer(1.0, strike).start()",
        "process.communicate(timeout=20)",
        "until(ready, timeout_s=5.0)",
        "thread.join(3)",
        "RUN_TIMEOUT_S = 30.0",
        "assert report.seconds < 60",
        "assert 2 >= took",
        "assert 0 < row['latency_us'] <= 50_000",
        "assert np.quantile(taken, 0.99) < budget_us",
        "assert abs(told - time.time()) < 60",
        "run('sleep 30 & wait')",
        "code = 'import time; time.sleep(60)'",
    ],
)
def test_what_measures_time_is_found(source: str) -> None:
    assert list(found(Path("a.py"), source))


@pytest.mark.parametrize(
    "source",
    [
        "', '.join(words)",
        "rows.get('name')",
        "process.wait()",
        "process.communicate(timeout=PATIENCE_S)",
        "assert report['seconds'] >= 0",
        "assert before <= told <= after",
        "expired = datetime.now(UTC) - timedelta(seconds=1)",
        "run('until [ -e ready ]; do sleep 0.05; done')",
        "code = 'import time; time.sleep(3600)'",
    ],
)
def test_what_does_not_is_legal(source: str) -> None:
    assert list(found(Path("a.py"), source)) == []
