"""Every number of a gateway is in one class on one day, whatever order its records came in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import UNREAD_NUMBERS
from expectations.tables.silver_feeds import SEQUENCE_SUMMARIES
from gold import reconciliation
from jobs.status.loss_state import lost_lately
from silver import sequence_ranges
from tests.support.numbered_records import INGESTED_AT, Record, aside_of, bronze_of

BEGAN = datetime(2026, 3, 1, 22, tzinfo=UTC)
CLASSES = ("accepted", "duplicate", "superseded", "quarantined", "rejected", "blank", "summarised", "missing")
FATES = st.sampled_from(
    ["accepted"] * 12
    + ["lost", "rejected", "blank", "clock_suspect", "value_out_of_range", "withdrawn", "again", "late"]
    + ["summarised"] * 3
)  # fmt: skip


@dataclass(frozen=True)
class Story:
    """What became of each record of a gateway, one after the other: run of its counter, number, time and fate."""

    sent: tuple[tuple[int, int, datetime, str], ...]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Two runs of a counter over two midnights; numbers of the second are far below those of the first."""
    sent: list[tuple[int, int, datetime, str]] = []
    at = BEGAN
    for run, begins in enumerate((draw(st.integers(20_000, 40_000)), draw(st.integers(0, 3)))):
        fates = draw(st.lists(FATES, min_size=40, max_size=90))
        sure = ["accepted"] * 6
        for place, fate in enumerate([*sure, *fates, *sure]):
            at += timedelta(minutes=draw(st.sampled_from([5, 20, 40])))
            sent.append((run, begins + place, at, fate))
    return Story(tuple(sent))


def _records(story: Story) -> list[Record]:
    """The records that became rows, some of them twice."""
    found = []
    for _, number, at, fate in story.sent:
        if fate in ("lost", "rejected", "blank", "summarised"):
            continue
        stated = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number) if fate == "clock_suspect" else at
        faults = (fate,) if fate not in ("accepted", "again", "late") else ()
        found += [Record(number, stated, faults)] * (2 if fate == "again" else 1)
    return found


def _unread(story: Story) -> pa.Table:
    rows = [
        {"feed": "readings", "gateway_id": "g1", "sequence": number, "kind": fate, "_line": 1, "_file_id": "f",
         "_batch_id": 1, "_ingested_at": datetime(2026, 3, 9, tzinfo=UTC)}
        for _, number, _, fate in story.sent if fate in ("rejected", "blank")
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, arrow_schema(UNREAD_NUMBERS))


def _summaries(story: Story) -> pa.Table:
    """A summary for each stretch of a run and a date, which reaches over the accepted ones that follow it."""
    found: list[dict[str, Any]] = []
    at_end = None
    for run, number, at, fate in story.sent:
        follows = at_end == (run, number - 1, at.date())
        if follows and fate in ("summarised", "accepted"):
            found[-1] |= {"last_sequence": number, "summarised_at": at}
        elif fate == "summarised":
            found.append(_summary(number, number, at))
        at_end = (run, number, at.date()) if found and found[-1]["last_sequence"] == number else None
    return _as_table(found)


def _summary(first: int, last: int, at: datetime, gateway: str = "g1") -> dict[str, Any]:
    return {"factory_id": "F1", "gateway_id": gateway, "summarised_at": at, "first_sequence": first,
            "last_sequence": last}  # fmt: skip


