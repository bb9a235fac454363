"""What was written to disk to last, and when: calls of `os.fsync` and renames in their order."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

Step = tuple[str, Path]


def noted_steps(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """A list that grows by ("sync", path) and ("rename", old path) as they happen."""
    steps: list[Step] = []
    sync = os.fsync

    def noted_sync(handle: int) -> None:
        sync(handle)
        steps.append(("sync", Path(f"/proc/self/fd/{handle}").readlink()))

    monkeypatch.setattr(os, "fsync", noted_sync)
    for name in ("rename", "replace"):
        monkeypatch.setattr(Path, name, _noted(getattr(Path, name), steps))
    return steps


def _noted(rename: Any, steps: list[Step]) -> Any:
    def noted(path: Path, target: Path) -> Path:
        moved: Path = rename(path, target)
        steps.append(("rename", path))
        return moved

    return noted
