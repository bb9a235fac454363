"""Delays of events as they were observed: since when each was on record, and which of them count."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from expectations.feeds import FEEDS
from expectations.plant.plant_profile import EVENT_FEEDS
from expectations.tables.bronze import FILES, feed_table
from gold import feed_delays
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

FAILURES = feed_table(FEEDS["failures"])
HOUR = timedelta(hours=1)


def _file(name: str, modified: datetime, **changes: Any) -> dict[str, Any]:
    row = {"_file_id": name, "path": name, "feed": "failures", "mapping": "log", "outcome": "read"}
    return {**row, "modified_at": modified, "_ingested_at": at("04-01 00:00"), **changes}


def _event(file: str, time: datetime, code: str = "seal", **changes: Any) -> dict[str, Any]:
    return {"_file_id": file, "occurred_at": time, "code": code, **changes}


def _built(folder: Path, files: list[dict[str, Any]], events: list[dict[str, Any]], extra: str = "") -> list[Any]:
    tables: dict[str, pa.Table] = {
        feed: arrow(feed_table(FEEDS[feed])).select(feed_delays.OF_EVENTS) for feed in EVENT_FEEDS
    }
    tables["failures"] = arrow(FAILURES, *events).select(feed_delays.OF_EVENTS)
    ledger = arrow(FILES, *files).select(feed_delays.OF_FILES)
    found: list[Any] = feed_delays.build(ledger, tables, small_profile(folder, extra)).to_pylist()
    return found


def test_an_event_is_on_record_from_its_first_file_on(tmp_path: Path) -> None:
    began, happened = at("03-01 00:00"), at("03-02 00:00")
    files = [_file("0", began), _file("1", happened + HOUR), _file("2", happened + 9 * HOUR)]
    events = [_event("1", happened), _event("2", happened), _event("2", happened, detail="closed")]

    (row,) = _built(tmp_path, files, events, '[feeds.failures]\ndelay = "2h"\n')

    assert row == {
        "feed": "failures", "mapping": "log", "event_count": 1, "delay_p50_s": 3600.0, "delay_p95_s": 3600.0,
        "delay_max_s": 3600.0, "declared_delay_s": 7200.0,
    }  # fmt: skip


def test_what_happened_before_the_first_file_says_nothing(tmp_path: Path) -> None:
    history = [_event("1", at("03-01 00:00") - number * HOUR, "pump") for number in range(50)]

    (row,) = _built(tmp_path, [_file("1", at("03-01 00:00"))], history)

    assert (row["event_count"], row["delay_p95_s"], row["declared_delay_s"]) == (0, None, None)


@pytest.mark.parametrize(("count", "most"), [(1, 1), (19, 19), (20, 19), (100, 95)])
def test_the_quantiles_are_delays_that_were_observed(tmp_path: Path, count: int, most: int) -> None:
    """The n-th of them is n hours late: the nearest rank of 95 % is the smallest number not below 0.95 n."""
    begin = at("03-02 00:00")
    files = [_file("0", at("03-01 00:00")), *(_file(str(n), begin + n * HOUR) for n in range(1, count + 1))]
    events = [_event(str(n), begin, f"code {n}") for n in range(1, count + 1)]

    (row,) = _built(tmp_path, files, events)

    assert row["event_count"] == count
    assert [row[f"delay_{name}_s"] / 3600 for name in ("p50", "p95", "max")] == [-(-count // 2), most, count]


def test_a_file_is_never_younger_than_its_ingest_and_a_record_never_sooner_than_its_event(tmp_path: Path) -> None:
    happened = at("03-02 00:00")
    copied = _file("1", at("05-01 00:00"), _ingested_at=happened + 3 * HOUR)
    planned = _file("2", happened - HOUR)

    (row,) = _built(
        tmp_path,
        [_file("0", at("03-01 00:00")), copied, planned],
        [_event("1", happened), _event("2", happened, "oil")],
    )

    assert (row["event_count"], row["delay_p50_s"], row["delay_max_s"]) == (2, 0.0, 3 * 3600.0)


def test_files_that_were_not_read_say_nothing_and_mappings_are_apart(tmp_path: Path) -> None:
    happened = at("03-02 00:00")
    files = [
        _file("0", at("03-01 00:00")), _file("1", happened + HOUR, outcome="admitted"),
        _file("2", happened + 2 * HOUR), _file("3", happened + 5 * HOUR, mapping="other"),
        _file("4", at("03-01 00:00"), mapping="other"),
    ]  # fmt: skip

    rows = _built(tmp_path, files, [_event("1", happened), _event("2", happened), _event("3", happened)])

    assert [(row["mapping"], row["delay_max_s"]) for row in rows] == [("log", 7200.0), ("other", 18_000.0)]
