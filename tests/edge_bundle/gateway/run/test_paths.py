"""Replayed files whose path says the machine: each is read for its own machine, also where contents are equal."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from edge_bundle.format.errors import ManifestError
from edge_bundle.format.pipeline import Pipeline, Source, TimeRule
from edge_bundle.format.pipeline_bytes import parse
from edge_bundle.gateway.errors import SourceError
from edge_bundle.gateway.input.cells import CellReader
from edge_bundle.gateway.input.files import source_of
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import run
from edge_bundle.gateway.state.store import Store
from tests.edge_bundle.gateway.plants import sealed, small_pipeline
from tests.edge_bundle.gateway.runs import small_call

TEXT = "at,t\n" + "".join(f"2023-01-01T00:{minute:02}:00Z,20.5\n" for minute in range(20))


def _source(name: str, folder: str, **changes: object) -> Source:
    source = Source(
        name, "readings", (f"{folder}/*.csv",), "csv", time=TimeRule("at", "zoned"), columns={"value": "t"},
        constants={"factory_id": "f1", "metric": "temperature", "unit": "C"},
        templates={"sensor_id": "{machine_id}/{metric}"}, path="{machine_id}_{date:%Y%m%d}.csv",
    )  # fmt: skip
    return replace(source, **changes)  # type: ignore[arg-type]  # the names of fields


def _pipeline(*sources: Source) -> Pipeline:
    return replace(small_pipeline(), sources=sources)


def _readings(folder: Path, pipeline: Pipeline, *names: str) -> dict[str, int]:
    """Readings by machine that a run's state holds, after these files are replayed."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT)
    call = small_call(folder, [folder / name for name in names])
    call.bundle.write_bytes(sealed(pipeline))
    totals = run(call, StopSignal()).totals
    return {name: totals.get(name, 0) for name in ("accepted", "scores")}


def test_equal_files_of_two_machines_are_both_read(tmp_path: Path) -> None:
    one = _readings(tmp_path / "one", _pipeline(_source("halls", "halls")), "halls/m1_20230101.csv")
    both = _readings(
        tmp_path / "both", _pipeline(_source("halls", "halls")), "halls/m1_20230101.csv", "halls/m2_20230101.csv"
    )

    assert one["accepted"] == 20
    assert one["scores"] > 0
    assert both == {name: 2 * count for name, count in one.items()}


def test_equal_files_of_two_sources_are_both_read(tmp_path: Path) -> None:
    sources = [
        _source(name, name, path="", constants={**_source("a", "a").constants, "machine_id": machine})
        for name, machine in (("a", "m1"), ("b", "m2"))
    ]

    assert _readings(tmp_path, _pipeline(*sources), "a/1.csv", "b/1.csv")["accepted"] == 40


def test_a_copy_under_another_name_is_read_once(tmp_path: Path) -> None:
    source = _source("halls", "halls", path="{machine_id}_*.csv")

    assert _readings(tmp_path, _pipeline(source), "halls/m1_1.csv", "halls/m1_2.csv")["accepted"] == 20


def test_a_state_of_older_code_knows_a_file_by_its_content_alone(tmp_path: Path) -> None:
    """It had passed over the second file of that content, which is read now."""
    (tmp_path / "state").mkdir()
    store = Store(tmp_path / "state/state.sqlite", "g1", "small")
    store.put_position(hashlib.sha256(TEXT.encode()).hexdigest(), 15, is_done=False)
    store.commit()
    store.close()
    pipeline = _pipeline(_source("halls", "halls"))

    assert _readings(tmp_path, pipeline, "halls/m1_20230101.csv")["accepted"] == 5
    assert _readings(tmp_path, pipeline, "halls/m1_20230101.csv", "halls/m2_20230101.csv")["accepted"] == 25


def test_a_path_that_does_not_fit_is_no_file_of_the_source(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no source matches"):
        source_of(_pipeline(_source("halls", "halls")), tmp_path / "halls/m1_20231301.csv")


def test_an_accent_counts_as_part_of_its_letter(tmp_path: Path) -> None:
    source = _source("halls", "h\u00e4lle")

    found = source_of(_pipeline(source), tmp_path / "ha\u0308lle/mu\u0308hle_20230101.csv")

    assert found.constants["machine_id"] == "m\u00fchle"


def test_a_pattern_that_would_take_long_is_refused() -> None:
    document = _pipeline(_source("halls", "halls", path="{a}{b}{c}{d}{e}.csv")).to_document()

    with pytest.raises(ManifestError, match=r"source halls: 5 names and stars .*; legal: 4"):
        parse(document)


def test_a_pattern_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"source halls: path = 'x\.csv' names nothing"):
        source_of(_pipeline(_source("halls", "halls", path="x.csv")), tmp_path / "halls/x.csv")


def test_a_date_in_the_path_completes_the_clock_of_each_row(tmp_path: Path) -> None:
    clock = TimeRule("date", "local", format="%Y-%m-%d %H:%M", joined=("clock",))
    source = _source("halls", "halls", time=clock)

    found = source_of(_pipeline(source), tmp_path / "halls" / "m1_20230101.csv")

    assert found.time is not None
    assert found.time.columns == ("clock",)
    assert found.time.given == {"date": "2023-01-01"}
    assert CellReader(found).instant({"clock": "06:30"}) == 1_672_554_600_000_000


def test_a_star_matches_folders_too(tmp_path: Path) -> None:
    halls, deep = _source("halls", "halls", path=""), _source("deep", "halls/*/old", path="")

    assert source_of(_pipeline(halls), tmp_path / "halls/north/m1.csv").name == "halls"
    assert source_of(_pipeline(halls, deep), tmp_path / "halls/north/old/m1.csv").name == "deep"
    with pytest.raises(SourceError, match="no source matches"):
        source_of(_pipeline(deep), tmp_path / "halls/north/m1.csv")
    with pytest.raises(SourceError, match="sources halls, again match"):
        source_of(_pipeline(halls, replace(halls, name="again")), tmp_path / "halls/north/m1.csv")
