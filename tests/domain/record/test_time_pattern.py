"""Patterns of times: by example, by Python's own strptime where that knows the token, and as columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bronze.readers.pattern_column import walls
from domain.record.time_pattern import TimePattern
from edge_bundle.gateway.input.times import format_us

CET = {"CET": "+01:00", "CEST": "+02:00"}
FORMATS = (
    "%d.%m.%Y %H:%M:%S,%f", "%m/%d/%Y %I:%M:%S %p", "%Y%m%d %H%M%S", "%Y%m%d%H%M%S%f", "%y-%j %H:%M", "%d %b %Y %H:%M",
    "%Y-%m-%dT%H:%M:%S%z", "%A, %d. %B %Y %H.%M", "%H:%M:%S %d/%m/%y", "[%F] {%T}",
)  # fmt: skip
MOMENTS = st.datetimes(datetime(1969, 1, 1), datetime(2068, 12, 31))  # noqa: DTZ001  # years that have two digits


def read(pattern: str, text: str, offsets: dict[str, str] | None = None) -> str | None:
    found = TimePattern(pattern, offsets or {}).read(text)
    return None if found is None else format_us(found.at_us - found.offset_us)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("%d.%m.%Y %H:%M:%S,%f", "02.11.2026 06:01:00,5", "2026-11-02T06:01:00.500000Z"),
        ("%d.%m.%Y %H:%M:%S,%f", "2.11.2026 6:01:00,1234569", "2026-11-02T06:01:00.123456Z"),
        ("%d.%m.%Y %H:%M", "02.11.2026 24:00", "2026-11-03T00:00:00Z"),
        ("%d.%m.%Y %H:%M", "02.11.2026 24:01", None),
        ("%d.%m.%Y %H:%M", "31.11.2026 06:00", None),
        ("%m/%d/%Y %I:%M %p", "1/2/2026 12:04 AM", "2026-01-02T00:04:00Z"),
        ("%m/%d/%Y %I:%M %p", "1/2/2026 12:04\u202fp.m.", "2026-01-02T12:04:00Z"),
        ("%m/%d/%Y %I:%M %p", "1/2/2026 13:04 PM", None),
        ("%Y%m%d%H%M%S", "20261102060300", "2026-11-02T06:03:00Z"),
        ("%Y%m%d%H%M%S", "2026112060300", None),
        ("%Y-%j", "2028-366", "2028-12-31T00:00:00Z"),
        ("%Y-%j", "2026-366", None),
        ("%d. %B %y", "3.  März 26", "2026-03-03T00:00:00Z"),
        ("%A %d %B %Y", "miércoles 30 septiembre 2026", "2026-09-30T00:00:00Z"),
        ("%A, %d. %b %Y", "segunda-feira, 2. dez. 2026", "2026-12-02T00:00:00Z"),
        ("%d %b %Y", "2 lis 2026", None),
        ("%F %I:%M %p", "2026-11-02 07:30 a.\u00a0m.", "2026-11-02T07:30:00Z"),
        ("%F %I:%M %p", "2026-11-02 07:30 nachm.", "2026-11-02T19:30:00Z"),
        ("%F %p %I:%M", "2026-11-02 下午 12:30", "2026-11-02T12:30:00Z"),
        ("%F %I:%M %p", "2026-11-02 07:30 xm", None),
        ("%F %I:%M %p", "2026-11-02 07:30 \u03c0.\u00b5.", "2026-11-02T07:30:00Z"),
        ("%F %T:%L", "2026-11-02 06:00:00:5", "2026-11-02T06:00:00.005000Z"),
        ("%F %T:%L", "2026-11-02 06:00:00:1000", None),
        ("%Y%m%d%H%M%S%L", "20261102060000005", "2026-11-02T06:00:00.005000Z"),
        ("%d-%b-%y", "03-OKT-68", "2068-10-03T00:00:00Z"),
        ("%d-%b-%y", "03-Sept.-69", "1969-09-03T00:00:00Z"),
        ("%F %T %Z", "2026-10-25 02:30:00 CEST", "2026-10-25T00:30:00Z"),
        ("%F %T %Z", "2026-10-25 02:30:00 EST", None),
        ("%FT%T%z", "2026-10-25T02:30:00-0530", "2026-10-25T08:00:00Z"),
        ("%FT%T%z", "2026-10-25T02:30:00+25:00", None),
        ("100%% %F", "100% 2026-10-25", "2026-10-25T00:00:00Z"),
        ("%F (%R)", "2026-10-25 (06:30)", "2026-10-25T06:30:00Z"),
    ],
)
def test_a_text_by_a_pattern(pattern: str, text: str, found: str | None) -> None:
    offsets = CET if "%Z" in pattern else {}
    column = walls(pa.array([text]), TimePattern(pattern, offsets))

    assert read(pattern, text, offsets) == found
    assert not column.good[0] or format_us(int(column.at_us[0] - column.offset_us[0])) == found


@given(MOMENTS, st.sampled_from(FORMATS), st.integers(-14, 14))
def test_what_python_writes_is_read_back(moment: datetime, pattern: str, east: int) -> None:
    whole = moment.replace(microsecond=moment.microsecond if "%f" in pattern else 0)
    whole = whole.replace(second=whole.second if "%S" in pattern or "%T" in pattern else 0)
    text = whole.strftime(pattern.replace("%z", f"{'-' if east < 0 else '+'}{abs(east):02}00"))
    instant = whole.replace(tzinfo=UTC) - timedelta(hours=east if "%z" in pattern else 0)

    assert read(pattern, text) == instant.isoformat().replace("+00:00", "Z")


@given(
    st.lists(st.tuples(MOMENTS, st.text("0123456789 :./-TZ+apmAPM", max_size=2), st.integers(0, 30)), max_size=8),
    st.sampled_from(FORMATS),
)
def test_a_column_says_what_each_text_says(given_: list[tuple[datetime, str, int]], pattern: str) -> None:
    texts = []
    for moment, noise, place in given_:
        text = moment.strftime(pattern.replace("%z", "+0130"))
        texts.append(text[:place] + noise + text[place + len(noise) :])
    one = TimePattern(pattern, {})
    found = walls(pa.array(texts, pa.string()), one)

    for place, text in enumerate(texts):
        wall = one.read(text)
        if found.good[place]:
            assert wall is not None
            assert (found.at_us[place], found.offset_us[place]) == wall
        else:
            assert wall is None or "  " in text


@given(st.lists(MOMENTS, min_size=1, max_size=8), st.sampled_from(FORMATS))
def test_a_column_in_order_is_read_whole(moments: list[datetime], pattern: str) -> None:
    texts = [moment.strftime(pattern.replace("%z", "+0130")) for moment in moments]

    assert walls(pa.array(texts), TimePattern(pattern, {})).good.all()
