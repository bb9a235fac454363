"""A plant of two metrics and one feature window, so that a whole run takes seconds; its files as lines."""

import json
from datetime import datetime, timedelta
from pathlib import Path

_PROFILE = """
[plant]
name = "small"
description = "Two machines for tests"
began_at = 2025-01-01T00:00:00Z
bucket = "20min"

[zones]
default = "Europe/Berlin"

[metrics.temperature]
unit = "C"
resolution = 0.01
minimum = 0
maximum = 200
warning_above = 100
critical_above = 120
overrides = [{ machine_model = "HOT", maximum = 400, warning_above = 190, critical_above = 210 }]

[metrics.pressure]
unit = "bar"
resolution = 0.001
minimum = 0
maximum = 500
overrides = [{ machine_id = "M2", warning_below = 2 }]

[features]
windows = ["3h"]
statistics = ["mean", "deviation"]

[[features.events]]
kind = "failure"
windows = ["24h"]
hours_since = true

[attributes.machine_model]
levels = ["HOT", "COLD"]

[labels]
horizons = ["24h"]
"""
_COLUMNS = """
[columns]
sensor_id = "sensor"
machine_id = "machine"
metric = "metric"
value = "value"
unit = "unit"

[constants]
factory_id = "F1"
"""
_MAPPINGS = {
    "lines": 'feed = "readings"\nfiles = ["lines/*"]\nformat = "jsonl"\n[time]\ncolumn = "at"\nkind = "zoned"'
    + _COLUMNS,
    "table": 'feed = "readings"\nfiles = ["table/*"]\nformat = "csv"\n[time]\ncolumn = "at"\nkind = "zoned"' + _COLUMNS,
    "machines": """
feed = "machines"
files = ["machines/*"]
format = "jsonl"
[time]
column = "since"
kind = "zoned"
[columns]
machine_id = "machine"
machine_model = "model"
[constants]
factory_id = "F1"
""",
}


def event_mapping(feed: str, folder: str = "", file_format: str = "csv", factory: str = "A") -> str:
    """The mapping of a feed of events: time, machine and code of one factory, in a folder of the feed's name."""
    return f"""feed = "{feed}"
files = ["{folder or feed}/*"]
format = "{file_format}"
[time]
column = "at"
kind = "zoned"
[columns]
machine_id = "machine"
code = "code"
[constants]
factory_id = "{factory}"
"""


_MAPPINGS["failures"] = "\n" + event_mapping("failures", file_format="jsonl", factory="F1")
LINES = _MAPPINGS["lines"]
"""The mapping of `lines/*`."""
LINES_BY_FACTORY = LINES.replace('[constants]\nfactory_id = "F1"\n', "").rstrip() + '\nfactory_id = "factory"\n'
"""The same, where each line says its factory."""
WITHDRAW = {"table": f"withdraw = true\n{_MAPPINGS['table']}"}
LARGEST = {name: f'keep = "largest"\n{_MAPPINGS[name]}' for name in ("lines", "table")}
"""Mappings of readings that let the largest of several values be stored."""
LATEST = 'keep = "latest"\n' + _MAPPINGS["table"].replace('files = ["table/*"]', 'files = ["latest/*"]')
"""A mapping of `latest/*` that lets the latest of several sources be stored."""
HEADER = "at,sensor,machine,metric,value,unit"


def write_small_plant(root: Path, extra: str = "", **mappings: str) -> Path:
    """The folder of the plant; `extra` joins its profile, `mappings` add to its own or replace them."""
    folder = root / "small"
    (folder / "mappings").mkdir(parents=True, exist_ok=True)
    (folder / "profile.toml").write_text(_PROFILE + extra)
    for name, text in (_MAPPINGS | mappings).items():
        (folder / "mappings" / f"{name}.toml").write_text(text)
    return folder


def reading(at: str, value: object = 50.0, **changes: object) -> dict[str, object]:
    """One record as the plant's gateways send it."""
    record: dict[str, object] = {"at": at, "sensor": "S1", "machine": "M1", "metric": "temperature", "unit": "C"}
    return record | {"value": value} | changes


def line(at: str, value: object = 50.0, **changes: object) -> str:
    """The same as one line of JSON, with its line break."""
    return json.dumps(reading(at, value, **changes)) + "\n"


def row(at: str, value: object = 50.0, sensor: str = "S1") -> str:
    """The same as one row of CSV."""
    return f"{at},{sensor},M1,temperature,{value},C\n"


def lines(start: str, count: int, minutes: int = 10, sensor: str = "S1", **changes: object) -> str:
    """Lines of a sensor, one every so many minutes, with values that differ."""
    begin = datetime.fromisoformat(start)
    return "".join(
        line(
            (begin + timedelta(minutes=minutes * n)).isoformat(),
            50.0 + (n * 7919 % 997) / 100,
            sensor=sensor,
            **changes,
        )
        for n in range(count)
    )
