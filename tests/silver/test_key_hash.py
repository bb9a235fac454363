"""Key hashes: equal for equal keys wherever they are held, and what comes twice is found."""

import numpy as np
import pyarrow as pa

from expectations.tables.silver import READINGS_TABLE
from silver.key_hash import among, key_hashes, repeated
from tests.support.arrow_rows import arrow
from tests.support.frames import at

ROWS = [
    {"sensor_id": "S1", "metric": "temperature", "measured_at": at("03-01 10:00")},
    {"sensor_id": "S2", "metric": "temperature", "measured_at": at("03-01 10:00")},
    {"sensor_id": "S1", "metric": "pressure", "measured_at": at("03-01 10:00")},
    {"sensor_id": "S1", "metric": "temperature", "measured_at": at("03-01 10:01")},
]


def test_keys_that_differ_in_one_part_have_different_hashes_and_equal_ones_the_same() -> None:
    hashes = key_hashes(arrow(READINGS_TABLE, *ROWS, *ROWS))

    assert len(set(hashes.tolist())) == 4
    assert hashes[:4].tolist() == hashes[4:].tolist()


def test_hashes_do_not_depend_on_how_texts_are_held_nor_on_their_neighbours() -> None:
    table = arrow(READINGS_TABLE, *ROWS)
    coded = pa.table([c.dictionary_encode() if c.type == pa.string() else c for c in table.columns], table.column_names)

    assert key_hashes(coded).tolist() == key_hashes(table).tolist()
    assert key_hashes(coded.slice(2)).tolist() == key_hashes(table).tolist()[2:]


def test_many_sensors_and_times_have_no_hash_in_common() -> None:
    rows = [{"sensor_id": f"S{n % 50}", "measured_at": at(f"03-01 {n // 50:02}:00")} for n in range(1000)]

    assert len(set(key_hashes(arrow(READINGS_TABLE, *rows)).tolist())) == 1000


def test_what_comes_more_than_once_is_found_once_and_in_order() -> None:
    hashes = np.array([5, 2**64 - 1, 3, 5, 5, 2**64 - 1, 4], dtype=np.uint64)

    assert repeated(hashes).tolist() == [5, 2**64 - 1]
    assert repeated(hashes[:3]).tolist() == []


def test_membership_holds_at_both_ends_and_for_no_hashes_at_all() -> None:
    ordered = np.array([3, 2**64 - 1], dtype=np.uint64)
    asked = np.array([0, 3, 4, 2**64 - 1], dtype=np.uint64)

    assert among(asked, ordered).tolist() == [False, True, False, True]
    assert among(asked, ordered[:0]).tolist() == [False] * 4
    assert among(asked[:0], ordered).tolist() == []
