"""One HTTP request, with verified certificates and bounds on time and size. No redirect is followed, no proxy used."""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from jobs.alerts.delivery import DeliveryError, bounded
from jobs.runtime.alert_keys import is_loopback, shown_url

# Source: of one wait for the network; a receiver that takes longer to take a small message is as good as gone.
TIMEOUT_S = 10.0
MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Call:
    """A request: to a URL that the settings allow, with these headers and this body."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers in small letters, and at most `MOST_BYTES` of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(asked: Call, within_s: float) -> Answer:
    """The answer to a request.

    Raises:
        DeliveryError: The server cannot be reached in time, its certificate is not trusted, or it does not speak HTTP.
    """
    try:
        return bounded(lambda: _call(asked, min(TIMEOUT_S, within_s)), within_s)
    except ssl.SSLCertVerificationError as error:
        reason = f"{shown_url(asked.url)}: its certificate is not trusted: {error.verify_message}"
        raise DeliveryError(f"{reason}; set ca_file, or the server's certificate right") from error
    except TimeoutError as error:
        raise DeliveryError(f"{shown_url(asked.url)}: no answer within {TIMEOUT_S:.0f} s") from error
    except (OSError, http.client.HTTPException) as error:
        reason = str(error) or type(error).__name__
        raise DeliveryError(f"{shown_url(asked.url)}: {reason}", is_brief=True) from error


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """A context that verifies certificates and names, by the system's authorities or those of a file alone.

    Raises:
        DeliveryError: The file is not there or holds no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise DeliveryError(f"ca_file {ca_file} cannot be used: {error}; legal: certificates in PEM") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _call(asked: Call, timeout_s: float) -> Answer:
    parts = urlsplit(asked.url)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(host, parts.port, timeout=timeout_s, context=trust(asked.ca_file))
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=timeout_s)
    try:
        connection.connect()
        if parts.scheme == "http" and is_loopback(host) and not is_loopback(connection.sock.getpeername()[0]):
            raise DeliveryError(f"{shown_url(asked.url)}: the name of this machine leads to another one")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(asked.method, target, asked.body, {"Connection": "close", **asked.headers})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read(MOST_BYTES))
    finally:
        connection.close()
