"""How a derived table follows from others: one recipe for each, by which it is found behind and rebuilt.

A recipe names the target, its sources, how far a change of each reaches, and a pure build. `lakehouse.publish.rebuild`
does the rest: a new table costs a contract, a build, one recipe and a test.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from expectations.tables.contract import Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.commits import Commit
from lakehouse.publish.reaches import DatedReach, Reach
from lakehouse.publish.values import NoValues, Values

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a build by date is given.

    Attributes:
        rows: Columns of the first source, on the dates that may be needed.
        tables: The other sources by name: small ones whole, those read by date on the dates that may be needed.
        dates: The target's dates to be built; rows of others are passed over.
        metadata: The values that the rows follow from.
    """

    rows: "pa.Table"
    tables: "Mapping[str, pa.Table]"
    dates: Sequence[date]
    metadata: CommitMetadata


@dataclass(frozen=True, slots=True)
class Beside:
    """One more source that is read date by date.

    Attributes:
        reach: The source, and how far a change of it reaches.
        columns: Its columns that the build looks at.
    """

    reach: DatedReach
    columns: Sequence[str]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A table that is partitioned by one date, rebuilt date by date.

    Attributes:
        target: What is built.
        source: What it is built from, date by date; it decides which dates there may be.
        columns: The source's columns that the build looks at.
        build: Pure: the contract's rows of some dates.
        others: Small sources that are read whole.
        beside: More sources that are read date by date.
        small_columns: Small source -> its columns that the build looks at; all of one that is not named.
        values: What else the rows follow from.
    """

    target: Table
    source: DatedReach
    columns: Sequence[str]
    build: "Callable[[Inputs], pa.Table]"
    others: tuple[Reach, ...] = ()
    beside: tuple[Beside, ...] = ()
    small_columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    values: Values = field(default_factory=NoValues)

    @property
    def by_date(self) -> tuple[Beside, ...]:
        """Every source that is read date by date, the first one first."""
        return (Beside(self.source, self.columns), *self.beside)

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """Every source with its reach."""
        return (*(one.reach for one in self.by_date), *self.others)

    @property
    def sources(self) -> tuple[Table, ...]:
        """Every table that it is built from."""
        return tuple(reach.table for reach in self.reaches)

    @property
    def origins(self) -> tuple[Table, ...]:
        """Where its rows come from: while these are all empty, so is the target."""
        return (self.source.table,)


@dataclass(frozen=True, slots=True)
class KeyedRecipe:
    """A small table that is rebuilt value by value of a key, such as a machine or a sensor.

    A change of a source reaches the values that are in its files that came or went since the last build.

    Attributes:
        target: What is built.
        by: Column of the key, in the target and in every source.
        columns: Tables that it is built from -> their columns that the build looks at.
        build: Pure: the contract's rows of some values, from all rows of the sources, by name, that have these.
    """

    target: Table
    by: str
    columns: Mapping[Table, Sequence[str]]
    build: "Callable[[Mapping[str, pa.Table]], pa.Table]"

    @property
    def sources(self) -> tuple[Table, ...]:
        """Every table that it is built from."""
        return tuple(self.columns)

    @property
    def origins(self) -> tuple[Table, ...]:
        """As `Recipe.origins`."""
        return self.sources


@dataclass(frozen=True, slots=True)
class WholeInputs:
    """What the build of a whole table is given.

    Attributes:
        tables: The sources by name.
        commits: The commits, still in the log, of the tables whose log is a source; by name, oldest first.
        stored: The target's rows of now.
        last: Metadata of the target's newest build; None where it was never built.
    """

    tables: "Mapping[str, pa.Table]"
    commits: Mapping[str, Sequence[Commit]]
    stored: "pa.Table"
    last: CommitMetadata | None


@dataclass(frozen=True, slots=True)
class WholeRecipe:
    """A small table, rebuilt as a whole where a source has other rows, or without sources where its own differ.

    Attributes:
        target: What is built.
        sources: What it is built from.
        build: Pure: all rows.
        time: A column of time: commits say since when rows differ.
        values: Recorded with the rows; where the last build has others, the table is behind.
        logs: Tables whose commits are a source, those without rows too.
        columns: Source -> its columns that the build looks at; all of one that is not named.
        derived: Columns of the target that follow from others of their row: commits say of no row that it differs
            where these alone do.
    """

    target: Table
    sources: tuple[Table, ...]
    build: "Callable[[WholeInputs], pa.Table]"
    time: str | None = None
    values: CommitMetadata = field(default_factory=CommitMetadata)
    logs: tuple[Table, ...] = ()
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    derived: tuple[str, ...] = ()

    @property
    def origins(self) -> tuple[Table, ...]:
        """As `Recipe.origins`."""
        return self.sources


@dataclass(frozen=True, slots=True)
class AppendRecipe:
    """A table whose rows are never changed: those whose key it has not are appended.

    Attributes:
        target: What is built, partitioned by one date.
        build: The contract's rows of some dates of the first source, and all that the others give.
        source: What is read date by date, all its columns; None where nothing is.
        others: Small sources that are read whole.
        values: What else the rows follow from.
        origins: As `Recipe.origins`.
    """

    target: Table
    build: "Callable[[Inputs], pa.Table]"
    source: DatedReach | None
    others: tuple[Reach, ...]
    values: Values
    origins: tuple[Table, ...]

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """Every source with its reach."""
        return self.others if self.source is None else (self.source, *self.others)

    @property
    def sources(self) -> tuple[Table, ...]:
        """Every table that it is built from."""
        return tuple(reach.table for reach in self.reaches)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the rows of a table come from that its job writes without a recipe: while these are all empty, so is it."""

    target: Table
    origins: tuple[Table, ...]


AnyRecipe: TypeAlias = Recipe | KeyedRecipe | WholeRecipe | AppendRecipe
