"""Feeds of every format, made from one table and a seed, with columns that differ and bytes that are hurt."""

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.workbook import STAMP, Cell, Value, workbook

COLUMNS = ("at", "machine", "temp", "press")
Row = list[object]
_STAMPS = (
    "2026-11-02T06:{:02}:00Z", "2026-11-02T06:{:02}:00.25Z", "2026-11-02 07:{:02}:00+01:00",
    "2026-11-02T06:{:02}:59.123456Z",
)  # fmt: skip
_ODD_CELLS: tuple[object, ...] = (
    None, "", "hot", "21.5", "1e3", "+7", ".5", "1,5", "NaN", "12 ", "°C", 'a "b", c;d', True, False, 0, -0.0, 1e300,
    2**60, 0.1 + 0.2, "x\ny", "0x1F", "1_0", "\uff15",
)  # fmt: skip


@dataclass
class Table:
    """Names of columns, and rows that are as wide."""

    names: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class Feed:
    """A file of a format, the keys of its mapping, and whether nothing hurt its bytes."""

    kind: str
    content: bytes
    keys: dict[str, object]
    is_whole: bool


def feed(kind: str, seed: int) -> Feed:
    """The feed of a seed: every third has its bytes hurt as well."""
    chance = random.Random(f"{kind} {seed}")
    keys = _keys(kind, chance)
    content = _write(kind, _table(chance), keys)
    if chance.random() < 0.2 and kind in _GLUED:
        content += _write(kind, _table(chance), keys)
        return Feed(kind, content, keys, is_whole=False)
    if chance.random() < 0.4 and content:
        return Feed(kind, _hurt(content, chance), keys, is_whole=False)
    return Feed(kind, content, keys, is_whole=True)


_GLUED = ("csv", "jsonl", "json", "senml", "influx")


def _table(chance: random.Random) -> Table:
    rows: list[Row] = [
        [
            chance.choice(_STAMPS).format(n),
            chance.choice(("M1", "M2")),
            chance.randint(-300, 9000) / 10,
            chance.random() * 10,
        ]
        for n in range(chance.randint(0, 12))
    ]  # fmt: skip
    table = Table(list(COLUMNS), rows)
    for change in chance.sample(_CHANGES, chance.randint(0, 3)):
        change(table, chance)
    return table


def _add(table: Table, chance: random.Random) -> None:
    place = chance.randint(0, len(table.names))
    table.names.insert(place, f"new{len(table.names)}")
    for row in table.rows:
        row.insert(place, chance.choice(_ODD_CELLS))


def _remove(table: Table, chance: random.Random) -> None:
    if len(table.names) > 1:
        place = chance.randrange(len(table.names))
        del table.names[place]
        for row in table.rows:
            del row[place]


def _rename(table: Table, chance: random.Random) -> None:
    place = chance.randrange(len(table.names))
    table.names[place] = chance.choice((table.names[place].upper(), f"{table.names[place]}_2", "Größe"))


def _retype(table: Table, chance: random.Random) -> None:
    for row in table.rows:
        if chance.random() < 0.5:
            row[chance.randrange(len(row))] = chance.choice(_ODD_CELLS)


def _reorder(table: Table, chance: random.Random) -> None:
    order = chance.sample(range(len(table.names)), len(table.names))
    table.names[:] = [table.names[place] for place in order]
    for row in table.rows:
        row[:] = [row[place] for place in order]


_CHANGES: list[Callable[[Table, random.Random], None]] = [_add, _remove, _rename, _retype, _retype, _reorder]


def _hurt(content: bytes, chance: random.Random) -> bytes:
    """The content cut anywhere, or with bytes that are others."""
    if chance.random() < 0.5:
        return content[: chance.randrange(len(content))]
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] = chance.choice(b'0123456789.,;"x-+eE \n\r\t{}[]\\\x00\xff')
    return bytes(changed)


