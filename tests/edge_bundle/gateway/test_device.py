"""What a device has: an old Python, no packages, no network."""

from __future__ import annotations

import ast
import shlex
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from edge_bundle.compiler.gateway_zipapp import PACKAGES, gateway_zipapp, write_gateway_zipapp
from edge_bundle.format.pipeline import TimeRule
from tests.edge_bundle.gateway.plant_files import (
    Record,
    reading_records,
    settled,
    uplink_records,
    write_failures,
    write_readings,
)
from tests.edge_bundle.gateway.plants import sealed, small_bundle_bytes, small_pipeline
from tests.edge_bundle.gateway.runs import small_words
from tests.support.edge_models import TRUSTED

ROOT = Path(__file__).resolve().parents[3]
ON_THE_DEVICE = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "asyncio", "socketserver", "xmlrpc", "telnetlib"}


def old_python() -> str | None:
    """A Python 3.9 that starts: a shim on the PATH may be there without one behind it."""
    candidates = [shutil.which("python3.9"), *sorted(Path.home().glob(".pyenv/versions/3.9*/bin/python"))]
    for candidate in candidates:
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return str(candidate)
    return None


OLD_PYTHON = old_python()


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", ON_THE_DEVICE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_device_imports_the_standard_library_and_its_own_rooms_only(path: Path) -> None:
    names = imported(path)
    ours = {name for name in names if name.split(".")[0] in {"edge_bundle", "domain"}}

    assert all(name.split(".")[0] in sys.stdlib_module_names for name in names - ours)
    assert all(name.replace(".", "/").startswith(PACKAGES) for name in ours)
    assert not {name.split(".")[0] for name in names} & NETWORK


@pytest.mark.parametrize("path", ON_THE_DEVICE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_device_runs_python_3_9(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 9))

    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    keywords = {(ast.unparse(call.func), keyword.arg) for call in calls for keyword in call.keywords}
    assert keywords.isdisjoint({("dataclass", "slots"), ("dataclass", "kw_only"), ("zip", "strict")})  # since 3.10


def run_zipapp(python: str, folder: Path, *readings: Path, limit: str = "") -> subprocess.CompletedProcess[str]:
    """A run of the one file, under a limit of the shell's `ulimit`."""
    words = [*small_words(folder), "--replay", *map(str, readings)]
    app = write_gateway_zipapp(folder / "gateway.pyz")
    command = (
        (f"ulimit {limit}; " if limit else "") + "exec " + shlex.join([python, "-S", "-I", str(app), "run", *words])
    )
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=folder)


def test_the_version_is_told_without_site_packages() -> None:
    command = [sys.executable, "-S", "-m", "edge_bundle.gateway", "--version"]

    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.startswith("assay-gateway 1.")


def test_one_file_runs_the_whole_gateway_on_a_bare_python(tmp_path: Path) -> None:
    readings = write_readings(tmp_path / "readings.jsonl", reading_records(minutes=15))

    done = run_zipapp(sys.executable, tmp_path / "g", readings)

    assert done.returncode == 0, done.stderr
    assert len(settled(uplink_records(tmp_path / "g" / "uplink"))) > 6


@pytest.mark.skipif(OLD_PYTHON is None, reason="no Python 3.9 on this machine")
def test_the_oldest_python_gives_the_same_records(tmp_path: Path) -> None:
    readings = write_readings(tmp_path / "readings.jsonl", reading_records(minutes=15))

    runs = [
        run_zipapp(str(python), tmp_path / name, readings)
        for name, python in (("a", sys.executable), ("b", OLD_PYTHON))
    ]

    assert [run.returncode for run in runs] == [0, 0], runs[1].stderr
    assert settled(uplink_records(tmp_path / "a" / "uplink")) == settled(uplink_records(tmp_path / "b" / "uplink"))


def test_a_full_disk_is_said_and_costs_nothing(tmp_path: Path) -> None:
    """No file may grow beyond 24 kB: the first run breaks off, the second, with room, sends what a whole run sends."""
    readings = write_readings(tmp_path / "readings.jsonl", reading_records())
    whole = run_zipapp(sys.executable, tmp_path / "a", readings)
    tight = run_zipapp(sys.executable, tmp_path / "b", readings, limit="-f 24")
    again = run_zipapp(sys.executable, tmp_path / "b", readings)

    assert (whole.returncode, tight.returncode, again.returncode) == (0, 1, 0), (tight.stderr, again.stderr)
    assert tight.stderr.startswith("assay-gateway: ")
    assert len(tight.stderr.splitlines()) == 1
    assert settled(uplink_records(tmp_path / "a" / "uplink")) == settled(uplink_records(tmp_path / "b" / "uplink"))


