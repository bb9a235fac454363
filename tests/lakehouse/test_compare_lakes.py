"""The comparison of two lakes: what is equal in any order, and what differs by a bit, a row, a column, a table."""

import math
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from tests.support.compare_lakes import Difference, compare_lakes, compare_rows, main

KEY = ("id",)
ROWS = pa.table({"id": ["a", "b", "c"], "x": [1.0, None, math.nan], "names": [["p"], [], None]})
BOTH_WAYS = pytest.mark.parametrize("key", [KEY, ()], ids=["by key", "as a bag"])


@BOTH_WAYS
def test_the_order_of_rows_does_not_count(key: tuple[str, ...]) -> None:
    found = of(ROWS, ROWS.take([2, 0, 1]), key)

    assert list(found.lines()) == ["equal    silver.tags: 3 rows"]


@BOTH_WAYS
@pytest.mark.parametrize(
    ("one", "other"),
    [(0.0, -0.0), (1.0, math.nextafter(1.0, 2.0)), (None, math.nan), (None, 0.0)],
    ids=["zeros", "last bit", "null and no number", "null and zero"],
)
def test_a_bit_of_a_double_is_a_difference(key: tuple[str, ...], one: float | None, other: float) -> None:
    first, second = (pa.table({"id": ["a", "b"], "x": pa.array([x, 2.0], pa.float64())}) for x in (one, other))

    found = of(first, second, key)

    assert not found.is_equal
    assert found.columns == {"x": 1}


def test_each_differing_column_says_how_many_rows() -> None:
    other = pa.table({"id": ["a", "b", "c"], "x": [1.0, 5.0, 6.0], "names": [["p"], ["q"], None]})

    found = of(ROWS, other)

    assert found.columns == {"x": 2, "names": 1}
    assert (found.only_first, found.only_second) == (0, 0)


def test_a_row_more_or_less_is_named_by_its_side() -> None:
    found = of(ROWS.slice(0, 2), ROWS.take([1, 2, 0]).slice(0, 2))

    assert (found.only_first, found.only_second, found.columns) == (1, 1, {})


@BOTH_WAYS
def test_a_row_that_is_there_twice_is_a_difference(key: tuple[str, ...]) -> None:
    found = of(ROWS, pa.concat_tables([ROWS, ROWS.slice(0, 1)]), key)

    assert not found.is_equal
    assert (found.only_first, found.only_second) == (0, 1)


def test_a_key_with_null_matches_itself() -> None:
    rows = pa.table({"id": pa.array(["a", None], pa.string()), "x": [1, 2]})

    assert of(rows, rows).is_equal


def test_a_column_that_is_left_out_does_not_count() -> None:
    other = ROWS.set_column(1, "x", pa.array([7.0, 7.0, 7.0]))

    found = of(ROWS, other, x="drawn by lot")

    assert list(found.lines()) == ["equal    silver.tags: 3 rows (left out: x)"]


def test_a_left_out_key_leaves_the_rows_a_bag() -> None:
    first, second = (pa.table({"id": [name, "b"], "x": [1, 2]}) for name in ("a", "z"))

    assert of(first, second, id="a name of the run").is_equal
    assert of(first, second.set_column(1, "x", pa.array([1, 3])), id="a name").columns == {"x": 1}


def test_a_column_that_one_lacks_is_null_there() -> None:
    without, empty = ROWS.drop_columns(["x"]), ROWS.set_column(1, "x", pa.nulls(3, pa.float64()))

    assert of(without, empty).is_equal
    assert of(without, ROWS).columns == {"x": 2}
    assert of(without, ROWS).missing == ("x",)


def test_a_table_that_one_lake_lacks_is_a_difference(tmp_path: Path) -> None:
    first, second = lake(tmp_path / "a", ROWS), lake(tmp_path / "b", ROWS)
    lake(tmp_path / "b", ROWS, subject="more")

    more, tags = compare_lakes(first, second, {})

    assert list(more.lines()) == ["DIFFERS  silver.more: none and 3 rows"]
    assert tags.is_equal


def test_the_command_says_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = lake(tmp_path / "a", ROWS), lake(tmp_path / "b", ROWS.slice(1))

    equal = main([str(first), str(first)])
    differing = main([str(first), str(second)])

    assert (equal, differing) == (0, 1)
    assert "only in the first: 1 rows" in capsys.readouterr().out


def test_a_folder_without_tables_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path), str(tmp_path)])

    assert "holds no table" in capsys.readouterr().err


def of(first: pa.Table, second: pa.Table, key: tuple[str, ...] = KEY, **left_out: str) -> Difference:
    """The difference of two tables, where columns are left out by name."""
    return compare_rows("silver.tags", first, second, key, {f"*.{column}": why for column, why in left_out.items()})


def lake(folder: Path, rows: pa.Table, subject: str = "tags") -> Path:
    """A lake of one more table."""
    write_deltalake(str(folder / "silver" / subject), rows)
    return folder
