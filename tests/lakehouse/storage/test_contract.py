"""What every storage promises, whichever holds the bytes."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.storage.errors import BusyError, MissingError, PresentError
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Names, Storage
from tests.support.storages import IMPLEMENTATIONS
from tests.support.waiting import PATIENCE_S

KEY = Key("a/b")
WRITERS = 4


@pytest.fixture(params=list(IMPLEMENTATIONS.values()), ids=list(IMPLEMENTATIONS))
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    make: Callable[[Path], Storage] = request.param
    return make(tmp_path)


def test_what_was_put_is_read_listed_and_described(storage: Storage) -> None:
    storage.put(KEY, b"first")
    storage.put(KEY, b"second")

    assert storage.read(KEY) == b"second"
    assert (storage.open(KEY).read(3), storage.open(KEY).seek(2)) == (b"sec", 2)
    (entry,) = storage.entries()
    assert (entry.key, entry.size, storage.entry(KEY)) == (KEY, 6, entry)
    assert isinstance(entry.key, Key)
    assert Path(storage.local_copy(KEY)).read_bytes() == b"second"


def test_what_is_not_there_is_none_or_a_missing_key(storage: Storage) -> None:
    storage.put(KEY, b"x")
    other = Key("a/c")

    assert (storage.entry(other), storage.entry(Key("a/b/c")), storage.entry(KEY.parent)) == (None, None, None)
    assert (storage.entries(other), storage.names(other), storage.names(KEY)) == ([], Names(), Names())
    for verb in (storage.open, storage.read, storage.local_copy, storage.sync):
        with pytest.raises(MissingError, match="name a key that is there"):
            verb(other)
    with pytest.raises(MissingError):
        storage.copy(Key("d"), storage, other)
    storage.delete(other)
    storage.delete_all(other)


def test_a_root_that_is_not_there_is_no_empty_one(storage: Storage) -> None:
    with pytest.raises(MissingError):
        storage.entries()
    assert storage.names() == Names()
    assert storage.entries(Key("a")) == []


def test_a_put_if_absent_leaves_what_is_there_alone(storage: Storage) -> None:
    storage.put_if_absent(KEY, b"first")

    with pytest.raises(PresentError, match="another writer was first"):
        storage.put_if_absent(KEY, b"second")

    assert storage.read(KEY) == b"first"
    storage.delete(KEY)
    storage.put_if_absent(KEY, b"third")
    assert storage.read(KEY) == b"third"
    assert [entry.key for entry in storage.entries()] == [KEY]


def test_names_are_of_one_level_and_entries_of_all(storage: Storage) -> None:
    for key in ("t/_log/1.json", "t/x=1/p.parquet", "t/.hidden", "t/z", "u"):
        storage.put(Key(key), b"x")

    assert storage.names() == Names(("u",), ("t",))
    assert storage.names(Key("t")) == Names((".hidden", "z"), ("_log", "x=1"))
    assert [entry.key for entry in storage.entries(Key("t"))] == [
        "t/.hidden", "t/_log/1.json", "t/x=1/p.parquet", "t/z",
    ]  # fmt: skip


def test_a_storage_below_a_key_has_that_key_as_its_root(storage: Storage) -> None:
    inner = storage.below(Key("a")).below(Key("b"))
    inner.put(Key("c"), b"x")

    assert storage.read(Key("a/b/c")) == b"x"
    assert [entry.key for entry in inner.entries()] == ["c"]
    assert (inner.place, inner.address()) == (f"{storage.place}/a/b", storage.address(Key("a/b")))
    with pytest.raises(ValueError, match="legal"):
        inner.read(Key("..") / "c")


def test_a_copy_has_its_sources_bytes_in_place_of_what_was_there(storage: Storage) -> None:
    storage.put(Key("staged"), b"rows")
    storage.put(KEY, b"half a file")

    storage.copy(KEY, storage, Key("staged"))
    storage.copy(KEY, storage, Key("staged"))
    storage.delete(Key("staged"))

    assert storage.read(KEY) == b"rows"
    assert [entry.key for entry in storage.entries()] == [KEY]


def test_all_below_a_key_is_removed_and_nothing_else(storage: Storage) -> None:
    for key in ("s/a/1", "s/a/b/2", "s/ab", "t"):
        storage.put(Key(key), b"x")

    storage.delete_all(Key("s/a"))

    assert [entry.key for entry in storage.entries()] == ["s/ab", "t"]
    storage.delete_all(Key("s"))
    storage.delete(Key("t"))
    assert storage.entries(Key("s")) == []
    assert storage.names() == Names()


def test_arrow_writes_through_a_sink_and_reads_by_key(storage: Storage) -> None:
    rows = pa.table({"n": [1, 2, 3]})
    with storage.sink(KEY) as sink, pq.ParquetWriter(sink, rows.schema) as writer:
        writer.write_table(rows)

    assert pq.read_table(KEY, filesystem=storage.arrow()).equals(rows)


def test_a_storage_is_a_value_that_tasks_are_given(storage: Storage) -> None:
    storage.put(KEY, b"x")

    assert pickle.loads(pickle.dumps(storage)).read(KEY) == b"x"
    assert pickle.loads(pickle.dumps(storage)) == storage


def test_a_lock_has_one_holder(storage: Storage) -> None:
    key = Key(".lock")
    assert not storage.is_locked(key)

    with storage.lock(key):
        assert storage.is_locked(key)
        with pytest.raises(BusyError), storage.lock(key, wait=False):
            pass

    assert not storage.is_locked(key)
    with storage.lock(key, wait=False):
        assert storage.is_locked(key)


def test_who_waits_for_a_lock_gets_it_when_it_is_free(storage: Storage) -> None:
    key, asks, released, seen = Key(".lock"), threading.Event(), threading.Event(), list[bool]()

    def wait_for_it() -> None:
        asks.set()
        with storage.lock(key):
            seen.append(released.is_set())

    with storage.lock(key):
        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        assert asks.wait(PATIENCE_S)
        for _ in range(1000):
            assert storage.is_locked(key)
        assert seen == []
        released.set()
    waiting.join(PATIENCE_S)
    assert seen == [True]


def _claim(storage: Storage, number: int) -> bool:
    try:
        storage.put_if_absent(KEY, str(number).encode() * 100_000)
    except PresentError:
        return False
    return True


def _put_often(storage: Storage, number: int) -> None:
    for _ in range(50):
        storage.put(KEY, str(number).encode() * 100_000)


def test_of_writers_at_once_exactly_one_makes_the_claim(storage: Storage) -> None:
    with multiprocessing.get_context("spawn").Pool(WRITERS) as pool:
        for round_ in range(20):
            inner = storage.below(Key(str(round_)))
            won = pool.starmap(_claim, [(inner, number) for number in range(WRITERS)])

            assert won.count(True) == 1
            assert inner.read(KEY) == str(won.index(True)).encode() * 100_000
            assert [entry.key for entry in inner.entries()] == [KEY]


def test_a_reader_sees_one_writers_bytes_whole_while_several_put(storage: Storage) -> None:
    storage.put(KEY, b"0" * 100_000)
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(_put_often, storage, number) for number in range(WRITERS)]
        seen = set()
        while not all(writer.done() for writer in writers):
            data = storage.read(KEY)
            assert len(data) == 100_000
            assert [entry.key for entry in storage.entries()] == [KEY]
            seen.add(frozenset(data))
        for writer in writers:
            writer.result()

    assert all(len(letters) == 1 for letters in seen)
    assert len(seen) > 1
