"""The first bytes of a file: nothing beyond them, and a digest of what was read."""

import hashlib
import io
from pathlib import Path

import pytest

from jobs.ingest.portion import Portion

DATA = bytes(range(256)) * 8192
SIZE = len(DATA) - 100
SHA = hashlib.sha256(DATA[:SIZE]).hexdigest()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a"
    path.write_bytes(DATA)
    return path


def test_bytes_behind_the_size_are_not_there(path: Path) -> None:
    with io.BufferedReader(Portion(path.open("rb", buffering=0), SIZE)) as stream:
        assert stream.read() == DATA[:SIZE]
        assert stream.seek(-3, io.SEEK_END) == SIZE - 3
        assert stream.read() == DATA[SIZE - 3 : SIZE]


@pytest.mark.parametrize(
    "places",
    [[], [0], [SIZE - 8, 0], [5000, 100, 300_000], [0, 0, 900_000]],
    ids=["nothing read", "in order", "end first", "back and forth", "twice from the beginning"],
)
def test_the_digest_is_of_the_whole_portion_in_whatever_order_it_was_read(path: Path, places: list[int]) -> None:
    portion = Portion(path.open("rb", buffering=0), SIZE)
    with io.BufferedReader(portion) as stream:
        for place in places:
            stream.seek(place)
            stream.read(250_000)

        assert portion.sha256() == SHA


def test_bytes_are_digested_as_they_were_when_they_were_read(path: Path) -> None:
    portion = Portion(path.open("rb", buffering=0), SIZE)
    with io.BufferedReader(portion) as stream:
        stream.read()
        path.write_bytes(b"x" * len(DATA))

        assert portion.sha256() == SHA


def test_a_file_that_became_shorter_has_no_digest(path: Path) -> None:
    with Portion(path.open("rb", buffering=0), len(DATA) + 1) as portion:
        assert portion.sha256() is None
