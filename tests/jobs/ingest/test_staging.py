"""The staged batch: whole or not there, whatever is cut short."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from jobs.ingest.staging import Staged, Staging, sweep
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at
from lakehouse.storage.protocol import Storage

STAGED = Staged({"readings": ["a.parquet"]}, {"readings": {"rows": 1}}, {"f" * 16: {"records": 1}}, ["gone"])


def _parse(folder: Storage) -> Staged:
    folder.put(Key("a.parquet"), b"rows")
    return STAGED


def _cut_short(folder: Storage) -> Staged:
    _parse(folder)
    raise KeyboardInterrupt


@pytest.fixture
def lake(tmp_path: Path) -> Storage:
    return storage_at(tmp_path)


def _names(staging: Staging) -> list[str]:
    return [entry.key.name for entry in staging.folder.entries()]


def test_a_parsed_batch_says_what_it_holds_and_where(lake: Storage) -> None:
    staging = Staging(lake, 1)

    staging.write(_parse)

    assert staging.is_whole
    staged = Staging(lake, 1).read()
    (name,) = staged.files["readings"]
    assert staging.folder.read(Key(name)) == b"rows"
    assert (staged.figures, staged.counts, staged.vanished) == (STAGED.figures, STAGED.counts, STAGED.vanished)
    assert not Staging(lake, 2).is_whole


def test_a_parse_that_is_cut_short_leaves_nothing_that_counts(lake: Storage, tmp_path: Path) -> None:
    staging = Staging(lake, 1)
    with pytest.raises(KeyboardInterrupt):
        staging.write(_cut_short)
    assert not Staging(lake, 1).is_whole

    staging.write(_parse)

    assert staging.is_whole
    sweep(lake, 1)
    assert [path.name for path in (tmp_path / "_staging").iterdir()] == ["batch-1"]
    assert _names(staging) == ["a.parquet", "staged.json"]


def test_a_batch_that_an_older_version_staged_is_read(lake: Storage) -> None:
    """It has the files beside what it says of them."""
    staging = Staging(lake, 1)
    staging.folder.put(Key("a.parquet"), b"rows")
    staging.folder.put(Key("staged.json"), json.dumps(asdict(STAGED)).encode())

    assert staging.is_whole
    assert staging.read() == STAGED
    assert staging.folder.read(Key(staging.read().files["readings"][0])) == b"rows"


def test_what_does_not_say_what_it_holds_is_parsed_again(lake: Storage) -> None:
    staging = Staging(lake, 1)
    staging.folder.put(Key("half.parquet"), b"half")
    assert not staging.is_whole

    staging.write(_parse)

    assert _names(staging) == ["a.parquet", "staged.json"]


def test_what_killed_runs_left_of_other_batches_is_swept(lake: Storage, tmp_path: Path) -> None:
    staging = Staging(lake, 2)
    staging.write(_parse)
    for left in ("batch-1", "batch-2-0f", "0f"):
        lake.put(Key("_staging") / left / "half.parquet", b"half")

    sweep(lake, 2)

    assert [path.name for path in (tmp_path / "_staging").iterdir()] == ["batch-2"]
    assert staging.is_whole


def test_a_batch_that_is_done_is_swept_with_the_folder(lake: Storage, tmp_path: Path) -> None:
    staging = Staging(lake, 1)
    staging.write(_parse)

    staging.remove()
    sweep(lake, None)

    assert not (tmp_path / "_staging").exists()
