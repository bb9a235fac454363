"""What was written to disk to last, and when: calls of `os.fsync` and renames in their order."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

Step = tuple[str, Path]


def noted_steps(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """A list that grows by ("sync", path), ("rename", old path) and ("link", old path) as they happen."""
    steps: list[Step] = []
    sync = os.fsync

    def noted_sync(handle: int) -> None:
        sync(handle)
        steps.append(("sync", Path(f"/proc/self/fd/{handle}").readlink()))

    monkeypatch.setattr(os, "fsync", noted_sync)
    for name in ("rename", "replace"):
        monkeypatch.setattr(Path, name, _noted(getattr(Path, name), steps))
    link = Path.hardlink_to

    def noted_link(path: Path, target: Path) -> None:
        link(path, target)
        steps.append(("link", target))

    monkeypatch.setattr(Path, "hardlink_to", noted_link)
    return steps


def _noted(rename: Any, steps: list[Step]) -> Any:
    def noted(path: Path, target: Path) -> Path:
        moved: Path = rename(path, target)
        steps.append(("rename", path))
        return moved

    return noted
