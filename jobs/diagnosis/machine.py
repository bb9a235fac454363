"""This machine: the Python, the Java, the jars, the kernel."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from edge_bundle.format.kernel import ARCHITECTURES, library_name
from jobs.diagnosis.finding import Finding, Level
from jobs.runtime.settings import Settings
from jobs.runtime.version import version as whole_version
from lakehouse.engine.jars import pinned_jars


def java_version() -> int | None:
    """The major version of the Java that Spark would run; None where there is none."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else "java"
    try:
        output = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=30).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r'version "(\d+)', output)
    return int(match[1]) if match else None


def python(_settings: Settings) -> Iterator[Finding]:
    """Whether our libraries install on this Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 12)
    remedy = "" if fits else "3.11 or 3.12 is needed: make clean, then PYTHON=/path/to/python3.11 make setup"
    yield Finding("python", Level.OK if fits else Level.FAIL, f"{version}, {sys.prefix}", remedy)


def version(_settings: Settings) -> Iterator[Finding]:
    """Which Assay this is, and whether what is installed is what it is pinned to."""
    ours = whole_version()
    first, _, pinned = str(ours).partition("\n")
    yield Finding("version", Level.OK, first)
    for package, wanted in (("pyspark", ours.spark), ("delta-spark", ours.delta)):
        found = _installed(package)
        if found != wanted:
            words = f"{package} {found or 'is not'} installed, {wanted} is pinned"
            yield Finding("version", Level.FAIL, words, "make setup")
    yield Finding("version", Level.OK, pinned)


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def java(_settings: Settings) -> Iterator[Finding]:
    """Whether Spark runs on the Java of this machine."""
    version = java_version()
    fits = version is not None and version >= 17
    found = "no Java on the PATH or in JAVA_HOME" if version is None else f"Java {version}"
    remedy = "" if fits else "17 or newer is needed; on Debian: apt-get install openjdk-17-jre-headless"
    yield Finding("java", Level.OK if fits else Level.FAIL, found, remedy)


def jars(_settings: Settings) -> Iterator[Finding]:
    """Whether each jar of the engine is the pinned one, and no other is beside them."""
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


def kernel(_settings: Settings) -> Iterator[Finding]:
    """Whether the scoring kernel was built for each kind of gateway."""
    folder = Path(sys.prefix) / "kernel"
    missing = [name for name in map(library_name, ARCHITECTURES) if not (folder / name).is_file()]
    if missing:
        remedy = "remove .venv/.setup/kernel, then: make setup"
        yield Finding("kernel", Level.FAIL, f"{', '.join(missing)} not in {folder}", remedy)
    else:
        yield Finding("kernel", Level.OK, f"built for {', '.join(ARCHITECTURES)}")
