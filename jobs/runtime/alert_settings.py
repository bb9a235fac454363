"""The settings of `[alerts]`, typed."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """What is in force of `[alerts]`. `ALERT_KEYS` says what each setting means; None is not set. Times in seconds."""

    webhook_url: str | None = None
    webhook_secret: str | None = None
    webhook_secret_file: Path | None = None
    ca_file: Path | None = None
    mail_server: str | None = None
    mail_security: str = "starttls"
    mail_from: str | None = None
    mail_to: tuple[str, ...] = ()
    mail_user: str | None = None
    mail_password: str | None = None
    mail_password_file: Path | None = None
    quiet_hours: str | None = None
    quiet_zone: str | None = None
    escalation_1_after: int | None = None
    escalation_1_webhook_url: str | None = None
    escalation_1_mail_to: tuple[str, ...] = ()
    escalation_2_after: int | None = None
    escalation_2_webhook_url: str | None = None
    escalation_2_mail_to: tuple[str, ...] = ()
    heartbeat_url: str | None = None
    airflow_health_url: str | None = None
    no_run_after: int = 26 * 3600
