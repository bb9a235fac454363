"""`assay gateway replay`: the gateway process on landed files, and one clear sentence where it cannot run."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

from jobs import cli
from jobs.edge.signing import load_key
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from tests.support.commands import assay, snapshot
from tests.support.model_lake import clone, model_settings

pytestmark = pytest.mark.spark
ROOT = Path(__file__).resolve().parents[3]
HEADER = "datetime,machineID,volt,rotate,pressure,vibration\n"


@pytest.fixture
def landed(champion: Settings, tmp_path: Path) -> Settings:
    """A sealed champion, and two days of one machine in landing beside a file that is nobody's."""
    settings = clone(champion, tmp_path)
    settings.landing.mkdir(exist_ok=True)
    rows = [f"2015-01-0{1 + hour // 24} {hour % 24:02}:00:00,1,170.5,450.25,100.125,40.0625" for hour in range(48)]
    (settings.landing / "PdM_telemetry.csv").write_text(HEADER + "\n".join(rows) + "\n")
    (settings.landing / "README.txt").write_text("what lies here\n")
    return settings


def test_landed_files_are_replayed_and_the_uplink_lands_below_uplink(landed: Settings) -> None:
    report = assay(landed, "gateway", "replay")

    files = [path.name for path in (landed.landing / "uplink" / "gateway-1").iterdir()]
    assert (report.changed, report.data["bundle"]) == (True, "azure_pdm@1.0.0+1")
    assert (report.data["totals"]["accepted"], report.data["totals"]["scores"]) == (4 * 48, 48)
    assert sorted(files) == sorted(report.data["files"])


def test_what_is_unpacked_for_a_replay_goes_with_it(landed: Settings) -> None:
    file = landed.landing / "PdM_telemetry.csv"
    file.write_bytes(zstandard.compress(file.read_bytes()))

    report = assay(landed, "gateway", "replay")
    (state,) = (landed.state / "gateways").iterdir()
    left_by_a_killed_one = state / "unpacked" / "old.csv"
    left_by_a_killed_one.parent.mkdir()
    left_by_a_killed_one.write_text("old")
    again = assay(landed, "gateway", "replay")

    assert (report.data["totals"]["accepted"], again.data["totals"]["accepted"]) == (4 * 48, 4 * 48)
    assert not left_by_a_killed_one.parent.exists()


def test_replaying_again_takes_no_reading_twice(landed: Settings) -> None:
    assay(landed, "gateway", "replay")
    before = snapshot(landed.landing)

    again = assay(landed, "gateway", "replay")

    assert (again.changed, again.data["totals"]["accepted"]) == (False, 4 * 48)
    assert snapshot(landed.landing) == before


def test_the_replays_clock_is_the_one_it_was_given(landed: Settings) -> None:
    report = assay(landed, "gateway", "replay", as_of="2015-01-02T00:00:00Z")

    later = 4 * 23  # readings of 01:00 and after: beyond the ten minutes that a clock may be ahead
    totals = report.data["totals"]
    assert (totals["accepted"], sum(totals.values()) - totals["scores"] - totals["accepted"] >= later) == (4 * 25, True)


@pytest.mark.parametrize(("grace", "late"), [("0", 4 * 24), ("86400", 0)], ids=["scored at once", "a day of grace"])
def test_a_file_in_disorder_is_whole_where_there_is_grace(landed: Settings, grace: str, late: int) -> None:
    """The second day's readings stand before the first's."""
    header, *rows = (landed.landing / "PdM_telemetry.csv").read_text().splitlines(keepends=True)
    (landed.landing / "PdM_telemetry.csv").write_text("".join([header, *rows[24:], *rows[:24]]))

    report = assay(landed, "gateway", "replay", "--grace", grace)

    assert report.data["totals"]["accepted"] == 4 * 48
    assert report.data["totals"].get("late", 0) == late


def test_another_landing_folder_is_another_gateway(landed: Settings, tmp_path: Path) -> None:
    assay(landed, "gateway", "replay")
    second = replace(landed, landing=tmp_path / "second")
    second.landing.mkdir()
    shutil.copy(landed.landing / "PdM_telemetry.csv", second.landing)

    report = assay(second, "gateway", "replay")

    assert (report.changed, report.data["totals"]["scores"]) == (True, 48)


def test_vectors_and_files_are_named_from_the_callers_folder(landed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(landed.landing)

    assay(landed, "gateway", "replay", "PdM_telemetry.csv", "--features-out", "f.jsonl", "--uplink", "up")

    assert len((landed.landing / "f.jsonl").read_text().splitlines()) == 48
    assert list((landed.landing / "up").glob("*edge_scores*"))


def test_without_a_bundle_it_says_what_to_run(champion: Settings, tmp_path: Path) -> None:
    settings = model_settings(tmp_path, champion.engine)

    with pytest.raises(UsageError, match="no champion's bundle; run `assay train`"):
        assay(settings, "gateway", "replay")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.csv",), "nowhere.csv is no file"),
        (("..",), "is a folder outside landing"),
        (("README.txt",), "no source matches"),
        (("--recorded", "atlantis"), "no reading of factory 'atlantis'"),
        (("--gateway-id", "a/b"), "gateway id"),
    ],
    ids=["absent", "folder", "foreign", "factory", "name"],
)
def test_what_cannot_be_replayed_is_one_sentence_and_code_2(
    landed: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(landed.landing)
    for name in ("lake", "landing", "keys", "state", "plant", "engine"):
        monkeypatch.setenv(f"ASSAY_{name.upper()}", str(getattr(landed, name)))

    code = cli.main(["gateway", "replay", *words, "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert (code, said in answer["error"]) == (2, True), answer
    assert "Traceback" not in answer["error"]


def test_a_wrong_header_is_one_sentence_and_code_2(landed: Settings) -> None:
    (landed.landing / "PdM_telemetry.csv").write_text("datetime,machineID,volt\n2015-01-01 00:00:00,1,1\n")

    with pytest.raises(UsageError, match="column 'rotate' of source telemetry is missing"):
        assay(landed, "gateway", "replay")


def test_an_empty_landing_folder_is_told(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    settings.landing.mkdir(exist_ok=True)

    with pytest.raises(UsageError, match=r"nothing in .* that a gateway of plant azure_pdm could replay"):
        assay(settings, "gateway", "replay")


def gateway(settings: Settings, bundle: Path, *before: str) -> "subprocess.CompletedProcess[str]":
    """The process as a device runs it."""
    state, key = settings.state / "g", load_key(settings.keys).public.hex()
    command = [
        *before, sys.executable, "-S", "-m", "edge_bundle.gateway", "run", "--bundle", str(bundle),
        "--trusted-key", key, "--state", str(state),
        "--uplink", str(state / "up"), "--gateway-id", "g1", "--replay", str(settings.landing / "PdM_telemetry.csv"),
    ]  # fmt: skip
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_gateway_refuses_a_changed_bundle_with_code_3(landed: Settings, tmp_path: Path) -> None:
    (path,) = (landed.lake / "bundles").iterdir()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "changed.assay").write_bytes(data)

    done = gateway(landed, tmp_path / "changed.assay")

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-1].startswith("assay-gateway: bundle refused: ")
    assert not (landed.state / "g").exists()


def test_the_gateway_runs_where_there_is_no_network_at_all(landed: Settings) -> None:
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let us make a network namespace (unshare -n)")
    (path,) = (landed.lake / "bundles").iterdir()

    done = gateway(landed, path, "unshare", "-n")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["totals"]["scores"] == 48
