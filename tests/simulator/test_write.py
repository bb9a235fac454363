import hashlib
import json
from pathlib import Path

import pyarrow.parquet
import pytest

from expectations.mapping.file import load_mappings
from simulator.__main__ import main
from simulator.errors import ConfigError
from simulator.plant import SimulationConfig
from simulator.rows import QUARANTINED, REJECTED
from simulator.truth import FeedCounts, Truth
from simulator.write import simulate
from tests.simulator.reread import Found, reread

TINY = SimulationConfig(days=3, machines=3)
SMALL = SimulationConfig(days=10, machines=4, life_scale=0.2)


def _digests(folder: Path) -> dict[str, tuple[str, int]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in files
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth, Found]:
    folder = tmp_path_factory.mktemp("small")
    truth = simulate(SMALL, folder / "landing", folder / "truth")
    return folder, truth, reread(folder / "landing")


def _classes(counts: FeedCounts) -> dict[str, int]:
    plain = {"accepted": counts.accepted, "duplicate": counts.duplicate, "blank": counts.blank}
    return plain | counts.quarantined | counts.rejected


def test_the_same_settings_give_the_same_bytes_and_file_times(tmp_path: Path) -> None:
    for name in ("one", "other"):
        simulate(TINY, tmp_path / name / "landing", tmp_path / name / "truth")

    assert _digests(tmp_path / "one/landing") == _digests(tmp_path / "other/landing")
    assert (tmp_path / "one/truth/truth.json").read_bytes() == (tmp_path / "other/truth/truth.json").read_bytes()


def test_another_seed_gives_other_readings(tmp_path: Path) -> None:
    simulate(TINY, tmp_path / "one/landing", tmp_path / "one/truth")
    simulate(SimulationConfig(days=3, machines=3, seed=7), tmp_path / "other/landing", tmp_path / "other/truth")

    one, other = _digests(tmp_path / "one/landing"), _digests(tmp_path / "other/landing")
    assert one["failures/2026-03-29.csv"] == other["failures/2026-03-29.csv"]  # nothing fails in three days
    assert not {d for p, d in one.items() if "readings" in p and "empty" not in p} & set(other.values())


def test_two_deliveries_leave_what_one_does(tmp_path: Path) -> None:
    whole = simulate(SMALL, tmp_path / "whole/landing", tmp_path / "whole/truth")
    simulate(SMALL, tmp_path / "steps/landing", tmp_path / "steps/truth", steps=(1,))
    second = simulate(SMALL, tmp_path / "steps/landing", tmp_path / "steps/truth", steps=(2,))

    assert second == whole
    assert _digests(tmp_path / "steps/landing") == _digests(tmp_path / "whole/landing")


def test_the_first_delivery_is_counted_by_its_own_files(tmp_path: Path) -> None:
    truth = simulate(SMALL, tmp_path / "landing", tmp_path / "truth", steps=(1,))

    assert reread(tmp_path / "landing").settle() == {k: v for k, v in _classes(truth.feeds["readings"]).items() if v}


def test_a_file_that_grows_keeps_its_beginning(tmp_path: Path) -> None:
    truth = simulate(SMALL, tmp_path / "landing", tmp_path / "truth", steps=(1,))
    path = tmp_path / "landing" / next(file.path for file in truth.files if file.role == "grown")
    before = path.read_bytes()

    simulate(SMALL, tmp_path / "landing", tmp_path / "truth", steps=(2,))

    assert before.endswith(b"\n")
    assert path.read_bytes().startswith(before)
    assert len(path.read_bytes()) > len(before)


def test_the_second_delivery_brings_late_repeated_and_grown_files(tmp_path: Path) -> None:
    first = simulate(SMALL, tmp_path / "landing", tmp_path / "truth", steps=(1,))
    second = simulate(SMALL, tmp_path / "landing", tmp_path / "truth", steps=(2,))

    new = {file.role for file in second.files if file.step == 2}
    assert {"late", "repeated", "retried", "recompressed"} <= new
    for feed, counts in first.feeds.items():
        assert second.feeds[feed].records > counts.records or feed == "machines"


