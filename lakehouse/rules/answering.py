"""The answer to the question of a rule: how many rows it returns, and the first of them."""

import json
import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from lakehouse.rules.engine import LONGEST_S, TooLongError, bounded, rule_views

SHOWN = 3
_LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question returned.

    Attributes:
        row_count: How many rows; None where it has no answer.
        examples: The smallest three rows as JSON; None where there is none.
        reason: Why it has no answer; None where it has one.
    """

    row_count: int | None
    examples: str | None = None
    reason: str | None = None

    @property
    def is_broken(self) -> bool:
        """Whether the rule does not hold, or nobody knows."""
        return self.row_count != 0


def answer(question: str, tables: Mapping[str, Any], *, cores: int = 2, longest_s: float = LONGEST_S) -> Answer:
    """Ask a question that `checking` has looked at.

    Args:
        question: One SELECT.
        tables: Arrow tables or data sets by `layer.subject`, those that it names.
        cores: Threads.
        longest_s: Longest time for it.

    Raises:
        KeyboardInterrupt: A signal came.
    """
    inner = question.rstrip().rstrip(";")
    spilling = tempfile.TemporaryDirectory(prefix="assay-rule-")
    with spilling as folder, rule_views(tables, cores, folder) as connection:
        try:
            with bounded(connection, longest_s):
                return _answer(connection, inner)
        except TooLongError as exc:
            return Answer(None, reason=f"{exc}; ask less, such as date by date (by_date)")
        except duckdb.Error as exc:
            return Answer(None, reason=_one_line(str(exc)))


def _answer(connection: duckdb.DuckDBPyConnection, question: str) -> Answer:
    # A comment at the question's end must not hide the bracket.
    ((count,),) = connection.execute(f"SELECT count(*) FROM (\n{question}\n)").fetchall()  # noqa: S608  # it was checked
    if not count:
        return Answer(0)
    ordered = f"SELECT * FROM (\n{question}\n) ORDER BY ALL LIMIT {SHOWN}"  # noqa: S608  # as above
    found = connection.sql(ordered).to_arrow_reader().read_all()
    columns = [column.to_pylist() for column in found.columns]
    rows = [dict(zip(found.column_names, map(_plain, row), strict=True)) for row in zip(*columns, strict=True)]
    return Answer(count, _examples(rows))


def _examples(rows: list[dict[str, Any]]) -> str:
    """As many of the rows as fit; of a row that is too long its beginning."""
    texts = [json.dumps(row, ensure_ascii=False) for row in rows]
    while len(texts) > 1 and sum(map(len, texts)) > _LONGEST_TEXT:
        texts.pop()
    return f"[{', '.join(texts)}]"[: _LONGEST_TEXT + 2]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_TEXT]