def _as_table(summaries: Sequence[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(summaries), arrow_schema(SEQUENCE_SUMMARIES))


def _expected(story: Story) -> dict[date, Counter[str]]:
    """The plain reference: number by number, each run on its own."""
    names = {"again": "accepted", "late": "accepted", "clock_suspect": "quarantined", "lost": "missing",
             "value_out_of_range": "quarantined", "withdrawn": "superseded"}  # fmt: skip
    found: dict[date, Counter[str]] = {}
    for run in (0, 1):
        day = None
        for _, _, at, fate in (one for one in story.sent if one[0] == run):
            if fate not in ("lost", "rejected", "blank", "clock_suspect"):
                day = at.date()
            assert day is not None
            found.setdefault(day, Counter())[names.get(fate, fate)] += 1
    return found


def _table(records: Sequence[Record], unread: pa.Table, summaries: pa.Table | None = None) -> list[dict[str, Any]]:
    bronze, aside = bronze_of(records), aside_of(records)
    days = sorted({record.at.date() for record in records})
    parts = [sequence_ranges.build(bronze, aside, [day]) for day in days]
    ranges = pa.concat_tables([sequence_ranges.build(bronze, aside, []), *parts])
    summaries = _as_table([]) if summaries is None else summaries
    rows: list[dict[str, Any]] = reconciliation.build(ranges, unread, summaries).to_pylist()
    return rows


@settings(max_examples=15)
@given(stories(), st.randoms())
def test_the_classes_are_those_of_a_plain_count_in_any_order_of_arrival(story: Story, random: Any) -> None:
    records = _records(story)
    random.shuffle(records)
    repeated = [*records, *random.sample(records, len(records) // 3)]

    summaries = _summaries(story)
    found = _table(repeated, _unread(story), pa.concat_tables([summaries, summaries.slice(0, 3)]))

    assert {row["day"]: Counter({name: row[name] or 0 for name in CLASSES}) for row in found} == {
        day: Counter({name: counts[name] for name in CLASSES}) for day, counts in _expected(story).items()
    }
    assert all(row["produced"] == sum(row[name] or 0 for name in CLASSES) for row in found)
    assert all((row["summarised"] is None) == (summaries.num_rows == 0) for row in found)


@settings(max_examples=8)
@given(stories())
def test_late_records_change_the_days_they_belong_to_and_no_other(story: Story) -> None:
    late = [(number, at) for _, number, at, fate in story.sent if fate == "late"]
    records = _records(story)
    before = [one for one in records if (one.number, one.at) not in late]

    first, then = ({row["day"]: row for row in _table(some, _unread(story))} for some in (before, records))

    changed = {day for day in {*first, *then} if first.get(day) != then.get(day)}
    # A late record may be the one by which numbers without a time of their own are known to be of its day.
    assert changed <= {(at - timedelta(days=back)).date() for _, at in late for back in (0, 1)}
    assert sum(row["missing"] for row in first.values()) - sum(row["missing"] for row in then.values()) == len(late)


def _row(records: Sequence[Record]) -> dict[str, Any]:
    empty = pa.Table.from_pylist([], arrow_schema(UNREAD_NUMBERS))
    (row,) = _table(records, empty)
    return row


def _numbers(numbers: Sequence[int | None], gateway: str = "g1") -> list[Record]:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return [Record(number, at + timedelta(minutes=n), gateway=gateway) for n, number in enumerate(numbers)]


def test_a_gateway_without_numbers_is_unknown_and_not_complete() -> None:
    row = _row(_numbers([None] * 7))

    assert row["state"] == "unknown"
    assert row["unnumbered"] == 7
    assert [row[name] for name in ("produced", "accepted", "missing", "loss_frac")] == [None] * 4


def test_a_damaged_number_does_not_make_millions_missing() -> None:
    row = _row(_numbers([*range(10, 20), 4_294_967_295, *range(20, 30)]))

    assert (row["produced"], row["accepted"], row["missing"], row["unnumbered"]) == (20, 20, 0, 1)


def test_a_reading_that_comes_under_two_numbers_counts_once_as_accepted() -> None:
    first = _numbers(range(10, 20))
    second = [Record(20 + n, one.at, sensor=f"S{one.number}") for n, one in enumerate(first[:3])]

    rows = [_row([*one, *other]) for one, other in ((first, second), (second, first))]

    assert [(row["accepted"], row["duplicate"], row["missing"]) for row in rows] == [(10, 3, 0)] * 2


@pytest.mark.parametrize("restart", [1, 4, 12], ids=["after one record", "after four", "after twelve"])
def test_a_counter_that_begins_again_on_a_day_has_two_runs(restart: int) -> None:
    row = _row(_numbers([*range(500, 540), *range(restart, restart + 30)]))

    assert (row["runs"], row["produced"], row["missing"]) == (2, 70, 0)


def test_numbers_given_sensor_by_sensor_are_one_run() -> None:
    interleaved = [number for n in range(300) for number in (n, n + 1_000)]

    row = _row(_numbers(interleaved))

    assert (row["runs"], row["missing"]) == (1, 700)


def test_a_gateway_that_takes_over_has_numbers_of_its_own() -> None:
    empty = pa.Table.from_pylist([], arrow_schema(UNREAD_NUMBERS))
    found = _table([*_numbers(range(50, 90)), *_numbers(range(1, 9), gateway="g2")], empty)

    assert [(row["gateway_id"], row["produced"], row["missing"]) for row in found] == [("g1", 40, 0), ("g2", 8, 0)]


def test_a_number_without_a_time_is_of_the_run_that_lacks_it() -> None:
    records = _numbers([*range(1, 200), *(n for n in range(1, 80) if n != 57)])
    suspect = Record(57, datetime(1970, 1, 1, tzinfo=UTC), ("clock_suspect",))

    empty = pa.Table.from_pylist([], arrow_schema(UNREAD_NUMBERS))
    (row,) = _table([*records, suspect], empty)

    assert (row["runs"], row["produced"], row["quarantined"], row["missing"]) == (2, 278, 1, 0)


def _junk(number: int | None, years: int, gateway: str = "g1") -> Record:
    at = datetime(2026 + years, 3, 1, tzinfo=UTC)
    return Record(number, at, ("clock_suspect",), gateway=gateway, sensor=f"S{number}{years}")


def test_days_that_only_a_wrong_clock_states_have_no_row() -> None:
    """Neither numbers, nor records without one, nor numbers that are damaged too, nor those that nobody could read."""
    records = [*_numbers(range(1, 9)), *(_junk(n, years) for n in (9, None, 4_294_967_295) for years in (-56, 10))]
    line = {"feed": "readings", "gateway_id": "g1", "kind": "rejected", "_line": 1, "_file_id": "f", "_batch_id": 1,
            "_ingested_at": INGESTED_AT}  # fmt: skip
    unread = [{**line, "sequence": 10 + n, "stated_at": datetime(year, 1, 1, tzinfo=UTC)}
              for n, year in enumerate((1970, 2036))]  # fmt: skip

    found = _table(records, pa.Table.from_pylist(unread, arrow_schema(UNREAD_NUMBERS)))

    assert [row["day"] for row in found] == [date(2026, 3, 1), INGESTED_AT.date()]
    assert [row["produced"] for row in found] == [11, None]
    assert [row["unnumbered"] for row in found] == [2, 2]


def test_numbers_of_a_gateway_whose_clock_was_never_right_are_of_the_day_on_which_they_came() -> None:
    row = _row([_junk(n, years) for n, years in ((1, -56), (2, 10), (4, 3))])

    assert (row["day"], row["produced"], row["quarantined"], row["missing"]) == (INGESTED_AT.date(), 4, 3, 1)


def _summarised(records: Sequence[Record], *summaries: dict[str, Any]) -> list[dict[str, Any]]:
    return _table(records, pa.Table.from_pylist([], arrow_schema(UNREAD_NUMBERS)), _as_table(summaries))


def test_what_a_gateway_reduced_is_not_missing_and_alerts_nobody_and_a_record_that_comes_later_is_accepted() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    records = _numbers([*range(10, 20), *range(60, 70)])

    (before,) = _summarised(records)
    (row,) = _summarised(records, _summary(20, 50, at), _summary(40, 59, at))
    (later,) = _summarised([*records, *_numbers([30, 31])], _summary(20, 50, at), _summary(40, 59, at))

    names = ("produced", "accepted", "summarised", "missing")
    assert [tuple(one[name] for name in names) for one in (before, row, later)] == [
        (60, 20, None, 40), (60, 20, 40, 0), (60, 22, 38, 0),
    ]  # fmt: skip
    states = [lost_lately([one]) for one in (before, row)]
    assert [set(state.above) for state in states if state is not None] == [{"g1"}, set()]


def test_summaries_extend_a_run_and_have_their_own_days_and_what_lies_between_is_missing() -> None:
    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2, 3)]

    found = _summarised(_numbers(range(101, 111)), _summary(1, 100, days[0]), _summary(111, 150, days[1]),
                        _summary(161, 200, days[2]))  # fmt: skip

    names = ("accepted", "summarised", "missing")
    assert [tuple(row[name] for name in names) for row in found] == [(10, 100, 0), (0, 40, 10), (0, 40, 0)]


def test_a_summary_is_of_the_run_of_its_day_where_two_have_its_numbers() -> None:
    first = _numbers([*range(1, 50), *range(60, 100)])
    second = [Record(one.number, one.at + timedelta(days=1)) for one in _numbers([*range(1, 20), *range(40, 70)])]

    found = _summarised([*first, *second], _summary(20, 59, datetime(2026, 3, 2, 1, tzinfo=UTC)))

    assert [(row["summarised"], row["missing"]) for row in found] == [(0, 10), (20, 0)]


def test_a_gateway_of_which_only_summaries_come_is_counted_and_one_far_from_all_is_beside_the_sum() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)

    (alone,) = _summarised([], _summary(1, 100, at), _summary(111, 200, at))
    (far,) = _summarised(_numbers(range(1, 11)), _summary(4_294_967_290, 4_294_967_295, at))

    names = ("state", "produced", "summarised", "missing", "unnumbered")
    assert [alone[name] for name in names] == ["counted", 200, 190, 10, 0]
    assert [far[name] for name in names] == ["counted", 10, 0, 0, 1]
