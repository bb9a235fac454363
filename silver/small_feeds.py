"""The small feeds, each with its table and with what makes a record impossible."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.feeds import ANSWERS, CERTIFICATES, HEARTBEATS, SUMMARIES
from expectations.tables.arrow_columns import STAMP, Flags, doubles
from expectations.tables.silver_feeds import (
    ALARM_ANSWERS,
    ANSWERS_GIVEN,
    CERTIFICATES_TABLE,
    GATEWAY_HEARTBEATS,
    SEQUENCE_SUMMARIES,
)
from silver.small_feed import SmallFeed

_PERCENTAGES = ("battery_pct", "memory_used_pct", "disk_used_pct")
_TIMES = ("latency_ms", "uptime_s")
_MOST_NUMBERS = 1_000_000
"""A summary of more is damaged: they would be those of eleven days, one a second."""


def _is_unknown_answer(rows: pa.Table) -> Flags:
    known: Flags = pc.is_in(rows.column("answer"), pa.array(ANSWERS_GIVEN)).to_numpy()
    return np.logical_not(known)


def _is_impossible(rows: pa.Table) -> Flags:
    wrong = np.zeros(rows.num_rows, np.bool_)
    for name in (*_PERCENTAGES, *_TIMES):
        values = doubles(rows, name)
        most = 100.0 if name in _PERCENTAGES else np.finfo(np.float64).max
        wrong |= (values < 0) | (values > most)
    return wrong


def _is_impossible_range(rows: pa.Table) -> Flags:
    first, last = (rows.column(name).to_numpy() for name in ("first_sequence", "last_sequence"))
    wrong: Flags = (first < 0) | (last < first) | (last >= first + _MOST_NUMBERS)
    return wrong


def _has_no_holder(rows: pa.Table) -> Flags:
    absent: Flags = pc.and_(pc.is_null(rows.column("gateway_id")), pc.is_null(rows.column("machine_id"))).to_numpy()
    return absent


def _is_unreadable(rows: pa.Table) -> Flags:
    texts = rows.column("not_before").to_pylist()
    return np.array([text is not None and _begin(text) is None for text in texts], np.bool_)


def _ends_first(rows: pa.Table) -> Flags:
    begins, ends = map(_begin, rows.column("not_before").to_pylist()), rows.column("not_after").to_pylist()
    return np.array([begin is not None and begin > end for begin, end in zip(begins, ends, strict=True)], np.bool_)


def _begins(rows: pa.Table) -> pa.Array:
    return pa.array(map(_begin, rows.column("not_before").to_pylist()), STAMP)


def _begin(text: str | None) -> datetime | None:
    """The time of a text of ISO 8601; None where it is none, or has no offset."""
    try:
        time = datetime.fromisoformat((text or "").strip())
        return None if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):  # with its offset it may be before year 1, or after 9999
        return None


SMALL_FEEDS = (
    SmallFeed(ANSWERS, ALARM_ANSWERS, "answer", {"unknown_answer": _is_unknown_answer}),
    SmallFeed(HEARTBEATS, GATEWAY_HEARTBEATS, "gateway_id", {"impossible_value": _is_impossible}),
    SmallFeed(SUMMARIES, SEQUENCE_SUMMARIES, "gateway_id", {"impossible_range": _is_impossible_range}),
    SmallFeed(
        CERTIFICATES, CERTIFICATES_TABLE, "certificate",
        {"no_holder": _has_no_holder, "unreadable_begin": _is_unreadable, "ends_before_it_begins": _ends_first},
        happened=False, derived={"not_before": _begins},
    ),
)  # fmt: skip
