"""A bundle on the shelf lasts."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse.bundle_shelf import put
from lakehouse.lake import Lake
from lakehouse.storage.errors import PresentError
from tests.support.synced import noted_steps


def test_a_bundle_and_its_name_are_on_disk_when_it_was_laid_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = noted_steps(monkeypatch)

    path = put(Lake(tmp_path), "plant@1.0.0+1", b"sealed")

    (first, draft), linked, *folders = steps
    assert (first, draft.parent, linked) == ("sync", path.parent, ("link", draft))
    assert folders == [("sync", path.parent), ("sync", tmp_path)]
    assert path.read_bytes() == b"sealed"


def test_a_bundle_never_takes_anothers_place(tmp_path: Path) -> None:
    path = put(Lake(tmp_path), "plant@1.0.0+1", b"sealed")

    with pytest.raises(PresentError):
        put(Lake(tmp_path), "plant@1.0.0+1", b"another")

    assert [(each.name, each.read_bytes()) for each in path.parent.iterdir()] == [(path.name, b"sealed")]
