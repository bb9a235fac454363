"""The channels that the settings configure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from expectations.errors import ContractError
from expectations.plant.file import load_profile
from jobs.alerts.delivery import Target
from jobs.alerts.items import Policy
from jobs.alerts.log_target import LogTarget
from jobs.alerts.mail import Mailbox
from jobs.alerts.quiet import QuietHours
from jobs.alerts.secrets_of import secret
from jobs.alerts.webhook import Webhook
from jobs.runtime.alert_keys import LEAST_SECRET, LEVELS, hours_of, is_loopback, server_of
from jobs.runtime.alert_settings import AlertSettings
from jobs.runtime.settings import Settings
from lakehouse.errors import SettingsError
from lakehouse.log import log

LOG = "log"


@dataclass(frozen=True, slots=True)
class Channel:
    """One way out: its name in the store, when it is used, and where it leads."""

    name: str
    policy: Policy
    target: Target


def log_channel() -> Channel:
    """The log: always there, never quiet."""
    return Channel(LOG, Policy(), LogTarget())


def channels(settings: Settings) -> tuple[Channel, ...]:
    """Every channel beside the log.

    Raises:
        SettingsError: Settings of a channel are missing or contradict each other; the message says which.
    """
    alerts = settings.alerts
    quiet = _quiet(settings)
    _check(alerts)
    found = list(_channels(alerts, "", Policy(quiet=quiet), alerts.webhook_url, alerts.mail_to))
    for level in LEVELS:
        name = f"escalation_{level}"
        after: int | None = getattr(alerts, f"{name}_after")
        url: str | None = getattr(alerts, f"{name}_webhook_url")
        recipients: tuple[str, ...] = getattr(alerts, f"{name}_mail_to")
        if (after is None) != (url is None and not recipients):
            raise SettingsError(f"alerts.{name}_after goes with {name}_webhook_url, {name}_mail_to or both; set both")
        if after is not None:
            found += _channels(alerts, f"{name}_", Policy(level, timedelta(seconds=after), quiet), url, recipients)
    return tuple(found)


def _check(alerts: AlertSettings) -> None:
    if alerts.mail_server is None and (alerts.mail_to or alerts.mail_from or alerts.mail_user):
        raise SettingsError("alerts.mail_server is not set, but other settings of mail are; set it to host:port")
    if alerts.mail_server is not None and not (
        alerts.mail_to or alerts.escalation_1_mail_to or alerts.escalation_2_mail_to
    ):
        raise SettingsError("alerts.mail_server is set, but nobody to write to; set mail_to")
    if alerts.quiet_zone is not None and alerts.quiet_hours is None:
        raise SettingsError("alerts.quiet_zone is set without quiet_hours; set both")


def _channels(
    alerts: AlertSettings, prefix: str, policy: Policy, url: str | None, recipients: tuple[str, ...]
) -> Iterator[Channel]:
    if url is not None:
        yield Channel(f"{prefix}webhook", policy, Webhook(url, _signing_key(alerts), alerts.ca_file))
    if recipients:
        yield Channel(f"{prefix}mail", policy, _mailbox(alerts, recipients))


def _signing_key(alerts: AlertSettings) -> str:
    key = secret("webhook_secret", alerts.webhook_secret, alerts.webhook_secret_file)
    if key is None or len(key) < LEAST_SECRET:
        raise SettingsError(
            f"a webhook needs a secret of at least {LEAST_SECRET} characters that signs what is posted; set "
            "ASSAY_ALERTS_WEBHOOK_SECRET or alerts.webhook_secret_file (`openssl rand -hex 32` makes one)"
        )
    return key


def _mailbox(alerts: AlertSettings, recipients: tuple[str, ...]) -> Mailbox:
    if alerts.mail_server is None or alerts.mail_from is None:
        missing = "mail_server" if alerts.mail_server is None else "mail_from"
        raise SettingsError(f"mail needs alerts.{missing}; set it")
    host, port = server_of(alerts.mail_server)
    if alerts.mail_security == "none" and not is_loopback(host):
        raise SettingsError(
            f"alerts.mail_security = 'none' to {host}; legal: starttls or tls; none to this machine only"
        )
    password = secret("mail_password", alerts.mail_password, alerts.mail_password_file)
    if (alerts.mail_user is None) != (password is None):
        raise SettingsError("alerts.mail_user and a password (ASSAY_ALERTS_MAIL_PASSWORD) go together; set both")
    login = None if alerts.mail_user is None or password is None else (alerts.mail_user, password)
    return Mailbox(host, port, alerts.mail_security, alerts.mail_from, recipients, login, alerts.ca_file)


def _quiet(settings: Settings) -> QuietHours | None:
    hours = settings.alerts.quiet_hours
    if hours is None:
        return None
    return QuietHours(*hours_of(hours), ZoneInfo(settings.alerts.quiet_zone or _plant_zone(settings)))


def _plant_zone(settings: Settings) -> str:
    try:
        return load_profile(settings.plant).default_zone
    except (ContractError, OSError) as error:
        log().warning("quiet hours use UTC: the plant's time zone cannot be read (%s); set quiet_zone", error)
        return "UTC"
