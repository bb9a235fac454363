"""Every example of the page of mapping keys, and of the guide: its mapping reads its file as the page says."""

import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from expectations.mapping.editor_schemas import mapping_schema
from expectations.mapping.file import parse_mapping
from expectations.mapping.landed_path import at_path
from expectations.mapping.presets import with_preset
from expectations.units import UNITS
from tests.support.reader_files import Read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
GUIDE = PAGE.with_name("bring_your_own_plant.md")
_EXAMPLE = re.compile(r"```toml\n(.*?)```\s*```(?:csv|json|text)\n(.*?)```\s*```text\n(.*?)```", re.DOTALL)
EXAMPLES = _EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
_OTHER_SOURCES = GUIDE.read_text(encoding="utf-8").partition("### Two other sources\n")[2]
OF_GUIDE = _EXAMPLE.findall(_OTHER_SOURCES.partition("\n## ")[0])
_ALL = [*EXAMPLES, *OF_GUIDE]
_FILE = re.compile(r"# the file is (\S+)\n")
# Keys that no text can show, and where a test reads a file by them.
ELSEWHERE = {
    "tag_table": "tests/field_cases/pivot_tags",
    "samples.column": "tests/bronze/readers/test_waveforms.py",
    "samples.encoding": "tests/bronze/readers/test_waveforms.py",
    "samples.scale": "tests/bronze/readers/test_waveforms.py",
}


@pytest.mark.parametrize(("mapping", "content", "expected"), _ALL, ids=range(len(_ALL)))
def test_an_example_reads_what_the_page_says(mapping: str, content: str, expected: str) -> None:
    parsed = parse_mapping(tomllib.load(io.BytesIO(mapping.encode())), "example")
    if named := _FILE.match(mapping):
        parsed = at_path(parsed, named[1])

    encoding = "utf-8" if parsed.encoding == "auto" else parsed.encoding

    for use_fast in (True, False):
        assert _shown(Read(content.encode(encoding), parsed, use_fast=use_fast)) == expected.splitlines()


def test_every_key_is_part_of_an_example() -> None:
    guide = re.findall(r"mappings/\w+\.toml`:\n\n```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    texts = [*(mapping for mapping, _, _ in _ALL), *guide]
    shown = {key for text in texts for key in _keys(with_preset(tomllib.loads(text), "example"))}
    shown |= {key.replace("time.", "exported.") for key in shown if key.startswith("time.")}  # a time of the same form

    assert set(_keys_of(mapping_schema())) - shown - {"preset"} == ELSEWHERE.keys()


def _keys(table: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[str]:
    """Every key of a mapping; of the columns of `[metrics]` what each may have."""
    for key, value in table.items():
        yield ".".join((*at, key))
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Mapping):
                yield from _keys(inner, (*at, "*" if at == ("metrics",) else key))


def _keys_of(schema: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[str]:
    for key, one in schema.get("properties", {}).items():
        yield ".".join((*at, key))
        for inner, name in ((one, key), (one.get("items"), key), (one.get("additionalProperties"), "*")):
            if isinstance(inner, Mapping):
                yield from _keys_of(inner, (*at, key) if name == key else (*at, key, name))


def test_every_mapping_of_the_page_is_part_of_an_example() -> None:
    assert len(EXAMPLES) == PAGE.read_text(encoding="utf-8").count("```toml\n")
    assert len(OF_GUIDE) == 2


_OF_FEED = {
    "measured_at": ("machine_id", "sensor_id", "metric", "value", "unit"),
    "started_at": ("machine_id", "sensor_id", "rate_hz", "unit", "encoding", "sample_count"),
    "occurred_at": ("machine_id", "function_id", "code", "kind", "part", "response_time_ms", "outcome"),
    "answered_at": ("machine_id", "answer", "answered_by", "note"),
    "sent_at": ("gateway_id", "software_version", "battery_pct", "uptime_s"),
    "summarised_at": ("gateway_id", "first_sequence", "last_sequence"),
    "not_after": ("gateway_id", "machine_id", "certificate", "not_before"),
}


def _shown(read: Read) -> list[str]:
    rows = []
    for row in read.rows:
        time = next(name for name in _OF_FEED if name in row)
        said = " ".join(str(row[name]) for name in _OF_FEED[time] if name in row)
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
