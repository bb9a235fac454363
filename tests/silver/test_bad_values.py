"""What sources call bad, by sensor and date: each time and code once, whatever came again."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import BAD_QUALITY
from silver.bad_values import READS, BadValues

DAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, tzinfo=UTC)
NAME = ("F1", "M1", "heat", "T1")


def rows(*entries: tuple[int, str, str]) -> pa.Table:
    """Of minute, code and file."""
    found = [
        {"factory_id": "F1", "machine_id": "M1", "sensor_id": "T1", "metric": "heat", "_file_id": file,
         "stated_at": AT + timedelta(minutes=minute), "quality_code": code, "_line": 2, "_batch_id": 1,
         "_ingested_at": AT}
        for minute, code, file in entries
    ]  # fmt: skip
    return pa.Table.from_pylist(found, arrow_schema(BAD_QUALITY)).select(list(READS))


def test_a_time_and_code_that_comes_again_counts_once_and_a_content_that_was_read_again_never() -> None:
    found = BadValues.of(
        rows((0, "24", "a"), (0, "24", "b"), (0, "0", "b"), (1, "24", "b"), (2, "24", "old"), (24 * 60, "24", "b")),
        {"old"},
    )

    assert (found.count(NAME, DAY), found.codes(NAME, DAY)) == (3, "24: 2, 0: 1")
    assert found.count(NAME, DAY + timedelta(days=1)) == 1
    assert (found.count(NAME, DAY - timedelta(days=1)), found.codes(NAME, DAY - timedelta(days=1))) == (0, None)


def test_rare_codes_are_counted_together() -> None:
    found = BadValues.of(rows(*((minute, str(minute // 2), "a") for minute in range(13))))

    assert found.codes(NAME, DAY) == "0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 2 more codes"


def test_nothing_is_bad_where_nothing_came() -> None:
    assert BadValues.of(None) == BadValues.of(rows()) == BadValues({})
