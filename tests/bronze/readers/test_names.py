"""Names are read without blanks around them and in one normal form, in every format, on both paths alike."""

import pytest

from tests.bronze.readers.test_optional_columns import both_roads, content
from tests.support.reader_files import long_mapping

ROW = {"at": "2026-01-01T00:00:00Z", "sensor": "a", "machine": "M1", "metric": "temperature", "value": 1.5, "unit": "C"}
COLUMNS = {"sensor_id": "sensor", "machine_id": "machine", "metric": "metric", "value": "value", "unit": "unit"}
TIME = {"column": "at", "kind": "zoned"}


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet"])
def test_blanks_and_the_form_of_an_accent_are_no_part_of_a_name(file_format: str) -> None:
    rows = [ROW, {**ROW, "machine": " M1 "}, {**ROW, "sensor": "u\u0308"}, {**ROW, "machine": "  "}]
    mapping = long_mapping(format=file_format, time=TIME, columns=COLUMNS, constants={"factory_id": "F1"}, templates={})

    read = both_roads(content(file_format, *rows), mapping)

    assert [row["machine_id"] for row in read.rows] == ["M1"] * 3
    assert [row["sensor_id"] for row in read.rows] == ["a", "a", "\u00fc"]
    assert [entry["reason"] for entry in read.rejected] == ["missing_field"]
