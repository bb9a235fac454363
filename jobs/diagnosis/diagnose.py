"""Everything that is looked at, in the order of the output."""

from collections.abc import Callable, Iterator

from jobs.diagnosis import alerting, delays, failures, folders, lake, machine, maintenance, plant, running
from jobs.diagnosis.finding import Finding
from jobs.runtime.settings import Settings

_CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    machine.version,
    machine.python,
    machine.java,
    machine.jars,
    machine.kernel,
    plant.plant,
    plant.mappings,
    folders.folders,
    folders.disk,
    lake.lake,
    failures.failures,
    delays.delays,
    maintenance.maintenance,
    plant.keys,
    running.lock,
    running.engine,
    running.ports,
    alerting.alerts,
)


def diagnose(settings: Settings) -> Iterator[Finding]:
    """Every finding, one at least for each thing looked at."""
    for check in _CHECKS:
        yield from check(settings)
