"""A bundle on the shelf lasts."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse.bundle_shelf import put
from lakehouse.lake import Lake
from tests.support.synced import noted_steps


def test_a_bundle_and_its_name_are_on_disk_when_it_was_laid_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = noted_steps(monkeypatch)

    path = put(Lake(tmp_path), "plant@1.0.0+1", b"sealed")

    draft = path.with_name(f".{path.name}.draft")
    assert steps == [("sync", draft), ("rename", draft), ("sync", path.parent), ("sync", tmp_path)]
