"""The files of the benchmarks: the same for the same seed, and told by our reader as the generator means them."""

import hashlib
from pathlib import Path

from bench.landing import write_landing
from bench.ours import PLANT
from bronze.readers import read_records
from expectations.mapping.file import load_mappings


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_landing(tmp_path / name, 5_000, files=3)

    one, two = (_digests(tmp_path / name) for name in ("one", "two"))

    assert one == two
    assert len(set(one)) == 3


def test_another_seed_gives_other_bytes(tmp_path: Path) -> None:
    write_landing(tmp_path / "one", 1_000, files=1, seed=7)
    write_landing(tmp_path / "two", 1_000, files=1, seed=8)

    assert _digests(tmp_path / "one") != _digests(tmp_path / "two")


def test_our_reader_rejects_exactly_the_lines_that_were_spoilt(tmp_path: Path) -> None:
    landing = write_landing(tmp_path / "landing", 20_000, files=2)
    (mapping,) = (mapping for mapping in load_mappings(PLANT) if mapping.name == "readings")
    records = rejected = 0

    for path in landing.folder.iterdir():
        with path.open("rb") as stream:
            for batch in read_records(stream, mapping):
                records += batch.records
                rejected += sum(batch.rejected["record_count"].to_pylist())

    assert records == 20_000
    assert rejected == landing.rejected > 0


def _digests(folder: Path) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())]
