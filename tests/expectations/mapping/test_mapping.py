"""Mappings refuse what does not fit, in words that say what is legal."""

from pathlib import Path
from typing import Any

import pytest

from expectations.errors import MappingError
from expectations.mapping.file import load_mappings, parse_mapping
from expectations.plant.file import PLANTS
from tests.support.reader_files import COLUMNS, long_mapping, wide_mapping

ROME, UTC_CLOCK = {"kind": "local", "zone": "Europe/Rome"}, {"kind": "local", "zone": "UTC"}


@pytest.mark.parametrize("plant", sorted(path.parent.name for path in PLANTS.glob("*/profile.toml")))
def test_every_shipped_mapping_is_read(plant: str) -> None:
    assert load_mappings(plant)


def test_source_columns_are_listed_once() -> None:
    assert wide_mapping().source_columns == ("at", "sensor", "temp", "speed")


def _columns(**changes: str) -> dict[str, str]:
    return COLUMNS | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colums": {}}, "unknown key 'colums'"),
        ({"feed": "reading"}, "unknown feed 'reading'; legal: alerts"),
        ({"format": "xml"}, "unknown format 'xml'; legal: csv, influx, json, jsonl, parquet"),
        ({"delimiter": "::"}, "unknown delimiter"),
        ({"files": []}, "files is empty"),
        ({"time": {"column": "t", "kind": "utc"}}, "unknown kind 'utc'; legal: epoch, excel, local, zoned"),
        ({"time": {"column": "t", "kind": "local", "zone": "Rome"}}, "unknown zone 'Rome'"),
        ({"time": {"column": "t", "kind": "local"}}, "kind = 'local' without a zone; add `zone`"),
        (
            {"time": {"column": "t", "kind": "epoch", "unit": "weeks"}},
            "unknown unit 'weeks'; legal: 100ns, d, h, min, ms, ns, s, us",
        ),
        ({"columns": _columns(colour="c")}, "unknown column of feed readings 'colour'"),
        ({"columns": {k: v for k, v in COLUMNS.items() if k != "unit"}}, "nothing fills unit"),
        ({"columns": _columns(measured_at="t")}, "fill it by [time]"),
        ({"constants": {"unit": "C"}}, "unit is filled in two ways"),
        ({"machine_of": {"S1": "M1"}}, "machine_id is filled in two ways"),
        ({"constants": {"sequence": "1"}, "columns": {k: v for k, v in COLUMNS.items() if k != "sequence"}}, "no text"),
        ({"templates": {"sensor_id": "{machine"}, "columns": _columns()}, "filled in two ways"),
        ({"columns": _columns(value="sensor_id")}, "read as string and as double"),
        ({"columns": _columns(unit="timestamp")}, "read as time and as string"),
        ({"ignored": ["unit"]}, "read and ignored at once"),
        ({"attributes": {"age": "age"}}, "[attributes] is for feed machines"),
        ({"metrics": {"v": {"metric": "m", "unit": "C"}}}, "belongs to shape wide_by_metric"),
        ({"shape": "wide_by_machine"}, "[machines] belongs to shape wide_by_machine"),
        ({"units": {"temperature": "°X"}}, "unknown unit '°X'"),
        ({"states": {"RUN": "1"}}, "RUN = '1'; legal: a finite number"),
        ({"states": {"RUN": 1}, "missing": ["1"]}, "which `missing` calls no value"),
        ({"corrections": [{"sensor": "S1"}]}, "nothing is corrected"),
        ({"corrections": [{"factor": 0}]}, "factor = 0"),
        ({"corrections": [{"offset": 1, "since": "2026"}]}, "legal: a time with a zone"),
        ({"quality": {"column": "q"}}, "nothing is good"),
        ({"quality": {"column": "q", "good": ["a..b"]}}, "legal: a text, a whole number"),
        ({"quality": {"column": "q", "preset": "opc"}}, "unknown preset 'opc'"),
        ({"time": {"column": 5}}, "not of type str"),
        ({"time": {"column": "t", "kind": "epoch", "zone": "Europe/Rome"}}, "in no zone, so zone = 'Europe/Rome'"),
        ({"time": {"column": "t", "zone": "Europe/Rome"}}, "in no zone, so zone = 'Europe/Rome'"),
        ({"time": {"column": "t", **ROME, "format": "%FT%TZ"}}, "ends with 'Z', which is a zone"),
        ({"time": {"column": "t", **ROME, "format": "%F %H:%M GMT"}}, "ends with 'GMT', which is a zone"),
        ({"time": {"column": "t", **UTC_CLOCK, "format": "%F %T+01:00"}}, "ends with '+01:00', which is a zone"),
        ({"time": {"column": "t", **ROME, "format": "%d.%M.%Y %H:%m"}}, "minutes (%M) beside the date"),
    ],
)
def test_a_mapping_that_contradicts_itself_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(MappingError) as error:
        long_mapping(**changes)

    assert words in str(error.value)
    assert "readings" in str(error.value)


