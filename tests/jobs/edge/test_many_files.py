"""`assay gateway replay` on more files than a command line can name."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from jobs.runtime.settings import Settings
from tests.support.commands import assay
from tests.support.model_lake import clone

AZURE = Path(__file__).resolve().parents[3] / "expectations" / "plants" / "azure_pdm"
HEADER = "datetime,machineID,volt,rotate,pressure,vibration\n"
LONGEST_PATH = 3_900
"""Bytes; Linux takes 4,096."""


def plant_of_many_files(folder: Path) -> str:
    """A copy of the plant's profile whose telemetry comes in folders."""
    plant = shutil.copytree(AZURE, folder / "plants" / "azure_pdm")
    mapping = plant / "mappings" / "telemetry.toml"
    mapping.write_text(mapping.read_text().replace('"PdM_telemetry.csv"', '"*/PdM_telemetry.csv"'))
    return str(plant)


def deep_folder(folder: Path) -> Path:
    """A folder below another whose path is as long as paths may be."""
    while len(str(folder)) < LONGEST_PATH - 200:
        folder /= "d" * min(200, LONGEST_PATH - 1 - len(str(folder)))
    folder.mkdir(parents=True)
    return folder


def test_all_of_landing_is_replayed_where_a_command_line_could_not_name_its_files(
    sealed_lake: Settings, tmp_path: Path
) -> None:
    deep = deep_folder(tmp_path / "landing")
    settings = replace(clone(sealed_lake, tmp_path), landing=deep, plant=plant_of_many_files(tmp_path))
    assay(settings, "bundle", "build")
    count = os.sysconf("SC_ARG_MAX") // len(str(deep)) + 1
    for number in range(count):
        (deep / f"{number}").mkdir()
        row = f"2015-01-{1 + number // 24:02} {number % 24:02}:00:00,1,170.5,450.25,100.125,40.0625\n"
        (deep / f"{number}" / "PdM_telemetry.csv").write_text(HEADER + row)

    report = assay(settings, "gateway", "replay")

    assert report.data["totals"]["accepted"] == 4 * count
