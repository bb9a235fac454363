"""One machine with many metrics, a year of hourly rows: processor seconds of each job from landing to gold.

`python -m bench.one_machine` writes one wide CSV file of 43 metrics and 8,761 rows, and runs each job as a process of
its own, without a warm engine.
"""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.hourly import processor_seconds
from bench.measure import in_a_folder

METRICS, ROWS = 43, 8_761
JOBS = ("ingest", "silver", "gold")
_BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
_AIM_S = 15.0
_SMALL = {"metrics": 2, "rows": 30}
_PROFILE = """[plant]
name = "one_machine"
description = "One machine with many metrics, a row an hour"
began_at = 2025-01-01T00:00:00Z
bucket = "1h"
score_every = "1h"

[zones]
default = "Europe/Berlin"

[features]
windows = ["3h", "24h"]
statistics = ["mean", "deviation", "minimum", "maximum", "slope"]
coverage = 0.5

[labels]
horizons = ["24h"]
repair = "24h"
"""
_METRIC = """
[metrics.{name}]
unit = "C"
resolution = 0.01
minimum = -500
maximum = 500
warning_above = 90
"""
_MAPPING = """feed = "readings"
files = ["*.csv"]
format = "csv"
shape = "wide_by_metric"

[time]
column = "time"
kind = "zoned"

[constants]
factory_id = "berlin"
machine_id = "M1"

[templates]
sensor_id = "{machine_id}/{metric}"

[metrics]
"""


def measure(work: Path, metrics: int = METRICS, rows: int = ROWS) -> Mapping[str, float]:
    """Processor seconds of each job."""
    names = [f"t{number:02d}" for number in range(metrics)]
    write_plant(work / "plant", names)
    write_rows(work / "landing", names, rows)
    clock = (_BEGAN + timedelta(hours=rows)).isoformat()
    return {job: processor_seconds(work, job, "--as-of", clock, plant=work / "plant") for job in JOBS}


def write_plant(folder: Path, names: Sequence[str]) -> None:
    """Profile and mapping of the plant."""
    (folder / "mappings").mkdir(parents=True)
    profile = _PROFILE + "".join(_METRIC.format(name=name) for name in names)
    (folder / "profile.toml").write_text(profile, encoding="utf-8")
    columns = "".join(f'{name} = {{ metric = "{name}", unit = "C" }}\n' for name in names)
    (folder / "mappings" / "rows.toml").write_text(_MAPPING + columns, encoding="utf-8")


def write_rows(folder: Path, names: Sequence[str], rows: int) -> None:
    """One file: temperatures around a daily swing, the same for the same size."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(7).normal(0.0, 3.0, (rows, len(names)))
    values = np.round(60.0 + 10.0 * np.sin(np.arange(rows) * np.pi / 12)[:, None] + noise, 2)
    times = (str(_BEGAN + timedelta(hours=hour)).replace(" ", "T") for hour in range(rows))
    lines = [",".join([time, *map(str, row)]) for time, row in zip(times, values.tolist(), strict=True)]
    (folder / "rows.csv").write_text("\n".join([",".join(["time", *names]), *lines, ""]), encoding="utf-8")


def show(seconds: Mapping[str, float], metrics: int = METRICS, rows: int = ROWS) -> None:
    """The seconds by job."""
    parts = ", ".join(f"{job} {value:.1f}" for job, value in seconds.items())
    print(
        f"one machine, {metrics} metrics, {rows:,} hourly rows, {metrics * rows:,} readings: processor seconds {parts}"
    )
    print(f"  gold {seconds['gold']:.1f} (aim: at most {_AIM_S:.0f})")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return in_a_folder(__doc__, argv, _run)


def _run(work: Path, small: bool) -> None:
    sizes = _SMALL if small else {}
    show(measure(work, **sizes), **sizes)


if __name__ == "__main__":
    sys.exit(main())
