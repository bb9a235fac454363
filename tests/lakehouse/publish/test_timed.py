"""A row group counts for the dates that it has rows of, however far apart a wrong clock puts them."""

from datetime import date, timedelta
from pathlib import Path

from lakehouse.publish.timed import Timed
from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant


def test_a_wrong_clock_does_not_make_a_row_group_one_of_all_dates_between(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)))
    ends = ("1970-01-01T00:10:00Z", "2036-02-07T06:28:00Z")
    for day in (1, 2):
        plane.land(f"lines/{day}.jsonl", "".join(map(line, (f"2026-03-0{day}T10:00:00Z", *ends))))
        plane.ingest()
    lake, source = plane.plant.lake, Timed(plane.plant.tables["bronze.readings"], "measured_at")
    asked = {date(2026, 2, 1) + timedelta(days=n) for n in range(60)}

    found = sorted(day for day, _, _ in source.row_groups(lake, asked))

    assert found == [date(2026, 3, 1), date(2026, 3, 2)]
    assert {day for day, _, _ in source.row_groups(lake, source.dates(lake))} == source.dates(lake)


def test_a_row_group_counts_for_each_date_by_its_rows_and_gives_no_others(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)))
    times = ["2020-05-05T00:00:00Z", *(f"2026-03-0{day}T{hour:02}:00:00Z" for day in (1, 2) for hour in range(24))]
    plane.land("lines/a.jsonl", "".join(map(line, times)))
    plane.ingest()
    table = plane.plant.tables["bronze.readings"]
    lake, source = plane.plant.lake, Timed(table, "measured_at")

    found = {day: rows for day, _, rows in source.row_groups(lake, source.dates(lake))}
    rows = source.of_dates(lake.arrow(table), [date(2020, 5, 5), date(2026, 3, 2)])

    assert found[date(2026, 3, 1)] == found[date(2026, 3, 2)] >= 24 * found[date(2020, 5, 5)] - 24
    assert sorted(at.day for at in rows.column("measured_at").to_pylist()) == [2] * 24 + [5]
