"""Every example of the page of mapping keys, and of the guide: its mapping reads its file as the page says."""

import io
import re
import tomllib
from pathlib import Path

import pytest

from expectations.mapping.file import parse_mapping
from expectations.units import UNITS
from tests.support.reader_files import Read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
GUIDE = PAGE.with_name("bring_your_own_plant.md")
_EXAMPLE = re.compile(r"```toml\n(.*?)```\s*```(?:csv|json|text)\n(.*?)```\s*```text\n(.*?)```", re.DOTALL)
EXAMPLES = _EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
_OTHER_SOURCES = GUIDE.read_text(encoding="utf-8").partition("### Two other sources\n")[2]
OF_GUIDE = _EXAMPLE.findall(_OTHER_SOURCES.partition("\n## ")[0])
_ALL = [*EXAMPLES, *OF_GUIDE]


@pytest.mark.parametrize(("mapping", "content", "expected"), _ALL, ids=range(len(_ALL)))
def test_an_example_reads_what_the_page_says(mapping: str, content: str, expected: str) -> None:
    parsed = parse_mapping(tomllib.load(io.BytesIO(mapping.encode())), "example")

    encoding = "utf-8" if parsed.encoding == "auto" else parsed.encoding

    for use_fast in (True, False):
        assert _shown(Read(content.encode(encoding), parsed, use_fast=use_fast)) == expected.splitlines()


def test_every_mapping_of_the_page_is_part_of_an_example() -> None:
    assert len(EXAMPLES) == PAGE.read_text(encoding="utf-8").count("```toml\n")
    assert len(OF_GUIDE) == 2


_OF_FEED = {
    "measured_at": ("machine_id", "sensor_id", "metric", "value", "unit"),
    "started_at": ("machine_id", "sensor_id", "rate_hz", "unit", "encoding", "sample_count"),
    "occurred_at": ("machine_id", "function_id", "kind", "part", "response_time_ms", "outcome"),
}


def _shown(read: Read) -> list[str]:
    rows = []
    for row in read.rows:
        time = next(name for name in _OF_FEED if name in row)
        said = " ".join(str(row[name]) for name in _OF_FEED[time])
        rows.append(f"{row[time]:%Y-%m-%dT%H:%M:%S}{_fraction(row[time].microsecond)}Z {said}")
    blank = [f"blank: {read.blank}"] if read.blank else []
    return [*rows, *blank, *(f"{entry['reason']}: {entry['detail']}" for entry in read.rejected)]


def _fraction(microseconds: int) -> str:
    return f".{microseconds:06}".rstrip("0") if microseconds else ""


def test_the_page_names_every_unit_beside_its_quantity() -> None:
    lines = set(PAGE.read_text(encoding="utf-8").splitlines())
    symbols: dict[str, list[str]] = {}
    for one in UNITS.values():
        symbols.setdefault(one.quantity, []).append(f"`{one.symbol}`")

    assert {f"| {quantity} | {' '.join(names)} |" for quantity, names in symbols.items()} <= lines
