"""A source: what a draft found out of one kind of files, as its mapping has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobs.plant.draft.noted import Noted
from jobs.plant.draft.number_form import NumberForm
from jobs.plant.draft.path_text import PathText
from jobs.plant.draft.quality_codes import QualityGuess
from jobs.plant.draft.table import Table
from jobs.plant.draft.times import TimeGuess


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of readings of one metric: its name, its unit, what was seen of it, its machine, its words."""

    column: str
    metric: str
    unit: Noted
    texts: tuple[str, ...]
    machine: str = ""
    states: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One mapping to be.

    Attributes:
        name: Of the mapping's file.
        glob: Of its files.
        example: One of them.
        table: Its first rows.
        feed, shape: As in a mapping, with their evidence.
        time: Where the time is; None: no column holds one.
        columns: Our column -> the source's.
        constants: Our column -> a fixed text.
        templates: Our column -> a text of other columns.
        cells: Wide by metric.
        machines: Wide by machine: the columns.
        ignored: Columns that are no readings -> why.
        missing: Texts that mean no value -> how often they were seen.
        metric: Wide by machine: the metric of all cells; long: empty.
        path: What the path says that the rows do not.
        quality: The column of quality codes.
        numbers: How numbers are written.
    """

    name: str
    glob: str
    example: str
    table: Table
    feed: Noted
    shape: Noted
    time: TimeGuess | None
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, Noted] = field(default_factory=dict)
    templates: dict[str, Noted] = field(default_factory=dict)
    cells: tuple[Cell, ...] = ()
    machines: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    metric: Cell | None = None
    path: PathText = field(default_factory=PathText)
    quality: QualityGuess | None = None
    numbers: NumberForm = field(default_factory=NumberForm)

    @property
    def is_nothing(self) -> bool:
        """Whether nothing in it is a reading, an event or a machine: a page of prose."""
        return self.feed.value == "readings" and self.time is None and not (self.cells or self.machines)
