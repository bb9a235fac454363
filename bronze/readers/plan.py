"""A mapping made ready for reading: which source columns to read, as what, and what each cell of a wide row is."""

from dataclasses import dataclass, field

from domain.record.cells import (
    BOOLEAN,
    EXPORTED,
    INTEGER,
    NUMBER,
    ONLY,
    QUALITY,
    SCALAR,
    TEXT,
    TIME,
    TIME_PART,
    numbers_in,
)
from domain.record.quality import quality_column
from domain.record.states import StateTables
from expectations.mapping.mapping import Mapping

_KINDS = {"string": TEXT, "double": NUMBER, "bigint": INTEGER, "boolean": BOOLEAN}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row that holds a reading: its source column, and what it means (None where a column says it)."""

    column: str
    metric: str | None = None
    unit: str | None = None
    machine: str | None = None
    divisor: float = 1.0
    factor: float = 1.0
    offset: float = 0.0
    sensor: str | None = None


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """What follows from a mapping for every file of it.

    Attributes:
        mapping: The mapping.
        fields: Source column -> kind: text, number, integer, boolean, time, or scalar (a text, number or boolean that
            becomes an attribute's text).
        cells: Cells that hold readings; one for long readings, none for other feeds.
        is_wide: Whether a row holds a reading per cell.
        known: Source columns that are read or ignored; the others are rescued.
        missing_numbers: The mapping's missing texts that are numbers, as numbers.
        tested: Our columns that must not be null in a row.
        optional: Source columns that a file may do without.
        states: Source column -> word -> number, for cells whose place says their metric.
        words: Every word that may be a number somewhere in the source.
        may_lack: Columns beside the cells that a record of JSON may do without, and then says something: a part of
            its time, its export or version, a quality that is good.
    """

    mapping: Mapping
    fields: dict[str, str]
    cells: tuple[Cell, ...]
    is_wide: bool
    known: frozenset[str]
    missing_numbers: frozenset[float]
    tested: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    states: dict[str, dict[str, float]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    may_lack: tuple[str, ...] = ()

    @property
    def file_columns(self) -> tuple[str, ...]:
        """The source columns that a file has: all but a time that a constant or the path gives."""
        time = self.mapping.time
        return tuple(column for column in self.fields if time is None or column not in time.given)

    @property
    def cell_columns(self) -> tuple[str, ...]:
        """Source columns of the cells."""
        return tuple(cell.column for cell in self.cells)


def read_plan(mapping: Mapping) -> ReadPlan:
    """The plan of a mapping."""
    fields = _fields(mapping)
    feed = mapping.feed
    untested = {feed.time} if mapping.time is None else set[str]()
    return ReadPlan(
        mapping,
        fields,
        _cells(mapping),
        mapping.shape != "long",
        frozenset(fields) | mapping.ignored,
        numbers_in(mapping.missing, mapping.numbers),
        tuple(column.name for column in feed.columns if column.required and column.name not in untested),
        _optional(mapping),
        _states(mapping),
        frozenset(word for table in (*mapping.states.values(), *(c.states for c in mapping.metrics)) for word in table),
        _may_lack(mapping),
    )


def _may_lack(mapping: Mapping) -> tuple[str, ...]:
    """In the order in which they are asked for; none of feeds without readings."""
    if mapping.feed.name != "readings":
        return ()
    times = [time for time in (mapping.time, mapping.exported) if time is not None]
    found = [time.plus_column for time in times if time.plus_optional and time.plus_column not in time.given]
    found += [*(mapping.exported.columns if mapping.exported else ())]
    found += [mapping.columns["revision"]] if "revision" in mapping.columns else []
    is_good = mapping.quality is not None and mapping.quality.absent == "good"
    return tuple(dict.fromkeys([*found, *(mapping.quality_columns if is_good else ())]))


def _states(mapping: Mapping) -> dict[str, dict[str, float]]:
    """The words of each column whose metric is known without a record."""
    general = StateTables(mapping)
    return {cell.column: cell.states or dict(general.of_metric(cell.metric)) for cell in mapping.metrics}


def _fields(mapping: Mapping) -> dict[str, str]:
    fields = dict.fromkeys(mapping.time.columns, TIME_PART) | {mapping.time.column: TIME} if mapping.time else {}
    if mapping.exported is not None:
        fields = dict.fromkeys(mapping.exported.columns, TIME_PART) | fields | {mapping.exported.column: EXPORTED}
    for ours, column in mapping.columns.items():
        fields[column] = _KINDS[mapping.feed.column(ours).type]
    fields |= dict.fromkeys(mapping.attributes.values(), SCALAR)
    fields |= dict.fromkeys((*(cell.column for cell in mapping.metrics), *mapping.machines), NUMBER)
    fields |= dict.fromkeys(mapping.quality_columns, QUALITY)
    return fields if mapping.only_where is None else {mapping.only_where.column: ONLY} | fields


def _optional(mapping: Mapping) -> frozenset[str]:
    """Columns that a file may do without; a quality column may be absent where a value without a code is good."""
    cells = {cell.column for cell in mapping.metrics if cell.optional}
    codes = {name for cell in cells if (name := quality_column(mapping.quality, cell)) is not None}
    is_good = mapping.quality is not None and mapping.quality.absent == "good"
    return frozenset(cells | codes | set(mapping.quality_columns if is_good else ()))


def _cells(mapping: Mapping) -> tuple[Cell, ...]:
    if mapping.shape == "wide_by_metric":
        return tuple(
            Cell(
                cell.column,
                cell.metric,
                cell.unit,
                cell.machine or None,
                cell.divisor,
                cell.factor,
                cell.offset,
                cell.sensor or None,
            )
            for cell in mapping.metrics
        )
    if mapping.shape == "wide_by_machine":
        return tuple(Cell(column, machine=machine) for column, machine in mapping.machines.items())
    return (Cell(mapping.columns["value"]),) if mapping.feed.name == "readings" else ()
