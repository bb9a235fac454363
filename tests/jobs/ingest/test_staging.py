"""The staged batch on disk: whole or not there, whatever is cut short."""

from pathlib import Path

import pytest

from jobs.ingest.staging import Staged, Staging, sweep

STAGED = Staged({"readings": ["a.parquet"]}, {"readings": {"rows": 1}}, {"f" * 16: {"records": 1}}, ["gone"])


def _parse(folder: Path) -> Staged:
    (folder / "a.parquet").write_bytes(b"rows")
    return STAGED


def _cut_short(folder: Path) -> Staged:
    _parse(folder)
    raise KeyboardInterrupt


def test_a_parsed_batch_says_what_it_holds(tmp_path: Path) -> None:
    staging = Staging(tmp_path, 1)

    staging.write(_parse)

    assert staging.is_whole
    assert Staging(tmp_path, 1).read() == STAGED
    assert not Staging(tmp_path, 2).is_whole


def test_a_parse_that_is_cut_short_leaves_nothing_that_counts(tmp_path: Path) -> None:
    staging = Staging(tmp_path, 1)
    with pytest.raises(KeyboardInterrupt):
        staging.write(_cut_short)
    assert not Staging(tmp_path, 1).is_whole

    staging.write(_parse)

    assert staging.is_whole
    sweep(tmp_path, 1)
    assert [path.name for path in (tmp_path / "_staging").iterdir()] == ["batch-1"]


def test_a_folder_that_does_not_say_what_it_holds_is_parsed_anew(tmp_path: Path) -> None:
    staging = Staging(tmp_path, 1)
    staging.folder.mkdir(parents=True)
    (staging.folder / "half.parquet").write_bytes(b"half")
    assert not staging.is_whole

    staging.write(_parse)

    assert {path.name for path in staging.folder.iterdir()} == {"a.parquet", "staged.json"}


def test_a_batch_that_is_done_is_swept_with_the_folder(tmp_path: Path) -> None:
    staging = Staging(tmp_path, 1)
    staging.write(_parse)

    staging.remove()
    sweep(tmp_path, None)

    assert not (tmp_path / "_staging").exists()