def test_every_count_of_readings_is_found_again_in_the_files(small: tuple[Path, Truth, Found]) -> None:
    _, truth, found = small

    counts = truth.feeds["readings"]
    assert found.settle() == _classes(counts)
    assert counts.records == counts.accepted + found.settle().total() - found.settle()["accepted"]


def test_every_fault_of_the_list_is_in_the_files(small: tuple[Path, Truth, Found]) -> None:
    _, truth, found = small

    expected = {*QUARANTINED, *REJECTED, "conflicting_value", "truncated", "blank", "duplicate"}
    assert expected <= set(found.settle())
    roles = {file.role for file in truth.files}
    assert roles >= {"late", "repeated", "truncated", "retried", "grown", "hidden", "old_time", "empty", "recompressed"}


def test_the_truth_holds_the_exact_silver_readings(small: tuple[Path, Truth, Found]) -> None:
    folder, _, found = small

    rows = pyarrow.parquet.read_table(folder / "truth/readings.parquet").to_pylist()
    silver = {
        (row["sensor_id"], row["metric"], row["measured_at"]): (row["steps"], row["machine_id"], row["factory_id"])
        for row in rows
    }
    assert len(silver) == len(rows)
    assert silver == found.silver()


def test_the_classes_of_every_feed_add_up(small: tuple[Path, Truth, Found]) -> None:
    _, truth, _ = small

    offices = {"machines", "maintenance", "failures", "errors", "answers", "heartbeats", "certificates"}
    assert set(truth.feeds) == {"readings", *offices}
    for counts in truth.feeds.values():
        assert counts.records == counts.accounted


def test_small_feeds_hold_as_many_lines_as_the_truth_says(small: tuple[Path, Truth, Found]) -> None:
    folder, truth, _ = small

    for feed, headers in (("machines", 1), ("failures", 1), ("maintenance", 0), ("errors", 0)):
        files = list((folder / "landing" / feed).iterdir())
        lines = sum(len(path.read_text().splitlines()) - headers for path in files)
        assert lines == truth.feeds[feed].records
    assert truth.feeds["failures"].accepted == len(truth.failures) > 0


def test_every_file_belongs_to_one_mapping(small: tuple[Path, Truth, Found]) -> None:
    folder, _, _ = small
    mappings = load_mappings("simulated")

    for path in (p.relative_to(folder / "landing") for p in (folder / "landing").rglob("*") if p.is_file()):
        assert sum(path.match(glob) for mapping in mappings for glob in mapping.files) == 1, path


def test_without_faults_every_record_is_accepted(tmp_path: Path) -> None:
    config = SimulationConfig(days=3, machines=3, faults=False)
    truth = simulate(config, tmp_path / "landing", tmp_path / "truth")

    for counts in truth.feeds.values():
        assert counts.records == counts.accepted
    assert truth.feeds["readings"].records == 3 * 3 * 5 * 72


def test_the_truth_must_not_lie_where_the_platform_reads(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="outside"):
        simulate(TINY, tmp_path, tmp_path / "truth")


def test_unknown_steps_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"legal: \(1,\), \(2,\), \(1, 2\)"):
        simulate(TINY, tmp_path / "landing", tmp_path / "truth", steps=(2, 1))


def test_the_command_reports_counts_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = ["--landing", str(tmp_path / "landing"), "--truth", str(tmp_path / "truth")]

    code = main([*folders, "--days", "3", "--machines", "3", "--clean"])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["feeds"]["readings"]["accepted"] == 3240


def test_the_command_names_legal_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--landing", str(tmp_path / "landing"), "--truth", str(tmp_path / "truth"), "--machines", "1"])

    assert code == 2
    assert "machines = 1; legal: 3 to 99" in capsys.readouterr().err
