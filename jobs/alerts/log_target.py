"""The log as a channel: a line for each alert that a message names."""

import logging

from jobs.alerts.condition import Severity
from jobs.alerts.message import Message
from lakehouse.log import log

_LEVELS = {Severity.INFO: logging.INFO, Severity.WARNING: logging.WARNING, Severity.CRITICAL: logging.ERROR}


class LogTarget:
    """Standard error, with everything else that is logged."""

    def deliver(self, message: Message, within_s: float) -> str:  # noqa: ARG002  # nothing to wait for
        """Write the message's lines."""
        level = logging.INFO if message.kind == "recovery" else _LEVELS[message.severity]
        for line in message.text.splitlines():
            log().log(level, "alert: %s", line)
        return ""
