"""A reading that comes late writes its own dates and those that its windows reach, and no other."""

from pathlib import Path

from bench.late import LATE, measure


def test_only_dates_that_the_reading_reaches_are_written(tmp_path: Path) -> None:
    result = measure(tmp_path, days=6, machines=1)

    assert result.is_local
    assert LATE.date() in result.dates["silver.readings"]
    assert {"silver.buckets", "gold.machine_daily", "gold.machine_features"} <= result.dates.keys()
    assert result.idle > 0
