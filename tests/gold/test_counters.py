"""What counters counted, by bucket and by local day."""

from datetime import date
from pathlib import Path

from expectations.tables.counters import COUNTER_CHANGES
from gold import counter_daily, counter_increments
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

METER = '\n[metrics.energy]\nunit = "kWh"\nresolution = 0.1\nkind = "counter"\n'
MARCH_1, MARCH_2 = date(2026, 3, 1), date(2026, 3, 2)
CHANGES = arrow(
    COUNTER_CHANGES,
    *(
        {"metric": metric, "unit": "kWh", "measured_at": at(f"03-01 {clock}"), "kind": kind, "increment_steps": steps,
         "local_date": day}
        for metric, clock, kind, steps, day in (
            ("energy", "22:50", "first", 0, MARCH_1),
            ("energy", "22:59", "increase", 15, MARCH_1),
            ("energy", "23:00", "reset", 2**52, MARCH_2),
            ("energy", "23:19", "decrease", -3, MARCH_2),
            ("energy", "23:20", "rollover", 7, MARCH_2),
            ("temperature", "23:20", "increase", 7, MARCH_2),  # of a metric that was a counter once
        )
    ),
)  # fmt: skip


def test_a_bucket_holds_what_was_counted_up_to_its_last_reading(tmp_path: Path) -> None:
    found = counter_increments.build(CHANGES, small_profile(tmp_path, METER)).to_pylist()

    counts = ("increment_steps", "increment", "reading_count", "reset_count", "rollover_count", "decrease_count")
    assert [(f"{row['bucket_at']:%H:%M}", *(row[name] for name in counts)) for row in found] == [
        ("22:40", 15, 1.5, 2, 0, 0, 0),
        ("23:00", 2**52 - 3, (2**52 - 3) * 0.1, 2, 1, 0, 1),
        ("23:20", 7, 7 * 0.1, 1, 0, 1, 0),
    ]
    assert {row["bucket_date"] for row in found} == {MARCH_1}


def test_a_day_is_that_of_the_factory(tmp_path: Path) -> None:
    found = counter_daily.build(CHANGES, small_profile(tmp_path, METER)).to_pylist()

    assert [(row["local_date"], row["increment_steps"], row["reading_count"]) for row in found] == [
        (MARCH_1, 15, 2), (MARCH_2, 2**52 + 4, 3),
    ]  # fmt: skip
    assert {(row["metric"], row["unit"]) for row in found} == {("energy", "kWh")}
