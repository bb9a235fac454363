"""Landed files as a gateway can take them."""

import gzip
from pathlib import Path

import pytest
import zstandard

from jobs.edge.landed_files import named, replayable, unpacked
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.storage.places import storage_at

# Neither Parquet nor what gateways sent back is for a gateway.
OTHERS = ("readings/penang-2/1.parquet", "uplink/g1/edge_scores-1.jsonl.gz", "notes.txt")
READINGS = ("readings/bremen-1/.hidden.jsonl", "readings/bremen-1/1.jsonl", "readings/bremen-1/2.jsonl.zst")
ERRORS = "errors/2026-03.jsonl"


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """The simulated plant, with files in its landing folder."""
    for name in (*OTHERS, *READINGS, ERRORS):
        path = tmp_path / "landing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zstandard.compress(b"{}\n") if path.suffix == ".zst" else b"{}\n")
    return load_plant(Settings(lake=tmp_path / "lake", plant="simulated"))


def test_what_a_source_of_the_bundle_reads_is_replayed(plant: Plant, tmp_path: Path) -> None:
    landing = tmp_path / "landing"

    assert [str(path.relative_to(landing)) for path in replayable(plant, storage_at(landing))] == [ERRORS, *READINGS]


def test_a_folder_is_its_files_that_can_be_replayed(plant: Plant, tmp_path: Path) -> None:
    landing = tmp_path / "landing"

    found = named([landing / "readings", landing / ERRORS], plant, storage_at(landing))

    assert found == [*(landing / name for name in READINGS), landing / ERRORS]


def test_a_folder_outside_landing_is_refused(plant: Plant, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is a folder outside landing .*; name its files, or a folder in landing"):
        named([tmp_path], plant, storage_at(tmp_path / "landing"))


def test_a_file_that_is_not_there_is_refused(plant: Plant, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.jsonl is no file that can be replayed"):
        named([tmp_path / "absent.jsonl"], plant, storage_at(tmp_path / "landing"))


def test_only_zstd_is_unpacked_and_keeps_its_path(tmp_path: Path) -> None:
    contents = {"a/plain.jsonl": b"1\n", "a/packed.jsonl.gz": gzip.compress(b"2\n"), "a/empty.jsonl": b""}
    packed = {"a/b/one.jsonl.zst": b"3\n" * 1000, "a/two.jsonl": b"4\n"}
    (tmp_path / "a/b").mkdir(parents=True)
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    for name, data in packed.items():
        (tmp_path / name).write_bytes(zstandard.compress(data))

    plain = unpacked([tmp_path / name for name in (*contents, *packed)], tmp_path / "device")

    assert plain[:3] == [tmp_path / name for name in contents]
    assert [path.read_bytes() for path in plain[3:]] == list(packed.values())
    assert all(str(path).endswith(name) for path, name in zip(plain[3:], packed, strict=True))


def test_of_a_broken_file_what_is_readable_is_replayed(tmp_path: Path) -> None:
    whole = b"".join(b'{"n": %d}\n' % number for number in range(400_000))
    (tmp_path / "cut.jsonl.zst").write_bytes(zstandard.compress(whole)[:-1000])

    (plain,) = unpacked([tmp_path / "cut.jsonl.zst"], tmp_path / "device")

    assert 0 < plain.stat().st_size < len(whole)
    assert whole.startswith(plain.read_bytes())
