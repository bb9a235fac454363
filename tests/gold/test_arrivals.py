"""Each record came with the earliest file that has it, in whatever order and parts files were read."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.mapping.keep import Keep
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import FILES
from gold.arrivals import OF_FILES, Came, arrivals
from jobs.silver.path_versions import Arrival
from tests.jobs.silver.test_order_of_arrival import BEGAN, Delivery, Silver, lives

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _at(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def _ledger(arrived: list[Arrival]) -> pa.Table:
    rows = [
        {
            "sha256": one.digest, "modified_at": _at(one.modified_us), "feed": "readings", "mapping": one.mapping,
            "outcome": "read" if one.is_read else "duplicate_file", "first_byte": int(one.is_tail),
            "first_line": one.first_line, "continues": one.continues, "is_cut": one.is_cut, "_file_id": one.file_id,
        }
        for one in arrived
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, arrow_schema(FILES)).select(OF_FILES)


def _came(silver: Silver) -> dict[tuple[int, int], int]:
    """When each value of each key came first."""
    known, found = arrivals(_ledger(silver.arrived), {}, {}), dict[tuple[int, int], int]()
    for row in silver.rows:
        one, said = known[row["_file_id"]], ((row["measured_at"] - BEGAN) // timedelta(hours=1), row["steps"])
        at = one.landed_us if 0 < one.until_line <= row["_line"] else one.first_us
        found[said] = min(found.get(said, at), at)
    return found


def _whole(deliveries: list[Delivery]) -> dict[tuple[int, int], int]:
    """The same of files that are read whole, each by itself."""
    found: dict[tuple[int, int], int] = {}
    for one in deliveries:
        for key, value in (line.split(",") for line in one.text.splitlines()):
            said = int(key), int(value)
            found[said] = min(found.get(said, one.at), one.at)
    return found


@settings(max_examples=60)
@given(lives(), st.sampled_from(["jsonl", "parquet"]), st.data())
def test_any_order_tells_the_same_and_what_nobody_saw_only_makes_it_later(
    deliveries: list[Delivery], file_format: str, data: st.DataObject
) -> None:
    """Files may be older than what they go on from: a copy has the time that its maker gave it."""
    times = data.draw(st.permutations(range(1, 8)))
    deliveries = [one._replace(at=times[one.at - 1]) for one in deliveries]
    silver = Silver(Keep(), file_format)
    for number, one in enumerate(data.draw(st.permutations(deliveries))):
        before = arrivals(_ledger(silver.arrived), {}, {})
        silver.ingest(number, [one])
        says_of_others = any(one.is_tail or not one.is_read for one in silver.arrived if one.batch == number)
        assert says_of_others or before.items() <= arrivals(_ledger(silver.arrived), {}, {}).items()
    seen = data.draw(st.lists(st.sampled_from(deliveries), unique=True))

    assert _came(silver) == _whole(deliveries)
    assert all(_whole(deliveries)[said] <= at for said, at in _whole(seen).items())


def test_a_file_whose_time_is_ahead_came_no_later_than_it_was_seen() -> None:
    file = {"sha256": "a", "modified_at": _at(90), "clock_at": _at(40), "feed": "readings", "mapping": "m",
            "outcome": "read", "_file_id": "f"}  # fmt: skip
    others = [{**file, "_file_id": "g", "sha256": "b", "outcome": "admitted"}, {**file, "_file_id": "h", "feed": "x"}]
    ledger = pa.Table.from_pylist([file, *others], arrow_schema(FILES)).select(OF_FILES)

    assert arrivals(ledger, {}, {}) == {"f": Came(40, 0, 40, "m")}


def test_a_content_that_was_read_again_and_a_repair_of_it_came_with_the_first_reading() -> None:
    file = {"sha256": "a", "modified_at": _at(10), "feed": "readings", "mapping": "m", "outcome": "read"}
    ledger = pa.Table.from_pylist(
        [{**file, "_file_id": "old"}, {**file, "_file_id": "new", "modified_at": _at(30)}], arrow_schema(FILES)
    ).select(OF_FILES)

    assert arrivals(ledger, {"old": "new"}, {}, began_us=20) == {"new": Came(30, 0, 30, "m")}  # 10 is before the plant
    assert arrivals(ledger, {"old": "new"}, {"repair": "old"}) == dict.fromkeys(("new", "repair"), Came(10, 0, 10, "m"))
