"""Model folders are durable before anything names them, and whole once their card is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations.model_folder.models import CARD_FILE
from jobs.models.folders import is_written, write_model
from lakehouse.lake import Lake
from tests.support.model_lake import model_folder
from tests.support.synced import noted_steps

FILES = {"features.json": b"{}", CARD_FILE: b"<p>", "zone.npz": b"rows"}


def test_every_file_is_on_disk_before_it_gets_its_name_and_the_card_is_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, steps = Lake(tmp_path), noted_steps(monkeypatch)

    path = write_model(lake, "v1", FILES)

    folders = [("sync", tmp_path / "models/v1"), ("sync", tmp_path / "models"), ("sync", tmp_path)]
    renamed = [step for step in steps if step[0] == "rename"]
    assert steps == [step for _, draft in renamed for step in (("sync", draft), ("rename", draft), *folders)]
    assert (path, len(renamed)) == ("models/v1", len(FILES))
    by_time = sorted(model_folder(lake, "v1").iterdir(), key=lambda file: file.stat().st_mtime_ns)
    assert [file.name for file in by_time] == ["features.json", "zone.npz", CARD_FILE]


def test_a_folder_without_its_card_is_not_written_and_is_ended_by_the_next_run(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    write_model(lake, "v1", FILES)
    for name in (CARD_FILE, "zone.npz"):  # as a run leaves it that was killed
        (model_folder(lake, "v1") / name).unlink()
    (model_folder(lake, "v1") / f".{'0' * 32}.assay-draft").write_bytes(b"half")
    assert not is_written(lake, "v1")

    write_model(lake, "v1", FILES)

    assert is_written(lake, "v1")
    assert {file.name: file.read_bytes() for file in model_folder(lake, "v1").iterdir()} == FILES


def test_only_a_file_that_differs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    write_model(lake, "v1", FILES)
    steps = noted_steps(monkeypatch)

    write_model(lake, "v1", {**FILES, CARD_FILE: b"<p>evaluated again"})

    assert [name for name, _ in steps].count("rename") == 1
    assert (model_folder(lake, "v1") / CARD_FILE).read_bytes() == b"<p>evaluated again"


def test_what_an_older_version_left_of_a_killed_run_goes(tmp_path: Path) -> None:
    draft = tmp_path / "models" / ".v1.draft"
    draft.mkdir(parents=True)
    (draft / "half").write_bytes(b"x")

    write_model(Lake(tmp_path), "v1", FILES)

    assert [path.name for path in (tmp_path / "models").iterdir()] == ["v1"]
