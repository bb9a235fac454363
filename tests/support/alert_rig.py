"""Settings of alerts for tests, and sends at times that the test says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobs.alerts.condition import Condition, Severity
from jobs.alerts.sending import LOOK, Limits, Sent, send
from jobs.runtime.alert_settings import AlertSettings
from jobs.runtime.settings import Settings
from tests.support.certificates import Authority
from tests.support.mail_server import MailServer
from tests.support.webhook_receiver import Receiver

# A Saturday noon in UTC, outside of any quiet hours that the tests set.
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
LIMITS = Limits(patience_s=60, within_s=60)
SECRET = "a secret of a test"


def stale(table: str = "gold.machine_daily", severity: Severity = Severity.WARNING) -> Condition:
    """A condition of the look at the tables."""
    return Condition(f"table_stale/{table}", severity, "table_stale", f"{table} is stale", "run it", "status")


@dataclass(frozen=True)
class Rig:
    """An installation with its settings."""

    settings: Settings

    def send(self, *conditions: Condition, at: datetime = NOON) -> Sent:
        """Send what one look found."""
        return send(self.settings, {"status": conditions, LOOK: ()}, at, LIMITS)

    def words(self) -> list[str]:
        """The settings as options of a command."""
        return ["--state", str(self.settings.state)]


def rig(
    state: Path,
    authority: Authority,
    receiver: Receiver | None = None,
    mail: MailServer | None = None,
    **more: Any,
) -> Rig:
    """An installation that notifies a receiver, by mail, or both."""
    of_mail: dict[str, Any] = {}
    if mail is not None:
        of_mail = {
            "mail_server": mail.address,
            "mail_from": "assay@plant.example",
            "mail_to": ("ops@plant.example",),
            "mail_user": mail.user,
            "mail_password": mail.password,
        }
    alerts = AlertSettings(
        webhook_url=None if receiver is None else receiver.url,
        webhook_secret=SECRET,
        ca_file=authority.ca_file,
        **of_mail | more,
    )
    return Rig(Settings(state=state, lake=state / "lake", landing=state / "landing", alerts=alerts))


def changes(message: dict[str, Any]) -> list[tuple[str, str]]:
    """Key and change of each alert that a message names."""
    return [(alert["key"].removeprefix("table_stale/"), alert["change"]) for alert in message["alerts"]]


def all_changes(messages: Sequence[dict[str, Any]]) -> list[list[tuple[str, str]]]:
    """The same of several messages."""
    return [changes(message) for message in messages]
