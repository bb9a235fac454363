"""A run of tests names each failure as it comes, not only at its end."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import REPO

CONFTEST = """
from tests.support.failures import FailuresNamed


def pytest_configure(config):
    config.pluginmanager.register(FailuresNamed(config))
"""
TESTS = """
import pytest


def test_one():
    assert 1 == 2, "one is not two"


@pytest.fixture
def broken():
    raise ValueError("no such thing")


def test_two(broken):
    pass


def test_three():
    pass
"""


def test_each_failure_is_named_before_the_tests_after_it_end(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_some.py").write_text(TESTS)
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pytest.ini", "--rootdir", ".", "test_some.py"]
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {REPO}\n")

    done = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    during, _, after = done.stdout.partition("= FAILURES =")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED test_some.py::test_one (call): AssertionError: one is not two" in during
    assert "FAILED test_some.py::test_two (setup): ValueError: no such thing" in during
    assert "test_three" not in during
    assert "1 failed, 1 passed, 1 error" in after
