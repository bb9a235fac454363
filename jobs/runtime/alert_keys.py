"""The settings of `[alerts]`: what each means, which values are legal, how a text becomes a value."""

import ipaddress
import re
from datetime import time
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from expectations.durations import seconds
from expectations.errors import ContractError
from jobs.runtime.setting_keys import Key, LegalError, read_folder

LEVELS = (1, 2)
SECURITY = ("starttls", "tls", "none")
# Source: RFC 2104 3 advises a key as long as the digest; below 16 characters a key can be guessed.
LEAST_SECRET, LONGEST_URL = 16, 2000
_PLAIN = re.compile(r"[\x21-\x7e]+")
# Source: RFC 5321 4.1.2, without quoted local parts and address literals.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9]([A-Za-z0-9.-]{{0,251}}[A-Za-z0-9])?")
_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def server_of(text: str) -> tuple[str, int]:
    """Host and port of a mail server's setting."""
    found = _SERVER.fullmatch(text)
    if found is None or not 1 <= int(found[3]) <= 65_535:
        raise ValueError
    return found[1] or found[2], int(found[3])


def hours_of(text: str) -> tuple[time, time]:
    """Begin and end of quiet hours; the end may be before the begin, on the next day."""
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if begin == end:
        raise LegalError("begin and end are the same")
    return begin, end


def shown_url(text: str) -> str:
    """The address without what may be a secret: its path and query, and what is before an @."""
    parts = urlsplit(text)
    rest = "/***" if parts.path.strip("/") or parts.query else parts.path
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{rest}"


def _split(raw: object) -> SplitResult:
    if not isinstance(raw, str) or not _PLAIN.fullmatch(raw) or len(raw) > LONGEST_URL or "\\" in raw:
        raise ValueError
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or parts.port == 0:
        raise ValueError
    if "@" in parts.netloc:
        raise LegalError("without a user and a password in it")
    return parts


def _url(raw: object, _base: Path) -> str:
    parts = _split(raw)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise LegalError("http only to this machine")
    return parts.geturl()


def _any_url(raw: object, _base: Path) -> str:
    return _split(raw).geturl()


def _secret(raw: object, _base: Path) -> str:
    if not isinstance(raw, str) or len(raw) < LEAST_SECRET or raw != raw.strip():
        raise ValueError
    return raw


def _password(raw: object, _base: Path) -> str:
    if not isinstance(raw, str) or not raw or any(sign in raw for sign in "\r\n\0"):
        raise ValueError
    return raw


def _addresses(raw: object, _base: Path) -> tuple[str, ...]:
    listed = [part.strip() for part in raw.split(",")] if isinstance(raw, str) else raw
    if not isinstance(listed, list) or not listed:
        raise ValueError
    return tuple(_address(each, _base) for each in listed)


def _address(raw: object, _base: Path) -> str:
    if not isinstance(raw, str) or _ADDRESS.fullmatch(raw) is None or len(raw) > 254:
        raise ValueError
    return raw


def _server(raw: object, _base: Path) -> str:
    if not isinstance(raw, str):
        raise TypeError
    server_of(raw)
    return raw


def _security(raw: object, _base: Path) -> str:
    if raw not in SECURITY:
        raise ValueError
    return str(raw)


def _hours(raw: object, _base: Path) -> str:
    if not isinstance(raw, str):
        raise TypeError
    hours_of(raw)
    return raw


def _zone(raw: object, _base: Path) -> str:
    if not isinstance(raw, str):
        raise TypeError
    try:
        return ZoneInfo(raw).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise LegalError("no such zone") from exc


def _duration(raw: object, _base: Path) -> int:
    if not isinstance(raw, str):
        raise TypeError
    try:
        return seconds(raw)
    except ContractError as exc:
        raise ValueError from exc


def _duration_or_off(raw: object, base: Path) -> int:
    return 0 if raw == "off" else _duration(raw, base)


_URL, _DURATION = "https://..., or http:// to this machine", "a whole number with s, min, h or d, such as 30min"
_MAILS = "addresses such as ops@example.com, a list or parted by commas"
_FILE = "a file that only its owner can read (mode 0600)"


def _escalation(level: int) -> tuple[Key, ...]:
    name, ordinal = f"escalation_{level}", {1: "first", 2: "second"}[level]
    return (
        Key(
            f"{name}_after",
            f"{ordinal} escalation: how long an alert is open without acknowledgement",
            _DURATION,
            _duration,
        ),
        Key(f"{name}_webhook_url", f"{ordinal} escalation: its webhook", _URL, _url, shown_url),
        Key(f"{name}_mail_to", f"{ordinal} escalation: who gets its mail", _MAILS, _addresses),
    )


_DECLARED = (
    Key("webhook_url", "where alerts are posted as JSON", _URL, _url, shown_url),
    Key(
        "webhook_secret",
        "the key that signs what is posted",
        f"at least {LEAST_SECRET} characters; a variable only, never in the file",
        _secret,
        secret=True,
    ),
    Key("webhook_secret_file", "a file with that key, instead of the variable", _FILE, read_folder),
    Key("ca_file", "certificates that are trusted instead of the system's", "a PEM file", read_folder),
    Key("mail_server", "the SMTP server", "host:port", _server),
    Key("mail_security", "how the server is spoken to", f"{', '.join(SECURITY)} (to this machine only)", _security),
    Key("mail_from", "the sender", "an address such as assay@example.com", _address),
    Key("mail_to", "who gets alerts by mail", _MAILS, _addresses),
    Key("mail_user", "the login, where the server requires one", "a text", _password),
    Key(
        "mail_password",
        "its password",
        "a text; a variable only, never in the file",
        _password,
        secret=True,
    ),
    Key("mail_password_file", "a file with that password, instead of the variable", _FILE, read_folder),
    Key(
        "quiet_hours",
        "when nothing but what is critical is sent; the rest follows at their end as one summary",
        "HH:MM-HH:MM, such as 22:00-06:00",
        _hours,
    ),
    Key("quiet_zone", "the time zone of the quiet hours; default: the plant's", "a zone such as Europe/Berlin", _zone),
    *(key for level in LEVELS for key in _escalation(level)),
    Key(
        "heartbeat_url",
        "asked at each `assay alerts send`: a watcher outside alarms when it stays silent",
        _URL,
        _url,
        shown_url,
    ),
    Key(
        "airflow_health_url",
        "Airflow's health end point, such as http://127.0.0.1:8080/api/v2/monitor/health",
        "http://... or https://...",
        _any_url,
        shown_url,
    ),
    Key(
        "no_run_after",
        "how long no DAG may report a run before the scheduler counts as gone; default 26h",
        f"{_DURATION}; or off",
        _duration_or_off,
    ),
)
ALERT_KEYS = {key.name: key for key in _DECLARED}
