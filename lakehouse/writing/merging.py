"""The MERGE that inserts, replaces and deletes rows of a table by their key, in one commit."""

from dataclasses import dataclass

from expectations.tables.contract import Table
from lakehouse.files.linking import DataFile


@dataclass(frozen=True, slots=True)
class Scope:
    """Where in a table the rows of a merge are, and which of them leave.

    Attributes:
        dates: Every value of its first partition column, where that is a date: as literals in the condition they spare
            the other partitions. Of another table they are not used.
        leaving: Files with the key of rows that leave, and with the first partition column where there is one.
        within: A condition in SQL, of `stored`, that all rows fulfil: it spares files of others.
    """

    dates: tuple[str, ...] = ()
    leaving: tuple[DataFile, ...] = ()
    within: str = "TRUE"


def merge_statement(table: Table, path: str, scope: Scope) -> str:
    """The SQL statement over the views `incoming` and `leaving`.

    Args:
        table: The table.
        path: Its place as Spark names it.
        scope: Where the rows are.
    """
    columns, partitions = table.column_names, table.partition_by[:1]
    listed = ", ".join(f"DATE'{date}'" for date in scope.dates)
    near = f"stored.{partitions[0]} IN ({listed or 'NULL'})" if partitions else "TRUE"
    same = " AND ".join(f"stored.{name} <=> changed.{name}" for name in (*partitions, *table.key))
    names, values = ", ".join(columns), ", ".join(f"changed.{name}" for name in columns)
    updates = ", ".join(f"{name} = changed.{name}" for name in columns)
    return (
        f"MERGE INTO delta.`{path}` AS stored "  # noqa: S608  # names of a contract, a path of ours, literals
        "USING (SELECT *, FALSE AS _leaves FROM incoming UNION ALL SELECT *, TRUE AS _leaves FROM leaving) AS changed "
        f"ON {near} AND {scope.within} AND {same} "
        "WHEN MATCHED AND changed._leaves THEN DELETE "
        f"WHEN MATCHED THEN UPDATE SET {updates} "
        f"WHEN NOT MATCHED AND NOT changed._leaves THEN INSERT ({names}) VALUES ({values})"
    )
