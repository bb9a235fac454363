import argparse
import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from expectations.plant.file import load_profile
from expectations.tables.registry import tables
from jobs.commands import sql as query_tables
from jobs.runtime.report import RunReport, json_line
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError

AT = datetime(2026, 11, 21, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lake")
    readings = {"sensor_id": ["s1", "s2", "s3"], "value": [1.5, None, 3.0], "measured_at": [AT, AT, AT]}
    write_deltalake(root / "bronze" / "readings", pa.table(readings))
    write_deltalake(root / "silver" / "machines", pa.table({"machine_id": ["m1"]}))
    return root


def asked(lake: Path, query: str | None, *, as_csv: bool = False, as_json: bool = False) -> RunReport:
    args = argparse.Namespace(query=query, csv=as_csv, json=as_json)
    return query_tables.run(args, Settings(lake=lake, plant="azure_pdm"))


def test_query_names_tables_by_layer_and_subject(lake: Path) -> None:
    report = asked(lake, "SELECT count(*) AS n FROM bronze.readings r, silver.machines", as_json=True)

    assert report.data == {"columns": ["n"], "rows": [[3]]}
    assert not report.changed


def test_names_are_found_in_any_case_and_in_quotes(lake: Path) -> None:
    report = asked(lake, 'SELECT max(value) FROM BRONZE."readings"', as_json=True)

    assert report.data["rows"] == [[3.0]]


def test_a_column_that_came_later_than_the_stored_table_is_null(lake: Path) -> None:
    query = "SELECT machine_id, factory_id, valid_from FROM silver.machines"

    assert asked(lake, query, as_json=True).data["rows"] == [["m1", None, None]]
    with pytest.raises(UsageError, match="no_such_column"):
        asked(lake, "SELECT no_such_column FROM silver.machines")


def test_people_get_a_table_with_null_and_utc(lake: Path) -> None:
    report = asked(lake, "SELECT sensor_id, value, measured_at FROM bronze.readings ORDER BY sensor_id")

    assert report.lines == (
        "sensor_id  value  measured_at",
        "---------  -----  -------------------------",
        "s1         1.5    2026-11-21 06:00:00+00:00",
        "s2         NULL   2026-11-21 06:00:00+00:00",
        "s3         3.0    2026-11-21 06:00:00+00:00",
        "(3 rows)",
    )


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("0.1::double + 0.2::double", "0.3"),
        ("12.345678901234::double", "12.3457"),
        ("1322500.4375::double", "1322500.4"),
        ("999999.96::double", "1000000.0"),
        ("-0.00012345678::double", "-0.000123457"),
        ("1.25e-7::double", "1.25e-07"),
        ("2.5e20::double", "2.5e+20"),
        ("7::double", "7.0"),
        ("0::double", "0.0"),
        ("'inf'::double", "inf"),
        ("9007199254740993::bigint", "9007199254740993"),
    ],
)
def test_people_read_numbers_without_the_bits_of_a_double(lake: Path, number: str, shown: str) -> None:
    report = asked(lake, f"SELECT {number} AS number")

    assert report.lines[2].strip() == shown


