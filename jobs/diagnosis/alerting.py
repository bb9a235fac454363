"""Who is notified when something is wrong, and whether that works."""

from collections.abc import Iterator
from datetime import UTC, datetime

from jobs.alerts.breaker import Circuit
from jobs.alerts.channel_states import channel_views
from jobs.alerts.channels import channels
from jobs.alerts.errors import AlertStateError
from jobs.diagnosis.finding import Finding, Level
from jobs.runtime.settings import Settings
from lakehouse.errors import SettingsError

_SUBJECT = "alerts"


def alerts(settings: Settings) -> Iterator[Finding]:
    """The channels that are configured, and those that fail."""
    try:
        names = [channel.name for channel in channels(settings)]
        views = channel_views(settings.state)
    except SettingsError as error:
        # A variable of the timer's unit may be missing in a person's shell: worth knowing, no more.
        yield Finding(_SUBJECT, Level.WARN, f"go to the log only with the settings of here: {error}")
        return
    except (AlertStateError, OSError) as error:
        yield Finding(_SUBJECT, Level.FAIL, str(error))
        return
    now = datetime.now(UTC)
    for view in views:
        if view.state.error:
            is_open = view.state.circuit(now) is not Circuit.CLOSED
            found = f"{view.state.name} fails, {view.waiting} messages wait: {view.state.error}"
            yield Finding(_SUBJECT, Level.FAIL if is_open else Level.WARN, found, "repair it, then assay alerts test")
    remedy = "" if names else "[alerts] in assay.toml adds a webhook and mail, see docs/alerts.md"
    yield Finding(_SUBJECT, Level.OK, f"go to the log{''.join(f', {name}' for name in names)}", remedy)
