"""Two lakes compared by content, table by table and bit by bit: `python -m tests.support.compare_lakes A B`.

Rows are matched by the table's key, in whatever order and file they lie; where a table has no key, or it does not tell
its rows apart, they are compared as a bag. Doubles are compared by their bits. Exit code 0: equal, 1: they differ.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from expectations.plant.file import load_profile
from expectations.tables.registry import tables
from lakehouse.arrow_reading import open_data
from lakehouse.sql import built_tables
from lakehouse.storage.places import storage_at

_SENDING = "a gateway numbers what it sends from its wall clock on"
_SENT_FILE = "files that a gateway sends bear its numbers: names, sizes, times, digests"
_MODEL = "a model version is named by its code and data versions"
LEFT_OUT: Mapping[str, str] = {
    "bronze.alerts.sequence": _SENDING,
    "bronze.edge_scores.sequence": _SENDING,
    "bronze.edge_scores.latency_us": "a gateway measures it",
    "bronze.edge_scores.made_us": "it is the wall clock of a gateway",
    "gold.predictions.made_at": "it is the clock of a run or of a gateway",
    "bronze.alerts._file_id": _SENT_FILE,
    "bronze.edge_scores._file_id": _SENT_FILE,
    **{
        f"bronze.files.{name}": _SENT_FILE
        for name in ("path", "size_bytes", "modified_at", "clock_at", "sha256", "_file_id")
    },
    "gold.gate_decisions.version": _MODEL,
    "gold.model_aliases.version": _MODEL,
    **{f"gold.model_versions.{name}": _MODEL for name in ("version", "artifact", "artifact_sha256", "code_revision")},
}
"""Pattern of `layer.subject.column` -> why it is not compared."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a table of two lakes differs; all counts 0 and no columns where it does not.

    Attributes:
        name: `layer.subject`.
        rows: Rows of the first and of the second lake; None: the table is not there.
        only_first: Rows that only the first has: by key, or whole rows where they are compared as a bag.
        only_second: Rows that only the second has.
        columns: Column -> how many rows differ there: of the same key, or values that the second's bag lacks.
        missing: Columns that one of the two lacks; they count as null there.
        left_out: Column -> why it was not compared.
    """

    name: str
    rows: tuple[int | None, int | None]
    only_first: int = 0
    only_second: int = 0
    columns: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_equal(self) -> bool:
        """Whether both lakes have the table, with the same rows in what was compared."""
        return None not in self.rows and not (self.only_first or self.only_second or self.columns)

    def lines(self) -> Iterator[str]:
        """The difference for people."""
        first, second = ("none" if rows is None else f"{rows:,}" for rows in self.rows)
        aside = f" (left out: {', '.join(self.left_out)})" if self.left_out else ""
        if self.is_equal:
            yield f"equal    {self.name}: {first} rows{aside}"
        else:
            yield f"DIFFERS  {self.name}: {first} and {second} rows{aside}"
            yield from (f"  {label}: {rows:,} rows" for label, rows in self._sides() if rows)
            yield from (f"  {column}: {rows:,} rows differ" for column, rows in self.columns.items())
        yield from (f"  {column} is in one of them only" for column in self.missing)

    def _sides(self) -> tuple[tuple[str, int], ...]:
        return (("only in the first", self.only_first), ("only in the second", self.only_second))


def compare_lakes(
    first: Path, second: Path, keys: Mapping[str, Sequence[str]], left_out: Mapping[str, str] = LEFT_OUT
) -> list[Difference]:
    """The difference of every table that one of the lakes has.

    Args:
        first: Root of a lake.
        second: Root of the other.
        keys: Table -> columns that tell its rows apart.
        left_out: Pattern of `layer.subject.column` -> why it is not compared.
    """
    names = sorted({*built_tables(first), *built_tables(second)})
    return [_compared(name, _read(first, name), _read(second, name), keys.get(name, ()), left_out) for name in names]


def compare_rows(
    name: str, first: pa.Table, second: pa.Table, key: Sequence[str], left_out: Mapping[str, str] = LEFT_OUT
) -> Difference:
    """The difference of two tables of the same name."""
    every = [*dict.fromkeys([*first.column_names, *second.column_names])]
    aside = {column: why for column in every if (why := _why(f"{name}.{column}", left_out))}
    columns = [column for column in every if column not in aside]
    missing = tuple(column for column in every if (column in first.column_names) != (column in second.column_names))
    with duckdb.connect() as connection:
        connection.register("first", _comparable(first, second.schema, columns))
        connection.register("second", _comparable(second, first.schema, columns))
        if key and not set(key) & set(aside) and _is_unique(connection, key):
            found = _by_key(connection, key, columns)
        else:
            found = _as_bag(connection, columns)
    return Difference(name, (first.num_rows, second.num_rows), *found, missing, aside)


def _compared(
    name: str, first: pa.Table | None, second: pa.Table | None, key: Sequence[str], left_out: Mapping[str, str]
) -> Difference:
    if first is None or second is None:
        return Difference(name, (_rows(first), _rows(second)))
    return compare_rows(name, first, second, key, left_out)


def _rows(table: pa.Table | None) -> int | None:
    return None if table is None else table.num_rows


def _read(lake: Path, name: str) -> pa.Table | None:
    return open_data(storage_at(lake.joinpath(*name.split(".")))).to_table() if name in built_tables(lake) else None


def _why(column: str, left_out: Mapping[str, str]) -> str | None:
    return next((why for pattern, why in left_out.items() if fnmatchcase(column, pattern)), None)


def _comparable(rows: pa.Table, other: pa.Schema, columns: Sequence[str]) -> pa.Table:
    """The columns by position, doubles by their bits; one that is not there is null, of the other's type."""
    found = [rows.column(name) if name in rows.column_names else _nulls(other, name, rows.num_rows) for name in columns]
    return pa.table([_bits(column) for column in found], names=list(columns))


