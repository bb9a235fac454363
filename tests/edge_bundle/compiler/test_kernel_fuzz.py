"""Altered models under AddressSanitizer and UndefinedBehaviorSanitizer: no walk leaves its blob.

More executions than a test has time for: `python -m tests.support.kernel_fuzz --executions 100000000`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.kernel_fuzz import build_fuzzer, compiler, run_fuzzer

EXECUTIONS = 100_000_000 if os.environ.get("FULL_SUITE") == "1" else 1_000_000


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if compiler() is None:
        pytest.skip("no gcc or clang with sanitizers on this machine (Debian package gcc)")
    return build_fuzzer(tmp_path_factory.mktemp("fuzzer"))


def test_no_altered_model_leads_the_kernel_out_of_its_blob(fuzzer: Path) -> None:
    done = run_fuzzer(fuzzer, EXECUTIONS, seed=1)

    assert done.returncode == 0, done.stderr[-4000:]
    executions, accepted, _ = done.stdout.split()
    assert int(executions) == EXECUTIONS
    assert int(accepted) > EXECUTIONS // 100  # else nothing is walked


def test_the_sanitizers_see_a_byte_beyond(tmp_path: Path) -> None:
    """With the check of the tables' size taken out of the kernel the same run is ended by the sanitizer."""
    if compiler() is None:
        pytest.skip("no gcc or clang with sanitizers on this machine (Debian package gcc)")
    weak = build_fuzzer(tmp_path, weaken=("return needed == size ? OK : BAD_SIZE;", "return OK;"))

    done = run_fuzzer(weak, 100_000, seed=1)

    assert done.returncode != 0
    assert "AddressSanitizer: heap-buffer-overflow" in done.stderr


def test_the_same_seed_asks_the_same(fuzzer: Path) -> None:
    first, again, other = (run_fuzzer(fuzzer, 20_000, seed=seed).stdout for seed in (5, 5, 6))

    assert first == again != other
