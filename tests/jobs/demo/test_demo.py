"""`make demo`: what it refuses to clear, and how a step that fails ends it."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jobs.airflow_local import RunState, TaskState
from jobs.demo import run as demo
from jobs.demo.dag_runs import DemoError, check_bundled
from simulator.plant import SimulationConfig


def stage(folder: Path) -> demo.Stage:
    return demo.Stage(folder, days=3, rounds=5)


def test_a_folder_that_is_not_a_demos_is_not_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    code = demo.main(["--folder", str(tmp_path)])

    assert code == 1
    assert "is not a demo's folder; name an empty one with --folder" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_a_demo_made_is_cleared_for_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    demo._clear(folder)
    (folder / "lake").mkdir()
    (folder / "report.html").write_text("old")

    demo._clear(folder)

    assert [path.name for path in folder.iterdir()] == [".assay-demo"]


def test_every_process_of_a_demo_stays_in_its_folder(tmp_path: Path) -> None:
    environment = stage(tmp_path).environment

    assert environment.pop("ASSAY_PLANT") == "simulated"
    assert all(Path(value).parent == tmp_path for value in environment.values())
    assert set(environment) == {"ASSAY_LAKE", "ASSAY_LANDING", "ASSAY_KEYS", "ASSAY_STATE"}


def test_a_command_that_fails_ends_the_demo_with_its_name_and_code(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"`assay simulate --truth .* ended with code 2"):
        demo._assay(stage(tmp_path), "simulate", "--truth", str(tmp_path / "landing" / "truth"))


def test_the_commands_of_the_demo_take_its_settings(tmp_path: Path) -> None:
    said = json.loads(demo._assay(stage(tmp_path), "settings", "--json"))

    assert str(tmp_path / "lake") in json.dumps(said)


def test_each_clock_is_after_the_records_that_land_before_it() -> None:
    config = SimulationConfig(days=120)
    first, second = (datetime.fromisoformat(text) for text in (demo.FIRST_CLOCK, demo.SECOND_CLOCK))

    assert config.ends_at - timedelta(days=config.second_step_days) < first < config.ends_at < second


def test_a_lake_without_edge_scores_ends_the_demo(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "truth.json").write_text(json.dumps({"feeds": {}}))
    counts = ("batch", "edge", "pairs", "equal_digests", "equal_margins", "equal_path_lengths")
    said: dict[str, dict[str, int]] = {name: {} for name in ("accounting", "quarantine", "rejected", "model", "bundle")}
    (tmp_path / "summary.json").write_text(json.dumps({**said, "scores": dict.fromkeys(counts, 0)}))

    with pytest.raises(DemoError, match="scores: no pair among 0 batch and 0 edge scores"):
        demo._check(stage(tmp_path), lambda _: None)


@pytest.mark.parametrize(
    ("note", "told"),
    [("cost: 9, must be below 8", "cost: 9, must be below 8"), ("", "its reasons are in gold.gate_decisions")],
    ids=["with a note", "without"],
)
def test_a_refused_model_ends_the_demo_with_the_reason(note: str, told: str) -> None:
    training = RunState("retrain_monthly", "r1", "success", note, (TaskState("bundle", "skipped", 0, 0.0, ""),))

    with pytest.raises(DemoError, match=f"the gate let no model through: {told}; with more --days or --rounds"):
        check_bundled(training)


def test_a_model_that_was_sealed_lets_the_demo_go_on() -> None:
    check_bundled(RunState("retrain_monthly", "r1", "success", "", (TaskState("bundle", "success", 1, 2.0, "2026"),)))
