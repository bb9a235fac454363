"""One process at a time starts or stops the kept engine."""

from pathlib import Path

import pytest

from lakehouse.engine.errors import EngineError
from lakehouse.engine.lock import engine_lock


def test_the_wait_for_a_holder_that_never_ends_has_an_end_and_says_whom_to_ask(tmp_path: Path) -> None:
    with (
        engine_lock(tmp_path),
        pytest.raises(EngineError, match=r"`fuser .*engine\.lock` names it"),
        engine_lock(tmp_path, patience_s=0.2),
    ):
        pytest.fail("two hold the lock")


def test_a_lock_that_was_given_back_is_free(tmp_path: Path) -> None:
    with engine_lock(tmp_path):
        pass

    with engine_lock(tmp_path, patience_s=0.0):
        assert (tmp_path / "engine.lock").exists()
