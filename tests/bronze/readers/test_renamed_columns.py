"""Optional columns that a file lacks while it has a new one: reported, and where the names are alike refused."""

import pytest

from tests.support.reader_files import Read, wide_mapping

METRICS = {
    "temp": {"metric": "temperature", "unit": "C"},
    "speed": {"metric": "rotation", "unit": "rpm", "optional": True},
}


@pytest.mark.parametrize("use_fast", [True, False])
def test_a_new_column_of_like_name_is_the_optional_one_renamed(use_fast: bool) -> None:
    content = b"at,sensor,temp,Speed\n2026-01-01T00:00:00Z,a,1,2\n"

    read = Read(content, wide_mapping(metrics=METRICS), use_fast=use_fast)

    assert read.rows == []
    assert read.reasons == ["missing_column", "missing_column"]
    assert read.rejected[0]["detail"].startswith("column 'speed' of mapping wide is not, and 'Speed' is in the header")


@pytest.mark.parametrize("use_fast", [True, False])
def test_a_new_column_beside_an_absent_one_is_a_warning_with_both_names(use_fast: bool) -> None:
    content = b"at,sensor,temp,torque\n2026-01-01T00:00:00Z,a,1,2\n"

    read = Read(content, wide_mapping(metrics=METRICS), use_fast=use_fast)

    assert [(row["metric"], row["value"], row["_rescued"]) for row in read.rows] == [
        ("temperature", 1.0, '{"torque": "2"}')
    ]
    assert [(entry["reason"], entry["record_count"]) for entry in read.rejected] == [("missing_column", 0)]
    assert "optional column 'speed' of mapping wide is not, and 'torque' is new" in read.rejected[0]["detail"]


def test_an_ignored_column_is_not_new() -> None:
    content = b"at,sensor,temp,torque\n2026-01-01T00:00:00Z,a,1,2\n"

    assert Read(content, wide_mapping(metrics=METRICS, ignored=["torque"])).rejected == []
