"""What is wrong with alerting itself."""

from collections.abc import Iterator
from datetime import datetime

from jobs.alerts.breaker import Circuit
from jobs.alerts.channel_states import channel_views
from jobs.alerts.condition import Condition, Severity
from jobs.alerts.store import damaged_files
from jobs.runtime.settings import Settings


def own_conditions(settings: Settings, now: datetime) -> tuple[Condition, ...]:
    """Channels that have failed for a while, and stores that were damaged."""
    return (*_failing(settings, now), *_damaged(settings))


def _failing(settings: Settings, now: datetime) -> Iterator[Condition]:
    for view in channel_views(settings.state):
        if view.state.circuit(now) is not Circuit.CLOSED:
            yield Condition(
                key=f"channel_failing/{view.state.name}",
                severity=Severity.WARNING,
                kind="channel_failing",
                subject=f"alerts do not arrive by {view.state.name}: {view.state.error}",
                detail="repair what the reason names, then run `assay alerts test`; what waits is sent",
                source="alerts",
            )


def _damaged(settings: Settings) -> Iterator[Condition]:
    for path in damaged_files(settings.state):
        yield Condition(
            key=f"alert_store_damaged/{path.name}",
            severity=Severity.WARNING,
            kind="alert_store_damaged",
            subject=f"the alert store was damaged and is moved to {path}",
            detail="what is wrong is reported again, acknowledgements are lost; check the disk, then remove the file",
            source="alerts",
        )