def _nulls(schema: pa.Schema, name: str, rows: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(rows, schema.field(name).type)])


def _bits(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """What is no number equals itself, and the two zeros differ."""
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    if column.type != pa.float64():
        return column
    return pa.chunked_array([chunk.view(pa.int64()) for chunk in column.chunks], pa.int64())


def _is_unique(connection: duckdb.DuckDBPyConnection, key: Sequence[str]) -> bool:
    listed = ", ".join(map(_quoted, key))
    sides = [f"SELECT 1 FROM {side} GROUP BY {listed} HAVING count(*) > 1" for side in ("first", "second")]
    return connection.execute(" UNION ALL ".join(sides)).fetchone() is None


def _by_key(
    connection: duckdb.DuckDBPyConnection, key: Sequence[str], columns: Sequence[str]
) -> tuple[int, int, dict[str, int]]:
    """Rows of each side alone, and by column the rows of both that differ."""
    on = " AND ".join(f"first.{name} IS NOT DISTINCT FROM second.{name}" for name in map(_quoted, key))
    others = [column for column in columns if column not in key]
    counts = [f"count(*) FILTER (first.{name} IS DISTINCT FROM second.{name})" for name in map(_quoted, others)]
    both = _counts(connection, f"SELECT {', '.join(['count(*)', *counts])} FROM first JOIN second ON {on}")
    (first,), (second,) = (_counts(connection, f"SELECT count(*) FROM {side}") for side in ("first", "second"))
    differing = {column: rows for column, rows in zip(others, both[1:], strict=True) if rows}
    return first - both[0], second - both[0], differing


def _as_bag(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> tuple[int, int, dict[str, int]]:
    """Whole rows of each side alone, and by column the values that only the first has."""
    listed = ", ".join(map(_quoted, columns))
    only = [_only(connection, listed, *sides) for sides in (("first", "second"), ("second", "first"))]
    differing = {column: _only(connection, _quoted(column), "first", "second") for column in columns if any(only)}
    return only[0], only[1], {column: rows for column, rows in differing.items() if rows}


def _only(connection: duckdb.DuckDBPyConnection, listed: str, one: str, other: str) -> int:
    return _counts(
        connection, f"SELECT count(*) FROM (SELECT {listed} FROM {one} EXCEPT ALL SELECT {listed} FROM {other})"
    )[0]


def _counts(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    found = connection.execute(query).fetchone()
    return found or ()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def main(argv: Sequence[str] | None = None) -> int:
    """Compare and print; 1 where the lakes differ, 2 where one of the folders holds no table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lakes", type=Path, nargs=2, metavar="LAKE", help="root of a lake")
    parser.add_argument("--plant", default="simulated", help="the plant of both, for the tables' keys")
    parser.add_argument(
        "--leave-out", action="append", default=[], metavar="COLUMN=REASON",
        help="a pattern of layer.subject.column that is not compared, and why",
    )  # fmt: skip
    arguments = parser.parse_args(argv)
    for lake in arguments.lakes:
        if not built_tables(lake):
            parser.error(f"{lake} holds no table; name the root of a lake, the folder that holds bronze, silver, gold")
    given = dict(pair.partition("=")[::2] for pair in arguments.leave_out)
    keys = {name: table.key for name, table in tables(load_profile(arguments.plant)).items()}
    first, second = arguments.lakes
    found = compare_lakes(first, second, keys, {**LEFT_OUT, **given})
    lines = [line for difference in found for line in difference.lines()]
    lines += [f"left out {pattern}: {why}" for pattern, why in {**LEFT_OUT, **given}.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if all(difference.is_equal for difference in found) else 1


if __name__ == "__main__":
    sys.exit(main())
