"""The webhook: a message as JSON, signed, posted over HTTPS."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from jobs.alerts.delivery import DeliveryError
from jobs.alerts.http_call import Answer, Call, call
from jobs.alerts.message import Message
from jobs.runtime.alert_keys import shown_url

SIGNATURE, DELIVERY = "Assay-Signature", "Assay-Delivery"
# Source: RFC 9110: the server is busy, or in trouble of its own; any other refusal stays one however often it is asked.
_BRIEF = frozenset((408, 425, 500, 502, 503, 504))
_LONGEST_ANSWER = 200


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver: its address, the secret that signs, and the authorities that are trusted."""

    url: str
    secret: str
    ca_file: Path | None = None

    def deliver(self, message: Message, within_s: float) -> str:
        """Post the message once.

        Raises:
            DeliveryError: It was not answered with a status from 200 to 299.
        """
        body = message.body.encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "assay-alerts/1",
            DELIVERY: message.delivery_id,
            SIGNATURE: signature(self.secret, int(time.time()), body),
        }
        check(call(Call(self.url, "POST", headers, body, self.ca_file), within_s), self.url)
        return ""


def signature(secret: str, seconds: int, body: bytes) -> str:
    """The header's value: `t=<seconds since 1970>,v1=<hex of HMAC-SHA256 over "<seconds>." and the body>`."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def check(answer: Answer, url: str) -> None:
    """Take an answer from 200 to 299 for a yes.

    Raises:
        DeliveryError: Any other answer.
    """
    status = answer.status
    if 200 <= status < 300:
        return
    where = shown_url(url)
    if 300 <= status < 400:
        raise DeliveryError(f"{where}: answered {status}, a redirect, and none is followed; set its final address")
    text = answer.body[:_LONGEST_ANSWER].decode("utf-8", "replace").strip()
    raise DeliveryError(
        f"{where}: answered {status}" + (f": {text}" if text else ""),
        is_brief=status in _BRIEF and "retry-after" not in answer.headers,
        asked=_asked(answer.headers.get("retry-after", "")),
    )


def _asked(text: str) -> timedelta | None:
    return timedelta(seconds=min(int(text), 86_400)) if text.isascii() and text.isdigit() and len(text) < 9 else None