def test_more_files_than_can_be_open_are_merged_by_time(tmp_path: Path) -> None:
    by_minute: dict[str, list[Record]] = {}
    for record in reading_records():
        by_minute.setdefault(str(record["measured_at"])[:16], []).append(record)
    files = [write_readings(tmp_path / f"readings_{59 - at}.jsonl", part) for at, part in enumerate(by_minute.values())]
    whole = write_readings(tmp_path / "readings.jsonl", reading_records())

    runs = [
        run_zipapp(sys.executable, tmp_path / "a", whole),
        run_zipapp(sys.executable, tmp_path / "b", *sorted(files), limit="-n 24"),
    ]

    assert [run.returncode for run in runs] == [0, 0], runs[1].stderr
    assert len(files) == 60
    assert settled(uplink_records(tmp_path / "a" / "uplink")) == settled(uplink_records(tmp_path / "b" / "uplink"))


def test_a_run_opens_no_socket_and_loads_no_foreign_module(tmp_path: Path) -> None:
    """An audit hook sees every socket, at the interpreter itself."""
    readings = write_readings(tmp_path / "readings.jsonl", reading_records(minutes=15))
    (tmp_path / "small.bundle").write_bytes(small_bundle_bytes())
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
def refuse(event, args):
    if event.startswith("socket."):
        raise RuntimeError(event)
sys.addaudithook(refuse)
from edge_bundle.gateway.__main__ import main
code = main(["run", "--bundle", "small.bundle", "--trusted-key", {TRUSTED.hex()!r},
    "--state", "state", "--uplink", "up", "--gateway-id", "g1",
    "--replay", {str(readings)!r}])
homes = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
foreign = [home for home in homes if "site-packages" in home or "/compiler/" in home or "/expectations/" in home]
assert not foreign, foreign
sys.exit(code)
"""

    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert done.returncode == 0, done.stderr


def test_a_device_without_time_zones_says_what_to_install_before_the_state_is_made(tmp_path: Path) -> None:
    pipeline = small_pipeline()
    in_berlin = {"failures": TimeRule("at", "local", "Europe/Berlin")}
    sources = tuple(replace(source, time=in_berlin.get(source.name, source.time)) for source in pipeline.sources)
    words = [*small_words(tmp_path), "--replay", str(write_failures(tmp_path / "failures.csv"))]
    (tmp_path / "small.bundle").write_bytes(sealed(replace(pipeline, sources=sources)))
    script = f"""
import sys, zoneinfo
zoneinfo.reset_tzpath(to=[])
sys.path.insert(0, {str(ROOT)!r})
from edge_bundle.gateway.__main__ import main
sys.exit(main(["run", *{words!r}]))
"""

    command = [sys.executable, "-S", "-I", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "no time zone 'Europe/Berlin'" in done.stderr
    assert "tzdata" in done.stderr
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["run"], 2, "required"),
        (["run", "--trusted-key", "zz"], 2, "64 hexadecimal characters"),
        (["run", "--trusted-key", "00" * 32], 3, "bundle refused"),
        (["run", "--bundle", "nowhere"], 1, "nowhere"),
        (["run", "--gateway-id", "a/b"], 2, "gateway id"),
        (["run", "--replay", "small.bundle"], 2, "no source matches"),
    ],
    ids=["nothing", "bad key", "other key", "no bundle", "bad name", "bad file"],
)
def test_each_refusal_has_its_exit_code_and_its_sentence(
    tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    (tmp_path / "small.bundle").write_bytes(small_bundle_bytes())
    options = {
        "--bundle": "small.bundle",
        "--trusted-key": TRUSTED.hex(),
        "--state": "state",
        "--uplink": "up",
        "--gateway-id": "g1",
        "--replay": "readings.jsonl",
    }
    if len(words) > 1:
        write_readings(tmp_path / "readings.jsonl", reading_records(minutes=5))
        options |= {words[1]: words[2]}
        words = ["run", *(word for pair in options.items() for word in pair)]
    app = write_gateway_zipapp(tmp_path / "gateway.pyz")

    done = subprocess.run(
        [sys.executable, "-S", "-I", app, *words], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_the_zipapp_is_the_same_twice() -> None:
    assert gateway_zipapp() == gateway_zipapp()


def test_the_zipapp_holds_its_three_rooms_only(tmp_path: Path) -> None:
    names = zipfile.ZipFile(write_gateway_zipapp(tmp_path / "g.pyz")).namelist()

    assert {name.split("/")[0] for name in names if "/" in name} == {"domain", "edge_bundle"}
    inner = {name.split("/")[1] for name in names if name.startswith("edge_bundle/")}
    assert inner == {"__init__.py", "format", "gateway"}
    assert names == sorted(names)
