"""Schemas for editors: every profile and mapping of the repository is valid, and what no loader takes is not."""

import json
import re
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]  # the library brings no types

from expectations.mapping.editor_schemas import mapping_schema, profile_schema
from expectations.tables.counters import CHANGES

ROOT = Path(__file__).resolve().parents[3]
MAPPING, PROFILE = mapping_schema(), profile_schema()
PAGES = [ROOT / "docs" / name for name in ("mapping.md", "identity.md", "bring_your_own_plant.md")]
BLOCKS = [
    (page.name, text) for page in PAGES for text in re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
]
PLAIN: dict[str, Any] = {
    "feed": "readings", "files": ["*"], "time": {"column": "t"},
    "columns": {"sensor_id": "s", "metric": "m", "value": "v"}, "units": {"m": "C"},
    "constants": {"machine_id": "M", "factory_id": "F"},
}  # fmt: skip


def errors(schema: dict[str, Any], data: object) -> list[str]:
    """What a schema says against a document; editors see a time as its text."""
    plain = json.loads(
        json.dumps(data, default=lambda one: one.isoformat() if isinstance(one, date | datetime) else one)
    )
    return [f"{list(error.path)}: {error.message}" for error in Draft7Validator(schema).iter_errors(plain)]


def documents(pattern: str) -> list[Path]:
    found = [path for room in ("expectations", "tests", "bench", "simulator") for path in (ROOT / room).rglob(pattern)]
    return sorted(found)


def test_both_are_schemas() -> None:
    Draft7Validator.check_schema(MAPPING)
    Draft7Validator.check_schema(PROFILE)


def test_every_profile_of_the_repository_is_valid() -> None:
    found = documents("profile*.toml")

    assert len(found) > 3
    wrong = {str(path): errors(PROFILE, tomllib.loads(path.read_text("utf-8"))) for path in found}
    assert {path: said for path, said in wrong.items() if said} == {}


def test_every_mapping_of_the_repository_is_valid() -> None:
    found = documents("mappings/*.toml")

    assert len(found) > 100
    wrong = {str(path): errors(MAPPING, tomllib.loads(path.read_text("utf-8"))) for path in found}
    assert {path: said for path, said in wrong.items() if said} == {}


def test_every_mapping_of_the_pages_is_valid() -> None:
    mappings = [(name, tomllib.loads(text)) for name, text in BLOCKS]
    mappings = [(name, data) for name, data in mappings if "files" in data]

    assert len(mappings) >= 30
    assert [said for _, data in mappings if (said := errors(MAPPING, data))] == []


def test_every_key_of_the_page_of_mapping_keys_is_in_the_schema() -> None:
    page = PAGES[0].read_text("utf-8")
    rows = re.findall(r"^\| (`[a-z_`, ]+) \|", page, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    values = {"refuse", "by_order", "first", "second", "latest", "largest", "smallest", "none", "version"}
    values |= set(CHANGES)

    assert named - values > {"encoding", "delimiter", "decimal", "zone", "marks", "since", "preset"}
    assert named - values - _keys(MAPPING) - _keys(PROFILE) == set()  # a counter is one by its profile


@pytest.mark.parametrize(
    "change",
    [
        {"feeds": "readings"}, {"feed": "reading"}, {"format": "xml"}, {"files": "*"}, {"missing": [1]},
        {"time": {"column": "t", "kinds": "local"}}, {"time": {"column": "t", "unit": "weeks"}}, {"csv": {"skip": "1"}},
        {"metrics": {"c": {"metric": "m", "unit": "C", "scale": 2}}}, {"quoted_numbers": "true"}, {"preset": "opc"},
        {"corrections": [{"faktor": 2}]}, {"keep": "newest"},
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_key_or_value_is_marked(change: dict[str, Any]) -> None:
    assert errors(MAPPING, PLAIN) == []
    assert errors(MAPPING, PLAIN | change) != []


def _keys(schema: object) -> set[str]:
    """Every key at any depth."""
    if isinstance(schema, dict):
        own = set(schema.get("properties", {})) if isinstance(schema.get("properties"), dict) else set()
        return own.union(*map(_keys, schema.values())) if schema else own
    return set().union(*map(_keys, schema)) if isinstance(schema, list) else set()
