"""What `assay alerts send` does: look at everything, record it, deliver what waits."""

from datetime import datetime

from jobs.alerts.looking import LookError, look_at_all
from jobs.alerts.reporting import report_of, store_failure
from jobs.alerts.sending import Sent, repair, send
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def send_all(settings: Settings, now: datetime) -> RunReport:
    """Look at everything, record it, deliver what waits.

    Raises:
        SettingsError: Settings of a channel are wrong; only the log was used.
        JobError: A look failed; or the alert store cannot be used, and alerts were delivered directly.
    """
    repair(settings)
    try:
        looks = look_at_all(settings, now)
    except LookError as error:
        send(settings, error.found, now)
        raise
    return report_of(_whole(send(settings, looks, now)), settings)


def _whole(sent: Sent) -> Sent:
    """What was sent, where neither settings nor the store prevented a part of it. Raises: as `send_all`."""
    if sent.store_error is not None:
        raise store_failure(sent)
    if sent.settings_error is not None:
        raise sent.settings_error
    return sent
