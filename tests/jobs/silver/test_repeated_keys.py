"""The search for keys that come twice, in memory at once or a range at a time."""

from pathlib import Path

import numpy as np
import pytest

from jobs.silver.repeated_keys import NotedKeys, find_repeated
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at


def _noted(folder: Path, name: str, *answers: list[int]) -> NotedKeys:
    noted = []
    for number, answer in enumerate(answers):
        file = folder / f"{name}-{number}.npy"
        np.save(file, np.sort(np.array(answer, dtype=np.uint64)))
        noted.append({"file": file.name, "spans": [["2026-03-01", 5 - number, 5 + number]]})
    return NotedKeys(storage_at(folder), noted)


def _loaded(folder: Path, key: Key) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    found: np.ndarray[tuple[int], np.dtype[np.uint64]] = np.load(folder / key)
    return found


@pytest.mark.parametrize("at_once", [1 << 26, 3, 1], ids=["all at once", "some", "one by one"])
def test_repeated_is_what_comes_twice_or_is_stored_already(tmp_path: Path, at_once: int) -> None:
    ours = _noted(tmp_path, "ours", [1, 2**63, 2**64 - 1], [1, 7, 2**62], [])
    standing = _noted(tmp_path, "standing", [7, 9, 9], [2**64 - 1])

    repeated = _loaded(tmp_path, find_repeated(ours, standing.load(), storage_at(tmp_path), at_once=at_once))

    assert repeated.tolist() == [1, 7, 2**64 - 1]


def test_nothing_stored_leaves_what_comes_twice(tmp_path: Path) -> None:
    assert _loaded(
        tmp_path, find_repeated(_noted(tmp_path, "ours", [4, 5], [5]), [], storage_at(tmp_path))
    ).tolist() == [5]
    assert _loaded(tmp_path, find_repeated(_noted(tmp_path, "none"), [], storage_at(tmp_path))).tolist() == []


def test_dates_of_all_shares_are_known_once_with_their_earliest_and_latest_time(tmp_path: Path) -> None:
    assert _noted(tmp_path, "ours", [1], [2], [3]).spans == {"2026-03-01": (3, 7)}
    assert NotedKeys(storage_at(tmp_path), []).spans == {}
