"""Two tables have one digest where they have the same rows, and no other."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from tests.support.table_digest import table_digest

SCHEMA = pa.schema(
    {"a": pa.string(), "x": pa.float64(), "n": pa.int64(), "at": pa.timestamp("us", "UTC"), "l": pa.list_(pa.string()),
     "f": pa.float32(), "ok": pa.bool_(), "d": pa.date32()}
)  # fmt: skip
AT = datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=UTC)
ROW = {
    "a": "e", "x": 0.1, "n": 1, "at": AT, "l": ["u", "v"],
    "f": 0.0, "ok": True, "d": datetime(2026, 3, 1, tzinfo=UTC).date(),
}  # fmt: skip
OTHER = {"a": "o", "x": None}


def _digest(*rows: dict[str, Any]) -> str:
    return table_digest(pa.Table.from_pylist(list(rows), SCHEMA), SCHEMA.names)


def test_order_and_columns_without_a_value_do_not_count_and_each_row_does() -> None:
    fewer = pa.Table.from_pylist([OTHER], pa.schema({"a": pa.string()}))

    assert _digest(ROW, OTHER) == _digest(OTHER, ROW)
    assert _digest(OTHER) == table_digest(fewer, ["a"])
    assert len({_digest(), _digest(ROW), _digest(ROW, ROW), _digest(ROW, OTHER)}) == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a", "E"), ("a", None), ("x", 0.1 + 2e-17), ("x", float("nan")), ("n", 2), ("at", AT.replace(microsecond=2)),
        ("l", ["v", "u"]), ("l", None), ("f", -0.0), ("ok", False), ("d", datetime(2026, 3, 2, tzinfo=UTC).date()),
    ],
)  # fmt: skip
def test_each_value_counts(name: str, value: object) -> None:
    assert _digest({**ROW, name: value}) != _digest(ROW)
