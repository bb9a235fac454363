"""Which rows have one of some keys. Two nulls are equal, and so are two NaN, as in an SQL MERGE by `<=>`."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import Flags

if TYPE_CHECKING:
    import duckdb


class MatchingKeys:
    """Some keys, held for many looks until they are freed."""

    def __init__(self, keys: pa.Table, columns: Sequence[str]) -> None:
        """The keys, and the columns of which a key is made."""
        listed = ", ".join(f'"{name}"' for name in columns)
        pairs = (f'stored."{name}" IS NOT DISTINCT FROM changed."{name}"' for name in columns)
        self._columns = list(columns)
        self._query = f"SELECT _row FROM stored SEMI JOIN changed ON {' AND '.join(pairs)}"  # noqa: S608  # a contract's
        self._engine = _engine().cursor()
        self._engine.register("found", keys.select(self._columns))
        self._engine.execute(f"CREATE TEMP TABLE changed AS SELECT DISTINCT {listed} FROM found")  # noqa: S608  # as above
        self._engine.unregister("found")

    def among(self, rows: pa.Table) -> Flags:
        """Whether each row's key is one of them; the rows have the key's columns."""
        places = pa.array(np.arange(rows.num_rows))
        self._engine.register("stored", rows.select(self._columns).append_column("_row", places))
        hits = self._engine.sql(self._query).to_arrow_table().column("_row").to_numpy()
        self._engine.unregister("stored")
        found: Flags = np.zeros(rows.num_rows, dtype=np.bool_)
        found[hits] = True
        return found

    def close(self) -> None:
        """Free the keys."""
        self._engine.execute("DROP TABLE changed")
        self._engine.close()


@cache
def _engine() -> "duckdb.DuckDBPyConnection":
    import duckdb

    connection = duckdb.connect(config={"temp_directory": ""})  # all is in memory: no folder for spilled rows is made
    connection.execute("SET GLOBAL TimeZone='UTC'")
    return connection
