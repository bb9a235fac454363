"""A plant that no bundle can hold is refused before its models are trained, and says what is too much."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.models.train import train_new
from jobs.models.wish import Wish
from lakehouse.errors import UsageError
from tests.support.plane import Plane
from tests.support.small_plant import LINES, write_small_plant

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
RESIDUALS = '\n[residuals]\ntemperature = { explained_by = ["pressure"] }\n'
BOTH = 'pressure = { explained_by = ["temperature"] }\n'


def _refusal(root: Path, profile: str = "", levels: int = 2, **mappings: str) -> str:
    plane = Plane(root, "none", str(write_small_plant(root, profile, **mappings)))
    path = root / "small" / "profile.toml"
    names = ", ".join(f'"T{number}"' for number in range(levels))
    text = path.read_text().replace('"HOT", "COLD"', f'"HOT", {names}')
    path.write_text(text.replace('windows = ["3h"]', 'windows = ["3h", "6h"]'))
    with pytest.raises(UsageError) as refused:
        train_new(plane.settings, Wish("24h"), AS_OF)
    return str(refused.value)


def _metrics(count: int) -> str:
    return "".join(
        f'\n[metrics.m{number}]\nunit = "bar"\nresolution = 0.1\nminimum = 0\nmaximum = 9\n' for number in range(count)
    )


def test_a_fit_for_each_of_many_machine_models(tmp_path: Path) -> None:
    refusal = _refusal(tmp_path, RESIDUALS, 256)

    assert "none is trained: got 257 levels of machine_model with a fit each; legal: at most 256" in refusal


def test_more_features_than_a_row_has(tmp_path: Path) -> None:
    assert "none is trained: pipeline: 1029 features; legal are at most 1024" in _refusal(tmp_path, _metrics(254))


def test_more_features_than_a_row_has_with_its_residual_columns(tmp_path: Path) -> None:
    refusal = _refusal(tmp_path, RESIDUALS + BOTH + _metrics(252))

    assert "got 1,025 features and residual columns; legal: at most 1,024" in refusal


def test_a_mapping_that_no_device_can_read(tmp_path: Path) -> None:
    assert "device = false" in _refusal(tmp_path, lines=LINES.replace('format = "jsonl"', 'format = "parquet"'))


def test_a_plant_that_fits_is_asked_for_its_rows(tmp_path: Path) -> None:
    assert "no rows yet" in _refusal(tmp_path, RESIDUALS)
