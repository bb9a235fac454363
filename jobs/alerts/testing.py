"""`assay alerts test`: one message through each channel, whatever quiet hours and circuits say."""

import socket
import time
import uuid
from datetime import datetime
from pathlib import Path

from jobs.alerts import breaker, heartbeat
from jobs.alerts.channel_states import set_state, state_of, use
from jobs.alerts.channels import Channel, channels, log_channel
from jobs.alerts.draining import TRY_S, attempt
from jobs.alerts.message import Origin, compose_test
from jobs.alerts.sending import HEARTBEAT
from jobs.alerts.store import change
from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def report_of_test(settings: Settings, now: datetime) -> RunReport:
    """Send the test message and say what happened on each channel; exit code 3 where one failed.

    A channel that answers is in use again: its circuit is closed, and the next send delivers what waits.

    Raises:
        SettingsError: The settings of a channel are wrong.
        AlertStateError: The store cannot be used.
    """
    origin = Origin(Path(settings.plant).name, socket.gethostname())
    errors = {channel.name: _try(channel, origin, now) for channel in (log_channel(), *channels(settings))}
    if settings.alerts.heartbeat_url is not None:
        beat = heartbeat.heartbeat_of((), (), origin, now, is_looked=False)
        error = heartbeat.ask(settings.alerts, beat)
        errors[HEARTBEAT] = "" if error is None else str(error)
    _record(settings, errors, now)
    lines = tuple(f"{name}: {f'failed: {error}' if error else 'delivered'}" for name, error in errors.items())
    if len(errors) == 1:
        lines += ("only the log is configured; [alerts] in assay.toml adds a webhook and mail, see docs/alerts.md",)
    data = {"channels": [{"channel": name, "error": error} for name, error in errors.items()]}
    code = ExitCode.REFUSED if any(errors.values()) else ExitCode.DONE
    return RunReport("alerts", changed=False, lines=lines, data=data, exit_code=code)


def _try(channel: Channel, origin: Origin, now: datetime) -> str:
    message = compose_test(str(uuid.uuid4()), origin, now)
    error = attempt(channel, message, 1, time.monotonic() + TRY_S)
    return "" if error is None else str(error)


def _record(settings: Settings, errors: dict[str, str], now: datetime) -> None:
    with change(settings.state) as store:
        known_levels = {channel.name: channel.policy.level for channel in channels(settings)}
        use(store, [(name, known_levels.get(name, int(name == HEARTBEAT))) for name in errors], now)
        for name, error in errors.items():
            known = state_of(store, name)
            set_state(store, breaker.failed(known, error, now) if error else breaker.delivered(known, now))