@pytest.mark.parametrize(
    "time",
    [
        {**UTC_CLOCK, "format": "%FT%TZ"},
        {**UTC_CLOCK, "format": "%F %T+00:00"},
        {"kind": "local", "zone": "Etc/GMT-1", "format": "%F %T+01:00"},
        {**ROME, "format": "%H:%M %d.%m.%Y"},
    ],
)
def test_a_zone_that_the_texts_name_is_that_of_the_mapping(time: dict[str, str]) -> None:
    assert long_mapping(time={"column": "t", **time}).time is not None


def test_the_zone_of_a_path_counts_beside_epochs() -> None:
    time = {"column": "t", "kind": "epoch", "unit": "s", "zone": "Europe/Rome"}
    mapping = long_mapping(path="a_{exported_at:%Y%m%d}.jsonl", keep="latest", time=time)

    assert mapping.keep.zone == "Europe/Rome"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{machine", "legal: texts such as"),
        ("{machine_id:>5}", "legal: names in braces only"),
        ("{shelf}", "unknown column 'shelf'; legal: factory_id"),
        ("{value}", "unknown column 'value'"),
        ("{sensor_id}", "unknown column 'sensor_id'"),
    ],
)
def test_a_template_names_text_columns_that_are_filled(template: str, words: str) -> None:
    columns = {name: column for name, column in COLUMNS.items() if name != "sensor_id"}

    with pytest.raises(MappingError) as error:
        long_mapping(columns=columns, templates={"sensor_id": template})

    assert words in str(error.value)


def test_a_table_needs_the_column_that_it_looks_up() -> None:
    columns = {"machine_id": "m", "value": "v", "unit": "u"}

    with pytest.raises(MappingError, match=r"\[names\] needs metric"):
        long_mapping(
            columns=columns,
            names={"a": "b"},
            templates={"metric": "{machine_id}", "sensor_id": "{machine_id}"},
            constants={"factory_id": "F"},
        )


def test_a_divisor_is_above_zero() -> None:
    with pytest.raises(MappingError, match=r"divisor = 0\.0; legal: above 0"):
        wide_mapping(metrics={"temp": {"metric": "t", "unit": "C", "divisor": 0}})


def test_master_data_need_no_time() -> None:
    data: dict[str, object] = {
        "feed": "machines",
        "files": ["m.csv"],
        "format": "csv",
        "columns": {"machine_id": "id"},
        "constants": {"factory_id": "F"},
        "attributes": {"age": "age"},
    }

    assert parse_mapping(data, "m").time is None


def test_a_plant_without_mappings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text("", encoding="utf-8")

    with pytest.raises(MappingError, match="has no mappings"):
        load_mappings(tmp_path)


def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text("", encoding="utf-8")
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "bad.toml").write_text("feed = ", encoding="utf-8")

    with pytest.raises(MappingError, match=r"mapping bad\.toml: not TOML: .*; put texts in quotes, numbers without"):
        load_mappings(tmp_path)


def test_a_file_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text("", encoding="utf-8")
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "bad.toml").write_text('feed = "Öfen"', encoding="latin-1")

    with pytest.raises(MappingError, match=r"mapping bad\.toml: not UTF-8: .*; save the file in that encoding"):
        load_mappings(tmp_path)


def test_a_value_of_another_kind_is_refused_with_how_it_is_written() -> None:
    with pytest.raises(MappingError, match=r"files = 'a' is not of type list; legal: a list, such as \[\"a\", \"b\"\]"):
        parse_mapping({"feed": "readings", "files": "a"}, "m")
