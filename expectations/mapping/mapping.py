"""A mapping: how the files of one source become records of one feed."""

from dataclasses import dataclass, field
from datetime import datetime

from expectations.feeds import Feed
from expectations.mapping.csv_rule import PLAIN_CSV, PLAIN_NUMBERS, CsvRule, NumberRule
from expectations.mapping.keep import BY_VERSION, Keep
from expectations.mapping.nested import SeriesRule
from expectations.mapping.only_where import OnlyRule
from expectations.mapping.quality import PLACE, QualityRule
from expectations.mapping.row_step import RowStep
from expectations.mapping.samples import SamplesRule
from expectations.mapping.time_rule import TimeRule
from expectations.mapping.values import Correction

FORMATS = ("jsonl", "json", "csv", "parquet", "influx", "xlsx")
LINE_FORMATS = ("jsonl", "csv", "influx")
BY_MACHINE, UNIQUE = "by_machine", "unique"
SENSORS = (BY_MACHINE, UNIQUE)
SHAPES = ("long", "wide_by_metric", "wide_by_machine")


@dataclass(frozen=True, slots=True)
class MetricColumn:
    """A source column that holds readings of one metric (wide by metric).

    `divisor`: What the source's numbers are divided by to be in `unit`, such as 1000 for thousandths sent as integers
    (division, so that 27062 is the double of 27.062).
    `optional`: A file may do without the column; its cells are then blank.
    `factor`, `offset`: The value is then ``cell / divisor * factor + offset``.
    `states`: Words for numbers, such as RUN for 1; where there is none, those of the mapping.
    `machine`, `sensor`: Whose readings the column holds, where columns are of several machines; else empty.
    """

    column: str
    metric: str
    unit: str
    divisor: float = 1.0
    optional: bool = False
    factor: float = 1.0
    offset: float = 0.0
    states: dict[str, float] = field(default_factory=dict)
    machine: str = ""
    sensor: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """One source.

    Attributes:
        name: Name of the file, without ending.
        feed: What its records are.
        files: Globs below the landing folder.
        format: jsonl (a document a line), json (documents as a file has them), csv, parquet, influx (line
            protocol) or xlsx (sheets); compression (plain, gzip, zstd) is seen from the content.
        shape: long (a record per row), wide_by_metric (a cell per metric), wide_by_machine (a cell per machine).
        time: Where the time is; None for a feed whose time is `constants`' or the plant's begin.
        columns: Our column -> the source's column.
        constants: Our column -> a fixed text.
        templates: Our column -> a text such as ``{machine_id}/{metric}`` of our other columns.
        metrics: Wide by metric: the cells.
        machines: Wide by machine: source column -> machine.
        machine_of: Sensor -> machine, where the source names sensors only.
        names: The source's word -> ours, of the columns in `named`.
        units: Metric -> unit, where the source sends none.
        attributes: Attribute of machines -> the source's column.
        missing: Cell texts that mean "no value"; an empty cell and null always do.
        ignored: Source columns that are left out on purpose; every other unknown column goes to `_rescued`.
        delimiter: What parts the fields of CSV; a blank is runs of blanks.
        quality: Where the source's quality codes are; None where it sends none.
        path: What the path of a file says of its records, such as ``{machine_id}/{date:%Y%m%d}.csv``; empty: nothing.
        states: Metric -> word -> number: `RUN` for 1; the metric `` is every one that has no words of its own.
        quoted_numbers: Whether a number may be a text, in JSON and Parquet; in CSV it always is.
        unit_names: The source's name of a unit -> one that we know.
        corrections: By sensor, metric, column and time.
        records: Path of the records in a document of JSON; empty: the document is one.
        base: senml, where base fields are to be resolved; else empty.
        blank_where: The column that is true where a record has no value; empty: none.
        series: How arrays of values are spread over time; None: a value is no array.
        encoding: Of texts; auto is UTF-8, or what the byte order mark says.
        csv: How a CSV file is laid out.
        numbers: How numbers are written in texts.
        keep: Which of several values of one sensor, metric and time is stored, and whether readings are withdrawn.
        rolling: Whether a path always has the newest records alone: that it lacks older ones says nothing.
        appended: Whether the source appends to its files: half of a last line then waits.
        settled_after_s: For how long a file is unchanged until its last line counts as whole, seconds; 0: no time is
            enough.
        complete_through: Up to when its files hold every record, of files that come once; None: they arrive, and each
            says it by its time or its path, see `gold.known_through`.
        sensors: by_machine, where a sensor is its machine and its name; unique, where its name alone tells it apart.
        read_with: Mappings that read the same files beside it; each of them names the others.
        above: What the lines above the records of a CSV file say, such as ``# start: {start}``; each file has them.
        side_by_side: Whether a record of JSON is an object of arrays, one for each column: each place is a record.
        header: Path to the names of the columns, where records of JSON are arrays; empty: they are by place.
        only_where: Which records are its own, where its files have others too, which are blank; None: all are.
        samples: Where the samples of waveforms are; None for other feeds.
        exported: Where a record of readings says when it was exported, by which it ranks; None: it does not say.
        device: Whether gateways read its files; a bundle with a mapping that they cannot read is not sealed.
    """

    name: str
    feed: Feed
    files: tuple[str, ...]
    format: str
    shape: str
    time: TimeRule | None
    columns: dict[str, str]
    constants: dict[str, str]
    templates: dict[str, str]
    metrics: tuple[MetricColumn, ...]
    machines: dict[str, str]
    machine_of: dict[str, str]
    names: dict[str, str]
    units: dict[str, str]
    attributes: dict[str, str]
    missing: frozenset[str]
    ignored: frozenset[str]
    delimiter: str = ","
    quality: QualityRule | None = None
    path: str = ""
    states: dict[str, dict[str, float]] = field(default_factory=dict)
    quoted_numbers: bool = False
    unit_names: dict[str, str] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    records: str = ""
    base: str = ""
    blank_where: str = ""
    series: SeriesRule | None = None
    encoding: str = "auto"
    csv: CsvRule = PLAIN_CSV
    numbers: NumberRule = PLAIN_NUMBERS
    keep: Keep = BY_VERSION
    rolling: bool = False
    appended: bool = False
    settled_after_s: int = 0
    complete_through: datetime | None = None
    sensors: str = BY_MACHINE
    device: bool = True
    read_with: tuple[str, ...] = ()
    only_where: OnlyRule | None = None
    above: tuple[str, ...] = ()
    side_by_side: bool = False
    header: str = ""
    samples: SamplesRule | None = None
    exported: TimeRule | None = None

    @property
    def goes_on(self) -> bool:
        """Whether reading of a file that grew can begin at a line's end: nothing before it decides what follows.

        Where versions withdraw, each is read whole: what it has and lacks then follows from its own records.
        """
        is_by_order = self.time is not None and self.time.repeated == "by_order"
        is_whole = self.format in ("parquet", "xlsx") or self.encoding.startswith("utf-16") or self.keep.withdraw
        return not is_whole and not is_by_order and self.each_row_step is None and self.samples is None

    @property
    def each_row_step(self) -> RowStep | None:
        """The time from row to row, where a file says the first one only."""
        return None if self.time is None else self.time.every

    @property
    def named(self) -> tuple[str, ...]:
        """Our columns whose words `names` translates."""
        return self.feed.words

    @property
    def series_columns(self) -> tuple[str, ...]:
        """Source columns whose texts say what a reading or event belongs to."""
        keys = ("sensor_id", "machine_id", "metric", "code", "function_id")
        return tuple(self.columns[name] for name in keys if name in self.columns)

    @property
    def cell_columns(self) -> tuple[str, ...]:
        """Source columns that hold readings."""
        wide = tuple(cell.column for cell in self.metrics) + tuple(self.machines)
        return wide or tuple(column for ours, column in self.columns.items() if ours == "value")

    @property
    def quality_columns(self) -> tuple[str, ...]:
        """Source columns with quality codes: one for the row, or one for each column of readings."""
        if self.quality is None:
            return ()
        column = self.quality.column
        return tuple(column.replace(PLACE, cell) for cell in self.cell_columns) if PLACE in column else (column,)

    @property
    def source_columns(self) -> tuple[str, ...]:
        """Every source column that the mapping reads, in a fixed order."""
        time = (*(self.time.columns if self.time else ()), *(self.exported.columns if self.exported else ()))
        cells = tuple(cell.column for cell in self.metrics) + tuple(self.machines)
        named = tuple(self.columns.values()) + tuple(self.attributes.values())
        only = (self.only_where.column,) if self.only_where else ()
        samples = tuple(self.samples.columns) if self.samples else ()
        return tuple(dict.fromkeys(time + named + cells + self.quality_columns + only + samples))
