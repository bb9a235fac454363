"""The contract of a table: columns with units, key, partitions, rules with severity. All else follows from it."""

from dataclasses import dataclass
from enum import StrEnum

from expectations.errors import ContractError, unknown_name

TYPES = (
    "string", "bigint", "int", "double", "boolean", "timestamp", "date", "decimal(38,0)", "binary", "array<string>",
)  # fmt: skip
LAYERS = ("bronze", "silver", "gold")


class Severity(StrEnum):
    """What a broken rule does: refuse the batch, send the row to quarantine, or warn."""

    FAIL = "fail"
    QUARANTINE = "quarantine"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: Spark type, unit ("" where none applies), whether null is legal, and bounds that must always hold."""

    name: str
    type: str
    description: str
    unit: str = ""
    nullable: bool = True
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a row: a SQL condition that holds for good rows. `code` is the stable fault code of a bad one."""

    code: str
    condition: str
    severity: Severity
    description: str


@dataclass(frozen=True, slots=True)
class Table:
    """What one table is. The key is unique where there is one.

    Attributes:
        prunes: The columns worth file statistics.
        newest_by: The time whose newest value says how fresh the table is; "" where its age is not checked.
        faults: Of a quarantine: code and meaning of each rule of severity `quarantine` whose breach brings a row here.
    """

    layer: str
    subject: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    prunes: tuple[str, ...] = ()
    retention_days: int = 7
    newest_by: str = ""
    faults: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        names = self.column_names
        if self.layer not in LAYERS:
            raise ContractError(unknown_name("layer", self.layer, LAYERS))
        if len(set(names)) != len(names):
            raise ContractError(f"{self.name}: a column is declared twice: {', '.join(names)}")
        for column in self.columns:
            if column.type not in TYPES:
                raise ContractError(f"{self.name}.{column.name}: {unknown_name('type', column.type, TYPES)}")
        for name in (*self.key, *self.partition_by, *self.prunes):
            if name not in names:
                raise ContractError(f"{self.name}: {unknown_name('column', name, names)}")
        times = [column.name for column in self.columns if column.type == "timestamp"]
        if self.newest_by and self.newest_by not in times:
            raise ContractError(f"{self.name}: newest_by: {unknown_name('time', self.newest_by, times)}")

    @property
    def name(self) -> str:
        """`layer.subject`, as people and SQL say it."""
        return f"{self.layer}.{self.subject}"

    @property
    def pruning(self) -> tuple[str, ...]:
        """Columns whose statistics spare readers a file: those declared, else the key's beyond the partitions."""
        return self.prunes or tuple(name for name in self.key if name not in self.partition_by)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            ContractError: No such column; the message lists the legal ones.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise ContractError(f"{self.name}: {unknown_name('column', name, self.column_names)}")