def _keys(kind: str, chance: random.Random) -> dict[str, object]:
    if kind == "csv":
        encoding = chance.choice(("auto", "utf-8", "utf-16", "utf-16-le", "cp1252"))
        return {"format": "csv", "delimiter": chance.choice((",", ";", "\t")), "encoding": encoding}
    formats = {"zip": "csv", "senml": "json"}
    return {"format": formats.get(kind, kind)}


def _write(kind: str, table: Table, keys: dict[str, object]) -> bytes:
    return _WRITERS[kind](table, keys)


def _csv(table: Table, keys: dict[str, object]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=str(keys.get("delimiter", ",")), lineterminator="\n")
    writer.writerow(table.names)
    writer.writerows([_shown(cell) for cell in row] for row in table.rows)
    encoding = str(keys.get("encoding", "auto"))
    return target.getvalue().encode({"auto": "utf-8-sig"}.get(encoding, encoding), errors="replace")


def _shown(cell: object) -> object:
    return str(cell).lower() if isinstance(cell, bool) else cell


def _objects(table: Table) -> list[dict[str, object]]:
    return [dict(zip(table.names, row, strict=True)) for row in table.rows]


def _json_lines(table: Table, _: dict[str, object]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in _objects(table)).encode()


def _json(table: Table, _: dict[str, object]) -> bytes:
    return json.dumps(_objects(table), indent=2 if len(table.rows) % 2 else None).encode()


def _senml(table: Table, _: dict[str, object]) -> bytes:
    """A pack: times from a base, a record for each cell of a metric."""
    records: list[dict[str, object]] = [{"bn": "M1:", "bt": 1_793_599_200}]
    for number, record in enumerate(_objects(table)):
        for name in ("temp", "press"):
            if name in record:
                records.append({"n": name, "t": number, "v": record[name]})
    return json.dumps([records[0] | records[1], *records[2:]] if len(records) > 1 else []).encode()


def _influx(table: Table, _: dict[str, object]) -> bytes:
    lines = []
    for number, record in enumerate(_objects(table)):
        fields = ",".join(
            f"{name}={_field(value)}"
            for name, value in record.items()
            if name not in ("at", "machine") and value is not None
        )
        machine = record.get("machine")
        tag = f",machine={machine}" if isinstance(machine, str) and machine.isalnum() else ""
        lines.append(f"plc{tag} {fields or 'none=1'} {1_793_599_200_000 + number}\n")
    return "".join(lines).replace("Größe", "Size").encode()


def _field(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _parquet(table: Table, _: dict[str, object]) -> bytes:
    """A column of one type keeps it; others are texts."""
    columns: dict[str, pa.Array] = {}
    for place, name in enumerate(table.names):
        cells = [row[place] for row in table.rows]
        try:
            columns[name] = pa.array(cells)
        except (pa.ArrowException, OverflowError):
            columns[name] = pa.array([None if cell is None else str(cell) for cell in cells], pa.string())
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target)
    return target.getvalue()


def _xlsx(table: Table, _: dict[str, object]) -> bytes:
    rows: list[list[Value]] = [list(table.names)]
    for number, row in enumerate(table.rows):
        cells: list[Value] = [cell if isinstance(cell, (str, float, bool, int)) else None for cell in row]
        if "at" in table.names and str(row[table.names.index("at")]).startswith("2026"):
            cells[table.names.index("at")] = Cell(repr(46328.25 + number / 1440), style=STAMP)
        rows.append(cells)
    return workbook({"Data": rows}, is_1904=False)


def _zip(table: Table, keys: dict[str, object]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("a.csv"), _csv(table, keys), zipfile.ZIP_DEFLATED)
    return target.getvalue()


_WRITERS: dict[str, Callable[[Table, dict[str, object]], bytes]] = {
    "csv": _csv, "jsonl": _json_lines, "json": _json, "senml": _senml, "influx": _influx, "parquet": _parquet,
    "xlsx": _xlsx, "zip": _zip,
}  # fmt: skip
KINDS = tuple(_WRITERS)
