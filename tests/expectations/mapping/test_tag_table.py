"""A table of tags beside a mapping."""

from pathlib import Path

import pytest

from expectations.errors import MappingError
from expectations.mapping.file import load_mapping

WIDE = """
feed = "readings"
files = ["*"]
format = "csv"
shape = "wide_by_metric"
tag_table = "tags.csv"
[time]
column = "t"
[constants]
factory_id = "F1"
[templates]
sensor_id = "{machine_id}/{metric}"
"""
LONG = WIDE.replace('shape = "wide_by_metric"\n', "").replace(
    "[templates]\n" + 'sensor_id = "{machine_id}/{metric}"',
    '[columns]\nsensor_id = "tag"\nmetric = "tag"\nvalue = "v"',
)


def write(folder: Path, mapping: str, tags: str) -> Path:
    (folder / "tags.csv").write_text(tags, encoding="utf-8")
    path = folder / "one.toml"
    path.write_text(mapping, encoding="utf-8")
    return path


def test_a_tag_is_a_column_of_a_wide_file(tmp_path: Path) -> None:
    mapping = load_mapping(
        write(tmp_path, WIDE, "tag,machine,metric,unit,factor\nA.T,P1,temperature,°C,0.1\nB,P2,p,bar,\n")
    )

    found = [(cell.column, cell.machine, cell.metric, cell.unit, cell.factor) for cell in mapping.metrics]
    assert found == [("A.T", "P1", "temperature", "°C", 0.1), ("B", "P2", "p", "bar", 1.0)]


def test_a_tag_of_a_long_file_has_its_machine_metric_and_unit(tmp_path: Path) -> None:
    mapping = load_mapping(write(tmp_path, LONG, "tag,machine,metric,unit\nA.T,P1,temperature,C\nB,P2,pressure,bar\n"))

    assert mapping.machine_of == {"A.T": "P1", "B": "P2"}
    assert mapping.names == {"A.T": "temperature", "B": "pressure"}
    assert mapping.units == {"temperature": "C", "pressure": "bar"}


@pytest.mark.parametrize(
    ("mapping", "tags", "words"),
    [
        (WIDE, "tag,machine,metric,unit\nA,P1,t,C\nA,P2,t,C\n", "a tag is there twice"),
        (WIDE, "tag,maschine\nA,P1\n", "got column 'maschine'; legal columns: tag, machine"),
        (WIDE, "tag,machine,metric,unit\n", "got no line"),
        (WIDE, "tag,machine,metric,unit,factor\nA,P1,t,C,x\n", "legal: numbers with a decimal point"),
        (WIDE, "tag,machine,metric,unit\nA,P1,t,C\nB,,t,C\n", "B names no machine, others do"),
        (LONG, "tag,machine,metric,unit\nA,P1,t,C\nB,P1,t,F\n", "A has another unit than other tags of its metric"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(tmp_path: Path, mapping: str, tags: str, words: str) -> None:
    with pytest.raises(MappingError, match=words):
        load_mapping(write(tmp_path, mapping, tags))


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, WIDE, "")
    (tmp_path / "tags.csv").unlink()

    with pytest.raises(MappingError, match="legal: a CSV file beside the mapping"):
        load_mapping(path)
