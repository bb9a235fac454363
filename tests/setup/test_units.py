"""The units of systemd: whole, hardened, of no machine, and as docs/operations.md describes them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.cli import COMMANDS
from tests.support.units import Unit, rendered

REPO = Path(__file__).parents[2]
GUIDE = (REPO / "docs" / "operations.md").read_text()
DATA = "/srv/plant-1/assay"
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed here; .ci/run installs it")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("units")


@pytest.fixture(scope="module")
def units(folder: Path) -> dict[str, Unit]:
    return rendered(REPO, folder, "--data", DATA, "--user", "plant", "--port", "8181", "--engine-memory", "3g")


def services(units: dict[str, Unit]) -> list[Unit]:
    return [unit for name, unit in units.items() if name.endswith(".service")]


def test_every_marker_is_filled_in(folder: Path, units: dict[str, Unit]) -> None:
    assert len(units) >= 18
    assert not [path.name for path in folder.iterdir() if re.search(r"@[A-Z_]+@", path.read_text())]


def test_no_path_but_the_checkouts_the_datas_and_the_systems_is_named(folder: Path, units: dict[str, Unit]) -> None:
    for name in units:
        text = (folder / name).read_text().replace(str(REPO), "CHECKOUT").replace(DATA, "DATA")
        assert not set(re.findall(r"(?<![\w/:])/[\w./-]+", text)) - {"/run/assay", "/bin/sh"}, name


def test_each_service_is_bounded_and_shut_in(units: dict[str, Unit]) -> None:
    for unit in services(units):
        assert unit.last("User") == unit.last("Group") == "plant"
        assert unit.last("NoNewPrivileges") == unit.last("PrivateTmp") == "yes"
        assert (unit.last("ProtectSystem"), unit.last("ReadWritePaths")) == ("strict", DATA)
        assert unit.last("CapabilityBoundingSet") == ""
        assert unit.last("MemoryMax").endswith(("M", "G")), unit.name
        assert unit.all("TimeoutStartSec") or unit.last("Restart") == "always", unit.name


def test_what_runs_for_long_starts_again_and_has_time_to_end(units: dict[str, Unit]) -> None:
    for name in ("assay-engine", "assay-airflow-scheduler", "assay-airflow-api-server", "assay-airflow-dag-processor"):
        unit = units[f"{name}.service"]
        assert unit.last("Restart") in ("always", "on-failure")
        assert (unit.last("KillSignal"), unit.last("SuccessExitStatus")) == ("SIGTERM", "143")
        assert unit.last("TimeoutStopSec").endswith("min")


def test_a_job_is_tried_again_only_where_that_helps(units: dict[str, Unit]) -> None:
    for name in ("refine", "quality", "upkeep", "train"):
        unit = units[f"assay-{name}.service"]
        assert (unit.last("Type"), unit.last("Restart")) == ("oneshot", "on-failure")
        assert unit.last("RestartPreventExitStatus") == "2 3"
        assert (3 in map(int, unit.all("SuccessExitStatus"))) == (name == "train")
        assert unit.commands("ExecStopPost") == [[f"{REPO}/setup/systemd/report.sh", f"assay-{name}"]]


def test_each_command_is_one_of_assay(units: dict[str, Unit]) -> None:
    assay = re.compile(rf"{re.escape(str(REPO))}/\.venv/bin/assay ([a-z]+)")
    named = {name for unit in services(units) for line in unit.all("ExecStart") for name in assay.findall(line)}

    assert {"engine", "ingest", "silver", "gold", "score", "train", "promote", "bundle", "upkeep", "alerts"} <= named
    assert named <= set(COMMANDS)


def test_each_timer_has_its_service_and_each_target_what_it_wants(units: dict[str, Unit]) -> None:
    timers = [name for name in units if name.endswith(".timer")]
    wanted = {
        word for name, unit in units.items() if name.endswith(".target") for line in unit.all("Wants")
        for word in line.split()
    }  # fmt: skip

    assert not [name for name in timers if name.replace(".timer", ".service") not in units]
    assert set(timers) <= wanted <= set(units)


def test_the_command_by_hand_has_the_account_and_the_settings_of_the_units(
    folder: Path, units: dict[str, Unit]
) -> None:
    script = folder / "assay"
    given = units["assay-refine.service"].environment

    checked = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)

    assert (checked.returncode, script.stat().st_mode & 0o777) == (0, 0o755), checked.stderr
    assert f"sudo -u {given['USER']} env" in script.read_text()
    for name in ("ASSAY_SETTINGS", "HOME", "XDG_RUNTIME_DIR"):
        assert f" {name}={given[name]} " in script.read_text()
    assert f'{REPO}/.venv/bin/assay "$@"' in script.read_text()


def test_only_one_of_the_two_ways_is_in_force(units: dict[str, Unit]) -> None:
    assert units["assay-jobs.target"].last("Conflicts") == "assay-airflow.target"
    assert units["assay-airflow.target"].last("Conflicts") == "assay-jobs.target"


@needs_systemd
def test_systemd_takes_every_unit_without_a_word(folder: Path, tmp_path: Path, units: dict[str, Unit]) -> None:
    """The commands that they start have to be there for it, so it is shown units whose commands are `true`."""
    for name in units:
        text = re.sub(rf"(Exec\w+=-?){re.escape(str(REPO))}\S*", r"\1/bin/true", (folder / name).read_text())
        (tmp_path / name).write_text(text)

    done = subprocess.run(
        [str(ANALYZE), "verify", *map(str, sorted(tmp_path.iterdir()))], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_systemd_finds_each_service_little_exposed(folder: Path, units: dict[str, Unit]) -> None:
    """Exposure goes from 0 to 10; systemd calls what is below 2.5 ok or better, and an ordinary service has 9.6."""
    for unit in services(units):
        done = subprocess.run(
            [str(ANALYZE), "security", "--offline=true", "--threshold=25", "--no-pager", str(folder / unit.name)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-400:] + done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "var/lib/assay"], "--data is 'var/lib/assay'; legal: an absolute path"),
        (["--data", "/srv/plant one"], "legal: an absolute path of letters, digits"),
        (["--data", "/srv/100%"], "legal: an absolute path of letters, digits"),
        (["--user", "root"], "--user 'root'; legal: an account's name, and not root"),
        (["--user", "A B"], "legal: an account's name"),
        (["--port", "0"], "--port 0; legal: 1 to 65535"),
        (["--engine-memory", "lots"], "--engine-memory 'lots'; legal: a whole number with m or g"),
    ],
    ids=["relative", "blank", "percent", "root", "no account", "port", "memory"],
)
def test_what_no_unit_can_hold_is_refused_and_nothing_is_written(words: list[str], said: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "setup.render_units", "--out", str(tmp_path / "out"), *words]

    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)

    assert (done.returncode, (tmp_path / "out").exists()) == (2, False)
    assert done.stderr.startswith("systemd: ")
    assert said in done.stderr


def test_the_guide_names_every_unit_that_runs_something_and_no_other(units: dict[str, Unit]) -> None:
    started = {name for name in units if name.endswith((".timer", ".target"))}
    started |= {unit.name for unit in services(units) if unit.name.replace(".service", ".timer") not in units}
    named = set(re.findall(r"assay-[a-z-]+\.(?:service|timer|target)", GUIDE))

    assert started <= named <= set(units)


def test_the_guide_says_when_each_timer_strikes(units: dict[str, Unit]) -> None:
    rows = {row.split("|")[1].strip().strip("`"): row for row in GUIDE.splitlines() if row.startswith("| `assay-")}

    for name in ("quality", "upkeep", "train", "airflow-tidy"):
        at = units[f"assay-{name}.timer"].last("OnCalendar").split(" ")[1]
        assert f"{at[:5]} UTC" in rows[f"assay-{name}.timer"]
    assert units["assay-refine.timer"].last("OnCalendar") == "*-*-* *:07:00"
    assert "at minute 7" in rows["assay-refine.timer"]


def test_every_command_of_assay_in_the_guide_is_one(units: dict[str, Unit]) -> None:
    del units
    named = set(re.findall(r"(?:^|`)assay ([a-z]+)", GUIDE, re.MULTILINE))

    assert named
    assert named <= set(COMMANDS)
