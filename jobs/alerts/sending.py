"""One send: what the looks found is recorded, what waits is delivered, and the heartbeat says so."""

import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jobs.alerts import breaker, direct, heartbeat
from jobs.alerts.channel_states import heed_clock, set_state, state_of, use
from jobs.alerts.channels import Channel, channels, log_channel
from jobs.alerts.condition import Condition
from jobs.alerts.draining import Result, drain
from jobs.alerts.errors import AlertStateError
from jobs.alerts.message import Origin
from jobs.alerts.observing import open_alerts, record
from jobs.alerts.sender_lock import sender_lock
from jobs.alerts.store import change
from jobs.runtime.exits import sentence
from jobs.runtime.settings import Settings
from lakehouse.errors import SettingsError
from lakehouse.log import log

HEARTBEAT = "heartbeat"
LOOK = "look"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a send waits for another one, and how long it goes on delivering, seconds."""

    patience_s: float
    within_s: float


# A timer's send has time; Airflow ends a callback after 30 s, and whatever waits is sent by the next one.
UNHURRIED, OF_A_CALLBACK = Limits(120.0, 240.0), Limits(3.0, 7.0)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a send did.

    Attributes:
        opened: Keys of alerts that it opened.
        recovered: Keys of alerts that it recovered.
        results: What was delivered and what waits, by channel; empty where another process delivers.
        store_error: Why the store could not be used, so that alerts were delivered directly; None where it could.
        settings_error: Why only the log was used; None where the settings are right.
        direct_failures: Channels that a direct delivery did not reach, and why.
        heartbeat_error: Why the watcher did not take the heartbeat; empty where it did, or none is set.
    """

    opened: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    store_error: Exception | None = None
    settings_error: SettingsError | None = None
    direct_failures: Mapping[str, str] | None = None
    heartbeat_error: str = ""

    @property
    def is_failing(self) -> bool:
        """Whether a channel fails, so that something waits or may wait."""
        return bool(self.heartbeat_error) or any(result.error for result in self.results)


def send(
    settings: Settings,
    looks: Mapping[str, Sequence[Condition]],
    now: datetime,
    limits: Limits = UNHURRIED,
    *,
    beats: bool = True,
) -> Sent:
    """Record what the looks found and deliver what waits.

    Args:
        settings: In force.
        looks: What was found, by scope; empty where nothing was looked at: then there is no heartbeat. Scope `LOOK`
            says which look failed.
        now: The time of the send.
        limits: How long it may take.
        beats: Whether it writes the heartbeat.
    """
    origin = Origin(Path(settings.plant).name, socket.gethostname())
    ways, settings_error = _ways(settings)
    opened: list[str] = []
    recovered: list[str] = []
    try:
        with change(settings.state) as store:
            heed_clock(store, now)
            for scope, conditions in looks.items():
                seen = record(store, scope, conditions, now)
                opened += seen.opened
                recovered += seen.recovered
            direct.recover(store, settings.state, (channel.name for channel in (log_channel(), *ways)), now)
        direct.forget(settings.state)
        results = _deliver(settings, ways, origin, now, limits)
        heartbeat_error = ""
        if looks and beats:
            alerts = open_alerts(settings.state)
            is_looked = looks.get(LOOK) == ()
            beat = heartbeat.heartbeat_of(alerts, results, origin, now, is_looked=is_looked)
            is_right = settings_error is None
            heartbeat_error = _beat(settings, beat if is_right else heartbeat.with_wrong_settings(beat), now)
    except (OSError, AlertStateError) as error:
        log().error("alerts cannot be recorded: %s", sentence(error))
        found = [condition for conditions in looks.values() for condition in conditions]
        failures = direct.deliver_directly(settings.state, ways, found, error, origin, now)
        return Sent(store_error=error, settings_error=settings_error, direct_failures=failures)
    return Sent(
        tuple(opened), tuple(recovered), results, settings_error=settings_error, heartbeat_error=heartbeat_error
    )


def repair(settings: Settings) -> None:
    """Move a damaged store aside before anything is read from it. That it cannot be written comes up again later."""
    with suppress(OSError, AlertStateError), change(settings.state):
        pass


def _ways(settings: Settings) -> tuple[tuple[Channel, ...], SettingsError | None]:
    """The channels beside the log; where their settings are wrong, none, and why."""
    try:
        return channels(settings), None
    except SettingsError as error:
        log().error("alerts go to the log only: %s", error)
        return (), error


def _deliver(
    settings: Settings, ways: Sequence[Channel], origin: Origin, now: datetime, limits: Limits
) -> tuple[Result, ...]:
    with sender_lock(settings.state, limits.patience_s) as is_ours:
        if not is_ours:
            log().info("alerts: another process delivers what waits")
            return ()
        return drain(settings.state, (log_channel(), *ways), origin, now, limits.within_s)


def _beat(settings: Settings, beat: heartbeat.Heartbeat, now: datetime) -> str:
    """Write the heartbeat and post it; why the watcher did not take it, or nothing."""
    heartbeat.write(settings.state, beat)
    if settings.alerts.heartbeat_url is None:
        return ""
    error = heartbeat.ask(settings.alerts, beat)
    with change(settings.state) as store:
        # Of level 1: nobody is notified by it, so that no alert is kept for it.
        use(store, [(HEARTBEAT, 1)], now)
        known = state_of(store, HEARTBEAT)
        set_state(store, breaker.delivered(known, now) if error is None else breaker.failed(known, str(error), now))
    if error is None:
        return ""
    log().warning("alerts: the heartbeat was not taken: %s", error)
    return str(error)
