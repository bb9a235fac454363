"""Readings in the forms in which plants send them: the same values, and a mapping for each form.

Every form has two readings a time, of one machine out of eight, so that only the writing differs.
"""

import json
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping

CSV, JSON = "plain CSV", "plain JSON Lines"
_START_S = 1_793_599_200  # 2026-11-02T06:00:00Z
_TAGS = 40
_SENML_NAMES = (("T", "temperature"), ("p", "pressure"))
_TAIL = """
[templates]
sensor_id = "{machine_id}/{metric}"
[constants]
factory_id = "north"
"""
_WIDE = """feed = "readings"
files = ["*"]
shape = "wide_by_metric"
"""
_METRICS = """
[metrics]
temp = { metric = "temperature", unit = "C" }
press = { metric = "pressure", unit = "bar" }
"""
_MACHINE = '\n[columns]\nmachine_id = "machine"\n'
_UNITS = '\n[units]\ntemperature = "C"\npressure = "bar"\n'


@dataclass(frozen=True, slots=True)
class Row:
    """A time in seconds since 1970, a machine, and its two values."""

    at_s: int
    machine: str
    temp: float
    press: float

    @property
    def at(self) -> datetime:
        """The time, UTC."""
        return datetime.fromtimestamp(self.at_s, UTC)

    @property
    def iso(self) -> str:
        """The time as ISO 8601."""
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its mapping, its file, how many readings are in it; by what name the plain form goes, and the aim.

    `most` is how many times the plain form's processor time a byte may take; 0 where there is no aim.
    """

    name: str
    plain: str
    most: float
    mapping: Mapping
    content: bytes
    readings: int


def rows(count: int, *, seed: int = 7) -> list[Row]:
    """So many seeded rows."""
    random = np.random.default_rng(seed)
    temps = np.round(1000 + 500 * random.random(count), 2).tolist()
    presses = np.round(2000 + 900 * random.random(count), 2).tolist()
    return [Row(_START_S + n, f"P{n % 8}", temps[n], presses[n]) for n in range(count)]


def forms(count: int) -> Iterator[Form]:
    """Every form of a file of so many rows; a plain form comes before those that are compared with it."""
    table = rows(count)
    yield from _texts(table)
    yield from _layouts(table)
    yield from _documents(table)


def _form(name: str, plain: str, most: float, mapping: str, content: bytes, readings: int) -> Form:
    return Form(name, plain, most, parse_mapping(tomllib.loads(mapping), name), content, readings)


def _csv(lines: Sequence[str], header: str) -> str:
    return "\n".join([header, *lines, ""])


def _time(keys: str = 'column = "time"') -> str:
    return f"\n[time]\n{keys}\n"


def _text_mapping(time: str = 'column = "time"', top: str = "", more: str = "") -> str:
    return _WIDE + 'format = "csv"\n' + top + _time(time) + _MACHINE + _TAIL + more + _METRICS


def _texts(table: Sequence[Row]) -> Iterator[Form]:
    """CSV that differs from the plain form in how a time, a number or a character is written."""
    header, size = "time,machine,temp,press", 2 * len(table)

    def csv(name: str, time: Callable[[Row], object], keys: str = 'column = "time"') -> Form:
        lines = [f"{time(row)},{row.machine},{row.temp},{row.press}" for row in table]
        return _form(name, CSV, 2.0, _text_mapping(keys), _csv(lines, header).encode(), size)

    yield replace(csv(CSV, lambda row: row.iso), most=0.0)
    for pattern, python in (
        ("%d.%m.%Y %H:%M:%S", "{:%d.%m.%Y %H:%M:%S}"),
        ("%d/%m/%Y %H:%M:%S.%f", "{:%d/%m/%Y %H:%M:%S}.250"),
        ("%m/%d/%Y %I:%M:%S %p", "{:%m/%d/%Y %I:%M:%S %p}"),
        ("%Y%m%d%H%M%S", "{:%Y%m%d%H%M%S}"),
        ("%d-%b-%y %H:%M:%S", "{:%d-%b-%y %H:%M:%S}"),
    ):
        keys = f'column = "time"\nkind = "local"\nzone = "Etc/UTC"\nformat = "{pattern}"'
        yield csv(pattern, _written_as(python), keys)
    unpadded = 'column = "time"\nkind = "local"\nzone = "Etc/UTC"\nformat = "%-m/%-d/%Y %-H:%M"'
    yield csv("no leading zeros", lambda row: f"{row.at:%-m/%-d/%Y %-H:%M}", unpadded)
    yield csv("local, Europe/Berlin", lambda row: f"{row.at:%Y-%m-%d %H:%M:%S}",
              'column = "time"\nkind = "local"\nzone = "Europe/Berlin"')  # fmt: skip
    yield csv("epoch ns", lambda row: f"{row.at_s}000000000", 'column = "time"\nkind = "epoch"\nunit = "ns"')
    yield csv("Excel's days", lambda row: f"{row.at_s / 86400 + 25569:.8f}",
              'column = "time"\nkind = "excel"\nzone = "Etc/UTC"')  # fmt: skip
    split = 'columns = ["date", "clock"]\nkind = "local"\nzone = "Etc/UTC"\nformat = "%d.%m.%Y %H:%M:%S"'
    lines = [f"{row.at:%d.%m.%Y,%H:%M:%S},{row.machine},{row.temp},{row.press}" for row in table]
    content = _csv(lines, "date,clock,machine,temp,press").encode()
    yield _form("date and clock apart", CSV, 2.0, _text_mapping(split), content, size)
    yield from _numbers(table)
    for encoding in ("cp1252", "utf-16"):
        lines = [f"{row.iso},Prüf{row.machine},{row.temp},{row.press}" for row in table]
        mapping = _text_mapping(top=f'encoding = "{encoding}"\n')
        yield _form(encoding, CSV, 2.0, mapping, _csv(lines, header).encode(encoding), size)


def _written_as(form: str) -> Callable[[Row], str]:
    return lambda row: form.format(row.at)


def _numbers(table: Sequence[Row]) -> Iterator[Form]:
    header, size = "time;machine;temp;press", 2 * len(table)
    for name, rule, written in _NUMBERS:
        lines = [f"{row.iso};{row.machine};{written(row.temp)};{written(row.press)}" for row in table]
        mapping = _text_mapping(top='delimiter = ";"\n', more=f"\n[numbers]\n{rule}\n")
        yield _form(name, CSV, 2.0, mapping, _csv(lines, header).encode(), size)


_NUMBERS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("decimal comma", 'decimal = ","', lambda value: f"{value}".replace(".", ",")),
    ("thousands", 'decimal = ","\nthousands = "."', lambda value: f"{value:,}".translate({44: 46, 46: 44})),
    ("marks to strip", 'strip = ["<", "C"]', lambda value: f"<{value} C"),
)


def _layouts(table: Sequence[Row]) -> Iterator[Form]:
    """CSV of another layout: codes, words, many columns, and what is no CSV."""
    size = 2 * len(table)
    lines = [f"{row.iso},{row.machine},{row.temp},192,{row.press},Good" for row in table]
    quality = '\n[quality]\ncolumn = "{column}_q"\npreset = "opc_classic"\n'
    content = _csv(lines, "time,machine,temp,temp_q,press,press_q").encode()
    yield _form("quality columns", CSV, 2.0, _text_mapping(more=quality), content, size)
    lines = [f"{row.iso},{row.machine},{row.temp},{'RUN' if row.at_s % 3 else 'STOP'}" for row in table]
    states = "\n[states.pressure]\nRUN = 1\nSTOP = 0\n"
    content = _csv(lines, "time,machine,temp,press").encode()
    yield _form("states", CSV, 2.0, _text_mapping(more=states), content, size)
    lines = [f"{row.iso:<21}{row.machine:<6}{row.temp:>9}{row.press:>9}" for row in table]
    widths = 'format = "csv"\n[csv]\nnames = ["time", "machine", "temp", "press"]\nwidths = [21, 6, 9, 9]\n'
    mapping = _WIDE + widths + _time() + _MACHINE + _TAIL + _METRICS
    yield _form("fixed width", CSV, 2.0, mapping, "\n".join([*lines, ""]).encode(), size)
    yield from _many_columns(table)
    lines = [f"plc,machine={row.machine} temp={row.temp},press={row.press} {row.at_s}000" for row in table]
    time = _time('column = "time"\nkind = "epoch"\nunit = "ms"')
    mapping = _WIDE + 'format = "influx"\nignored = ["measurement"]\n' + time + _MACHINE + _TAIL + _METRICS
    yield _form("influx line protocol", CSV, 2.0, mapping, "\n".join([*lines, ""]).encode(), size)


def _many_columns(table: Sequence[Row]) -> Iterator[Form]:
    """A column for each of many tags: of one machine, and of a machine each."""
    few = table[: max(len(table) // 10, 1)]
    names = [f"tag{number}" for number in range(_TAGS)]
    lines = [",".join([row.iso, *(f"{row.temp + number:.2f}" for number in range(_TAGS))]) for row in few]
    content = _csv(lines, ",".join(["time", *names])).encode()
    of_one = [f'{name} = {{ metric = "{name}", unit = "C" }}' for name in names]
    of_many = [f'{name} = {{ machine = "M{n}", metric = "temperature", unit = "C" }}' for n, name in enumerate(names)]
    one = '\n[constants]\nmachine_id = "P1"\nfactory_id = "north"\n'
    many, template = '\n[constants]\nfactory_id = "north"\n', '\n[templates]\nsensor_id = "{machine_id}/{metric}"\n'
    for name, cells, what in (("wide CSV, 40 columns", of_one, one), ("tag table, 40 tags", of_many, many)):
        mapping = "\n".join([_WIDE + 'format = "csv"\n', _time(), what, template, "[metrics]", *cells])
        yield _form(name, CSV, 2.0, mapping, content, _TAGS * len(few))


def _documents(table: Sequence[Row]) -> Iterator[Form]:
    """JSON, flat and nested."""
    size = 2 * len(table)
    flat = [{"time": row.iso, "machine": row.machine, "temp": row.temp, "press": row.press} for row in table]
    mapping, whole = (
        _WIDE + f'format = "{kind}"\n' + _time() + _MACHINE + _TAIL + _METRICS for kind in ("jsonl", "json")
    )
    yield _form(JSON, JSON, 0.0, mapping, _lines(flat), size)
    some = [row | {f"note{n % 5}": f"n{n % 7}"} for n, row in enumerate(flat)]
    yield _form("unknown fields, one of five", JSON, 3.0, mapping, _lines(some), size)
    new = [row | {f"trace{n}": n} for n, row in enumerate(flat)]
    yield _form("unknown fields, always new", JSON, 3.0, mapping, _lines(new), size)
    yield _form("array JSON", JSON, 3.0, whole, json.dumps(flat).encode(), size)
    yield _form("array JSON, a line each", JSON, 3.0, whole, b"[" + b",\n".join(_lines(flat).splitlines()) + b"]", size)
    yield _form("pretty JSON", JSON, 3.0, whole, json.dumps(flat, indent=2).encode(), size)
    yield from _tables(table)
    yield from _nested(table)


def _tables(table: Sequence[Row]) -> Iterator[Form]:
    """JSON without names in its rows: more values a byte than in objects."""
    size, names = 2 * len(table), ("time", "machine", "temp", "press")
    columns = [[row.iso for row in table], [row.machine for row in table], [row.temp for row in table],
               [row.press for row in table]]  # fmt: skip
    top = _WIDE + 'format = "json"\n'
    beside = top + 'records = "hourly"\nside_by_side = true\n' + _time() + _MACHINE + _TAIL + _METRICS
    content = json.dumps({"hourly": dict(zip(names, columns, strict=True))}).encode()
    yield _form("arrays side by side", JSON, 3.0, beside, content, size)
    below = top + 'records = "data[*]"\nheader = "$.columns"\n' + _time() + _MACHINE + _TAIL + _METRICS
    content = json.dumps({"columns": names, "data": list(zip(*columns, strict=True))}).encode()
    yield _form("rows below a header", JSON, 3.0, below, content, size)


def _nested(table: Sequence[Row]) -> Iterator[Form]:
    size = 2 * len(table)
    listed = [
        {"time": row.iso, "device": {"id": row.machine}, "metrics": [
            {"name": "temperature", "value": row.temp}, {"name": "pressure", "value": row.press}]}
        for row in table
    ]  # fmt: skip
    columns = '\n[columns]\nmachine_id = "{}"\nmetric = "{}"\nvalue = "{}"\n'
    top = 'feed = "readings"\nfiles = ["*"]\nrecords = "{}"\n'
    time = _time('column = "$.time"')
    mapping = top.format("metrics[*]") + time + columns.format("$.device.id", "name", "value") + _TAIL + _UNITS
    yield _form("records = metrics[*]", JSON, 3.0, mapping, _lines(listed), size)
    batches = [listed[n : n + 10] for n in range(0, len(listed), 10)]
    content = json.dumps([{"batch": batch} for batch in batches]).encode()
    inner = top.format("batch[*].metrics[*]") + 'format = "json"\n' + _time('column = "$.batch[*].time"')
    mapping = inner + columns.format("$.batch[*].device.id", "name", "value") + _TAIL + _UNITS
    yield _form("records = batch[*].metrics[*]", JSON, 3.0, mapping, content, size)
    keyed = [
        {"time": row.iso, "values": {row.machine: {"temperature": row.temp, "pressure": row.press}}} for row in table
    ]
    mapping = top.format("values.*.*") + time + columns.format("@key2", "@key", "@value") + _TAIL + _UNITS
    yield _form("records = values.*.*", JSON, 3.0, mapping, _lines(keyed), size)
    packs = [
        [{"bn": f"urn:{row.machine}:", "bt": row.at_s, "bu": "Cel", "n": "T", "v": row.temp},
         {"n": "p", "u": "bar", "v": row.press}]
        for row in table
    ]  # fmt: skip
    yield _form("SenML", JSON, 3.0, _senml(), _lines(packs), size)


def _senml() -> str:
    names = {f"urn:P{n}:{name}": (f"P{n}", metric) for n in range(8) for name, metric in _SENML_NAMES}
    lines = ['feed = "readings"', 'files = ["*"]', 'preset = "senml"', 'format = "jsonl"']
    lines += ["[constants]", 'factory_id = "north"', "[machine_of]", *(f'"{n}" = "{m}"' for n, (m, _) in names.items())]
    return "\n".join([*lines, "[names]", *(f'"{n}" = "{metric}"' for n, (_, metric) in names.items())])


def _lines(documents: Sequence[object]) -> bytes:
    return "\n".join([*map(json.dumps, documents), ""]).encode()