def test_programs_get_every_bit_of_a_double(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = "SELECT 0.1::double + 0.2::double AS number"

    asked(lake, query, as_csv=True)

    assert asked(lake, query, as_json=True).data["rows"] == [[0.1 + 0.2]]
    assert capsys.readouterr().out.splitlines() == ["number", "0.30000000000000004"]


def test_long_answers_say_how_many_rows_are_not_shown(lake: Path) -> None:
    report = asked(lake, "SELECT * FROM range(1000)")

    assert report.lines[-1] == "(200 of 1,000 rows; --csv or --json gives all)"
    assert len(report.lines) == 203


@pytest.mark.parametrize(("rows", "said"), [(0, "(0 rows)"), (1, "(1 row)"), (200, "(200 rows)")])
def test_an_answer_ends_with_the_count_of_its_rows(lake: Path, rows: int, said: str) -> None:
    assert asked(lake, f"SELECT * FROM range({rows})").lines[-1] == said


@pytest.mark.parametrize("query", ["SHOW TABLES", "show all tables;", "DESCRIBE", " SHOW  TABLES ; "])
def test_tables_are_shown_by_names_that_can_be_typed(lake: Path, query: str) -> None:
    shown = asked(lake, query, as_json=True).data

    assert shown["columns"] == ["name", "rows", "meaning"]
    assert [row[:2] for row in shown["rows"]] == [["bronze.readings", 3], ["silver.machines", 1]]
    for name, rows, _ in shown["rows"]:
        assert asked(lake, f"SELECT count(*) FROM {name}", as_json=True).data["rows"] == [[rows]]


def test_tables_of_one_layer_are_shown(lake: Path) -> None:
    assert asked(lake, "SHOW TABLES FROM silver").lines[2].startswith("silver.machines")
    assert asked(lake, "SHOW TABLES FROM silver").lines[-1] == "(1 row)"


def test_csv_gives_every_row(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = asked(lake, "SELECT * FROM range(1000)", as_csv=True)

    assert report.lines == ()
    assert capsys.readouterr().out.splitlines() == ["range", *map(str, range(1000))]


def test_json_has_a_form_for_every_kind_of_value(lake: Path) -> None:
    report = asked(lake, "SELECT 'nan'::double a, 1.5::decimal(9,2) b, time '10:00' c, [1] d, {'k': 1} e", as_json=True)

    row = json.loads(json_line(report.data))["rows"][0]
    assert row[:4] == [None, "1.50", "10:00:00", [1]]
    assert row[4] == {"k": 1}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("selec 1", "syntax error"),
        ("SELECT 1; SELECT 2", "got 2 statements"),
        ("COPY (SELECT 1) TO 'out.csv'", "got a COPY statement"),
        ("ATTACH 'other.db'", "got a ATTACH statement"),
        ("INSTALL json", "got a LOAD statement"),
        ("SET threads=1", "got a SET statement"),
        ("CREATE TABLE t (i int)", "got a CREATE statement"),
        ("SELECT * FROM read_text('/etc/hostname')", "disabled by configuration"),
        ("SELECT * FROM glob('/*')", "disabled by configuration"),
        ("SELECT nothing FROM bronze.readings", 'column "nothing" not found'),
        ("SELECT * FROM machine_events", "silver.machine_events: not built yet in .*; run `assay silver`"),
        ("SELECT * FROM gold.predictions", "gold.predictions: not built yet in .*; run `assay score`"),
        ("SELECT * FROM gold.nonsense", r"unknown table 'nonsense'; legal: .*gold\.predictions"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(lake: Path, query: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"(?i){message}"):
        asked(lake, query)


def test_without_a_query_csv_lists_every_column_of_every_table(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = tables(load_profile("azure_pdm"))

    report = asked(lake, None, as_csv=True)

    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert report.lines == ()
    assert [(row["table"], row["column"]) for row in rows] == [
        (name, column.name) for name, table in known.items() for column in table.columns
    ]
    assert {row["table"] for row in rows if row["built"] == "true"} == {"bronze.readings", "silver.machines"}
    age = next(row for row in rows if (row["table"], row["column"]) == ("gold.freshness", "age_h"))
    assert (age["type"], age["unit"], age["column_meaning"]) == ("double", "h", "Hours from then to the check")
    assert age["meaning"] == known["gold.freshness"].description


@pytest.mark.parametrize("query", ["SELECT 1", None], ids=["query", "list"])
def test_csv_and_json_at_once_are_refused(lake: Path, query: str | None) -> None:
    with pytest.raises(UsageError, match="got --csv and --json; legal: one of them"):
        asked(lake, query, as_csv=True, as_json=True)


def test_without_a_query_every_table_of_the_plant_is_listed(lake: Path) -> None:
    report = asked(lake, None)

    text = "\n".join(report.lines)
    assert "gold.predictions  [not built yet]" in text
    assert "bronze.readings  " in text
    assert "bronze.readings  [not built yet]" not in text
    tables = {table["name"]: table for table in report.data["tables"]}
    assert tables["bronze.readings"]["built"]
    assert {"name", "type", "unit", "description"} == set(tables["bronze.readings"]["columns"][0])
