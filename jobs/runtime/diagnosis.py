"""What can be wrong with this machine, these settings and this lake; each finding says what to do."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from edge_bundle.format.kernel import ARCHITECTURES, library_name
from expectations.contract import LAYERS
from expectations.errors import ContractError, ProfileError
from expectations.mapping_checks import strange_to
from expectations.mapping_file import load_mapping, mapping_paths
from expectations.plant_file import load_profile
from jobs.runtime.arrow_data import open_data
from jobs.runtime.delta import Lake
from jobs.runtime.engine.errors import EngineError
from jobs.runtime.engine.kept import kept_engine
from jobs.runtime.errors import UsageError
from jobs.runtime.jar_lock import pinned_jars
from jobs.runtime.lock import holder, is_held
from jobs.runtime.plant import check_owner
from jobs.runtime.settings import Settings

# Source: a day of the demo plant and its engine's scratch need 1 GB; below 5 GB a larger plant is close to its end.
_DISK_FAIL_GB, _DISK_WARN_GB = 1.0, 5.0
_AIRFLOW_PORT = 8080
_RIGHTS = "run as its owner, or mend its rights"
_SET_LAKE = "set lake (ASSAY_LAKE) to a folder you may write"


class Level(StrEnum):
    """How a finding stands: fine, worth knowing, or in the way of work."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what to do where it is not fine."""

    subject: str
    level: Level
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.level:<4}  {self.subject:<8}  {self.found}{remedy}"


def diagnose(settings: Settings) -> Iterator[Finding]:
    """Every finding, one at least for each thing looked at."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _java,
        _jars,
        _kernel,
        _plant,
        _mappings,
        _folders,
        _disk,
        _lake,
        _lock,
        _engine,
        _ports,
    )
    for check in checks:
        yield from check(settings)


def java_version() -> int | None:
    """The major version of the Java that Spark would run; None where there is none."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else "java"
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=30).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r'version "(\d+)', said)
    return int(match[1]) if match else None


def _python(_settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 12)
    remedy = "" if fits else "3.11 or 3.12 is needed: make clean, then PYTHON=/path/to/python3.11 make setup"
    yield Finding("python", Level.OK if fits else Level.FAIL, f"{version}, {sys.prefix}", remedy)


def _java(_settings: Settings) -> Iterator[Finding]:
    version = java_version()
    fits = version is not None and version >= 17
    found = "no Java on the PATH or in JAVA_HOME" if version is None else f"Java {version}"
    remedy = "" if fits else "17 or newer is needed; on Debian: apt-get install openjdk-17-jre-headless"
    yield Finding("java", Level.OK if fits else Level.FAIL, found, remedy)


def _jars(_settings: Settings) -> Iterator[Finding]:
    folder = Path(sys.prefix) / "jars"
    pinned = pinned_jars()
    faults = [fault for jar in pinned if (fault := jar.fault(folder / jar.file_name))]
    strange = sorted({path.name for path in folder.glob("*.jar")} - {jar.file_name for jar in pinned})
    for fault in faults:
        yield Finding("jars", Level.FAIL, fault, "remove it and .venv/.setup/jars, then: make setup")
    for name in strange:
        yield Finding("jars", Level.WARN, f"{name} is not one of ours", f"remove {folder / name}")
    if not faults and not strange:
        yield Finding("jars", Level.OK, f"{len(pinned)} jars, digests as pinned")


def _kernel(_settings: Settings) -> Iterator[Finding]:
    folder = Path(sys.prefix) / "kernel"
    missing = [name for name in map(library_name, ARCHITECTURES) if not (folder / name).is_file()]
    if missing:
        remedy = "remove .venv/.setup/kernel, then: make setup"
        yield Finding("kernel", Level.FAIL, f"{', '.join(missing)} not in {folder}", remedy)
    else:
        yield Finding("kernel", Level.OK, f"built for {', '.join(ARCHITECTURES)}")


def _plant(settings: Settings) -> Iterator[Finding]:
    try:
        profile = load_profile(settings.plant)
    except ContractError as error:
        yield Finding("plant", Level.FAIL, str(error), "mend the profile, or set plant (ASSAY_PLANT)")
        return
    yield Finding("plant", Level.OK, f"{profile.name}: {len(profile.metrics)} metrics")
    try:
        check_owner(Lake(settings.lake), profile)
    except UsageError as error:
        yield Finding("plant", Level.FAIL, str(error))


def _mappings(settings: Settings) -> Iterator[Finding]:
    """One finding for each mapping that cannot be read, or that the profile contradicts; else one for all."""
    try:
        paths = mapping_paths(settings.plant)
    except ProfileError:
        return  # the finding on the plant says it
    except ContractError as error:
        yield Finding("mappings", Level.FAIL, str(error))
        return
    faults = [finding for path in paths for finding in _mapping(settings, path)]
    yield from faults or [Finding("mappings", Level.OK, f"{', '.join(path.stem for path in paths)} can be read")]


def _mapping(settings: Settings, path: Path) -> Iterator[Finding]:
    try:
        mapping = load_mapping(path)
    except ContractError as error:
        yield Finding("mappings", Level.FAIL, str(error), f"mend {path}")
        return
    with suppress(ContractError):  # of the profile: the finding on the plant says it
        for words in strange_to(mapping, load_profile(settings.plant)):
            remedy = f"such readings go to quarantine: mend {path} or the profile"
            yield Finding("mappings", Level.WARN, f"mapping {mapping.name}: {words}", remedy)


