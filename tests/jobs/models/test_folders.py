"""Model folders last before anything names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.models.folders import model_folder, write_model
from lakehouse.lake import Lake
from tests.support.synced import noted_steps

FILES = {"features.json": b"{}", "golden.npz": b"rows", "model_card.html": b"<p>"}


def test_a_new_folder_is_on_disk_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake, steps = Lake(tmp_path), noted_steps(monkeypatch)

    write_model(lake, "v1", FILES)

    draft = tmp_path / "models" / ".v1.draft"
    named = steps.index(("rename", draft))
    assert {*steps[:named]} == {("sync", draft), *(("sync", draft / name) for name in FILES)}
    assert steps[named + 1 :] == [("sync", tmp_path / "models"), ("sync", tmp_path)]


def test_a_file_that_takes_anothers_place_is_on_disk_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    write_model(lake, "v1", FILES)
    steps = noted_steps(monkeypatch)

    write_model(lake, "v1", {**FILES, "model_card.html": b"<p>judged anew"})

    draft = tmp_path / "models" / ".v1.draft"
    card = draft / "model_card.html"
    assert steps == [("sync", card), ("sync", draft), ("rename", card), ("sync", model_folder(lake, "v1"))]
    assert (model_folder(lake, "v1") / "model_card.html").read_bytes() == b"<p>judged anew"
