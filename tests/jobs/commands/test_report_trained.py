"""The page on models that `assay train` really wrote."""

from pathlib import Path

import pytest

from jobs.runtime.settings import Settings
from tests.support.commands import assay

pytestmark = pytest.mark.spark


def test_the_card_of_a_trained_champion_has_its_figures_with_denominators(champion: Settings, tmp_path: Path) -> None:
    report = assay(champion, "report", "--out", str(tmp_path / "report.html"))

    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    events = report.data["model"]["failure"]["events"]
    assert 0 <= events["caught_failures"] <= events["tested_failures"]
    assert events["tested_failures"] >= 5
    assert "Failure within 24h" in page
    assert f"{events['caught_failures']} of {events['tested_failures']}" in page
    assert any(f"of {events['tested_failures']}" in line for line in report.lines)