def _folders(settings: Settings) -> Iterator[Finding]:
    yield _landing(settings.landing)
    if settings.keys.is_dir() and settings.keys.stat().st_mode & 0o077:
        yield Finding("keys", Level.FAIL, f"{settings.keys} is open to others", f"chmod 700 {settings.keys}")


def _landing(landing: Path) -> Finding:
    if not landing.is_dir():
        what = "no folder" if landing.exists() else "not there"
        return Finding("landing", Level.WARN, f"{landing} is {what}", "make it, or set landing (ASSAY_LANDING)")
    if not os.access(landing, os.R_OK | os.X_OK):
        return Finding("landing", Level.FAIL, f"{landing} may not be read", _RIGHTS)
    shut: list[OSError] = []
    for _ in os.walk(landing, onerror=shut.append):
        pass
    if shut:
        found = (
            f"{landing}: {len(shut)} folders in it may not be read, {shut[0].filename} first: their files are left out"
        )
        return Finding("landing", Level.WARN, found, "mend their rights, or move them out")
    return Finding("landing", Level.OK, str(landing))


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = next(path for path in (settings.lake, *settings.lake.parents) if path.exists())
    free = shutil.disk_usage(folder).free / 1e9
    level = Level.FAIL if free < _DISK_FAIL_GB else Level.WARN if free < _DISK_WARN_GB else Level.OK
    yield Finding("disk", level, f"{free:.1f} GB free at {folder}", "" if level is Level.OK else "make room")


def _lake(settings: Settings) -> Iterator[Finding]:
    lake = settings.lake
    if not lake.exists():
        yield _unmade(lake)
        return
    if not lake.is_dir():
        yield Finding("lake", Level.FAIL, f"{lake} is no folder", _SET_LAKE)
        return
    if not _is_ours(lake):
        yield Finding("lake", Level.FAIL, f"{lake} cannot be read and written", _RIGHTS)
        return
    tables = [log.parent for layer in LAYERS for log in sorted((lake / layer).glob("*/_delta_log"))]
    for shut in [folder for table in tables for folder in (table, table / "_delta_log") if not _is_ours(folder)]:
        yield Finding("lake", Level.FAIL, f"{shut} cannot be read and written", _RIGHTS)
    broken = [(table, reason) for table in tables if (reason := _unreadable(table))]
    for table, reason in broken:
        remedy = "restore the table, or move it away and run its job again"
        yield Finding("lake", Level.FAIL, f"{table.parent.name}.{table.name} cannot be opened: {reason}", remedy)
    if not broken:
        yield Finding("lake", Level.OK, f"{lake}: {len(tables)} tables can be opened")


def _unmade(lake: Path) -> Finding:
    """A lake that is not there yet, and whether the first run can make it."""
    parent = next(path for path in lake.parents if path.exists())
    if parent.is_dir() and _is_ours(parent):
        return Finding("lake", Level.OK, f"{lake} is not there yet; the first run makes it")
    return Finding("lake", Level.FAIL, f"{lake} is not there yet, and cannot be made in {parent}", _SET_LAKE)


def _is_ours(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def _unreadable(table: Path) -> str | None:
    """Why a table's newest state cannot be read; None where it can, with every file that it names."""
    from deltalake.exceptions import DeltaError
    from pyarrow.fs import FileType

    try:
        data = open_data(table)
    except (DeltaError, OSError) as error:
        return str(error).splitlines()[0]
    lost = [info for info in data.filesystem.get_file_info(data.files) if info.type is not FileType.File]
    return f"{len(lost)} of {len(data.files)} data files are gone, {lost[0].base_name} first" if lost else None


def _lock(settings: Settings) -> Iterator[Finding]:
    who = holder(settings.lake)
    if is_held(settings.lake):
        yield Finding("lock", Level.OK, f"the lake is held by {who or 'another user'}")
    elif who is not None:
        yield Finding(
            "lock", Level.OK, f"free; the last holder, {who}, was killed: its next run goes on where it ended"
        )
    else:
        yield Finding("lock", Level.OK, "the lake is free")


def _engine(settings: Settings) -> Iterator[Finding]:
    try:
        engine = kept_engine(settings.state)
    except EngineError as error:
        yield Finding("engine", Level.FAIL, str(error))
        return
    if engine is None:
        stale = (settings.state / "engine.json").exists()
        remedy = "its state file is left over; assay engine stop removes it" if stale else ""
        yield Finding("engine", Level.WARN if stale else Level.OK, "none is kept", remedy)
        return
    expired = sorted(set(engine.leases) - set(engine.live_leases(datetime.now(UTC))))
    for run in expired:
        yield Finding("engine", Level.WARN, f"the lease of {run} has expired", f"assay engine release {run}")
    yield Finding("engine", Level.OK, f"process {engine.pid}, started by a {engine.started_by}")


def _ports(_settings: Settings) -> Iterator[Finding]:
    """A port that is taken is no fault: the one who has it may be our Airflow."""
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", _AIRFLOW_PORT)) == 0
    found = f"{_AIRFLOW_PORT} of 127.0.0.1 is {'taken' if taken else 'free'}"
    remedy = "if not by our Airflow, start it with another --port" if taken else ""
    yield Finding("ports", Level.WARN if taken else Level.OK, found, remedy)
