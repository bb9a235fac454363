"""Units that a column of a mapping is not in, and what a row of units says."""

from datetime import UTC, datetime
from typing import Any

from domain.record.units_row import other_unit
from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping
from expectations.mapping.other_units import other_units


def _mapping(cell: dict[str, object], **keys: Any) -> Mapping:
    document: dict[str, object] = {
        "feed": "readings", "files": ["a/*.csv"], "format": "csv", "shape": "wide_by_metric", "time": {"column": "at"},
        "constants": {"machine_id": "P1", "factory_id": "north"}, "templates": {"sensor_id": "{machine_id}/{metric}"},
        "metrics": {"t": {"metric": "temperature", "unit": "C"} | cell}, "csv": {"skip_after_header": 1},
    }  # fmt: skip
    return parse_mapping(document | keys, "a")


def _reported(cell: dict[str, object], text: str, **keys: Any) -> bool:
    return other_unit(["at", "t"], ["", text], other_units(_mapping(cell, **keys))) is not None


def test_another_unit_of_the_quantity_is_reported_whatever_its_spelling() -> None:
    assert [text for text in ("F", "[°F]", "degF", "(K)", " degF ") if not _reported({}, text)] == []
    assert [text for text in ("C", "[°C]", "degC", "", "bar", "PT100", "min") if _reported({}, text)] == []


def test_units_of_one_size_are_one() -> None:
    pressure: dict[str, object] = {"metric": "pressure", "unit": "mbar"}

    assert not _reported(pressure, "hPa")
    assert _reported(pressure, "bar")


def test_a_column_with_a_scale_or_a_corrected_unit_is_not_compared() -> None:
    corrections = [{"column": "t", "since": datetime(2026, 11, 2, 6, tzinfo=UTC), "unit": "F"}]

    assert not _reported({"divisor": 10}, "F")
    assert not _reported({"factor": 12.5, "offset": -100}, "F")
    assert not _reported({}, "F", corrections=corrections)
