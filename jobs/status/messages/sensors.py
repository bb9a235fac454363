"""Words on sensors that cannot be believed."""

from collections.abc import Iterator, Sequence

from jobs.alerts.condition import Severity
from jobs.status.item import Item
from jobs.status.machine_facts import SensorFound, SensorState

SHOWN = 5
STEP = "look at the sensor, its cable and its calibration: `assay ask sensor_health` has the figures"


def sensor_items(sensors: SensorState) -> Iterator[Item]:
    """One condition for each machine with such sensors; one line where there is none."""
    by_machine: dict[tuple[str, str], list[SensorFound]] = {}
    for one in sensors.found:
        by_machine.setdefault((one.factory_id, one.machine_id), []).append(one)
    for (factory, machine), found in by_machine.items():
        more = f" and {len(found) - SHOWN} more sensors" if len(found) > SHOWN else ""
        text = f"{machine} ({factory}): {'; '.join(map(_words, found[:SHOWN]))}{more}, up to {sensors.until}"
        yield Item("sensors", text, _severity(found), STEP, f"sensor_health/{factory}/{machine}")
    if not by_machine:
        yield Item("sensors", f"none of {sensors.looked_at:,} sensors has a finding, up to {sensors.until}")


def _words(one: SensorFound) -> str:
    reported = f" (its source says bad: {one.bad})" if one.bad else ""
    return f"sensor {one.sensor_id} of {one.metric} {', '.join(one.findings).replace('_', ' ')}{reported}"


def _severity(found: Sequence[SensorFound]) -> Severity:
    """A date that is over is a thing to plan, a value that is wrong is one to go and look at."""
    is_due_only = all(one.findings == ("calibration_overdue",) for one in found)
    return Severity.INFO if is_due_only else Severity.WARNING
