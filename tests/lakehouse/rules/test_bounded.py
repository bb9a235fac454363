"""A statement that runs too long is ended wherever it is, and an error that names an interrupt is none."""

from collections.abc import Callable

import duckdb
import pytest

from lakehouse.rules.engine import TooLongError, bounded, rule_views

ENDLESS = "SELECT a.range FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"


def _counted(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"SELECT count(*) FROM ({ENDLESS})").fetchall()


def _read_by_arrow(connection: duckdb.DuckDBPyConnection) -> None:
    connection.sql(ENDLESS).to_arrow_reader().read_all()


@pytest.mark.parametrize("run", [_counted, _read_by_arrow])
def test_a_statement_is_ended_after_its_time(run: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
    with (
        rule_views({}) as connection,
        pytest.raises(TooLongError, match=r"ran longer than 0\.2 s"),
        bounded(connection, 0.2),
    ):
        run(connection)


def test_a_column_named_so_is_an_error_of_the_question() -> None:
    with (
        rule_views({}) as connection,
        pytest.raises(duckdb.BinderException, match="interrupted_at"),
        bounded(connection),
    ):
        connection.execute("SELECT interrupted_at")
