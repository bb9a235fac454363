"""How systemd ends a service (systemd.kill(5)): all of its control group is asked to end, then killed."""

import subprocess
from collections.abc import Mapping
from contextlib import suppress

import psutil

from tests.support.units import Unit

SECONDS = {"": 1.0, "s": 1.0, "min": 60.0}


def stopped(services: Mapping[str, tuple[Unit, subprocess.Popen[str]]]) -> dict[str, tuple[str, int]]:
    """Ends services together, each as its unit says; what each wrote, and its exit code, by name.

    Units of `KillMode=control-group` only. A process that has left its parent is not found, as none of ours does.
    """
    groups = {name: _group(process) for name, (_, process) in services.items()}
    for group in groups.values():
        for process in group:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
    return {name: _end(unit, process, groups[name]) for name, (unit, process) in services.items()}


def stop_seconds(unit: Unit) -> float:
    """`TimeoutStopSec`: how long a service may take to end before it is killed."""
    stated = unit.last("TimeoutStopSec")
    number = stated.rstrip("smin")
    return float(number) * SECONDS[stated.removeprefix(number)]


def _group(process: subprocess.Popen[str]) -> list[psutil.Process]:
    if process.poll() is not None:
        return []
    root = psutil.Process(process.pid)
    return [root, *root.children(recursive=True)]


def _end(unit: Unit, process: subprocess.Popen[str], group: list[psutil.Process]) -> tuple[str, int]:
    assert unit.last("KillMode") == "control-group", unit.name
    lasting = [] if _ends(process, stop_seconds(unit)) else _group(process)
    for member in {*group[1:], *lasting}:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    out, err = process.communicate()
    return out + err, process.returncode


def _ends(process: subprocess.Popen[str], patience_s: float) -> bool:
    """Whether it ends by itself; what it writes meanwhile is read, or a full pipe would stop it."""
    try:
        process.communicate(timeout=patience_s)
    except subprocess.TimeoutExpired:
        return False
    return True
