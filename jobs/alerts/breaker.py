"""The circuit breaker of a channel: after failures in a row it is left alone for a while, then tried once."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Failed sends in a row that open the circuit: one may be a restart of the receiver, three in a row are an outage.
FAILURES_TO_OPEN = 3
# Source: exponential back-off with jitter, doubled from a minute; a repaired receiver waits an hour at most.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
JITTER = 0.2


class Circuit(StrEnum):
    """Closed: messages are sent. Open: none is, until a time. Half open: the next message is a trial."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How deliveries of a channel went.

    Attributes:
        name: Of the channel.
        failures: Sends that failed since the last one that did not.
        error: Why the last one failed; empty where it did not.
        failed_at: When it failed last.
        retry_at: Before this time nothing is sent; None where nothing forbids it.
        delivered_at: When something was delivered last.
    """

    name: str
    failures: int = 0
    error: str = ""
    failed_at: datetime | None = None
    retry_at: datetime | None = None
    delivered_at: datetime | None = None

    def circuit(self, now: datetime) -> Circuit:
        """The state of the circuit at `now`."""
        if self.retry_at is not None and now < self.retry_at:
            return Circuit.OPEN
        return Circuit.CLOSED if self.failures < FAILURES_TO_OPEN else Circuit.HALF_OPEN


def delivered(state: ChannelState, now: datetime) -> ChannelState:
    """The state after a delivery: the circuit is closed."""
    return ChannelState(state.name, delivered_at=now)


def failed(state: ChannelState, reason: str, now: datetime, asked: timedelta | None = None) -> ChannelState:
    """The state after a failure.

    Args:
        state: Before it.
        reason: Why it failed.
        now: When.
        asked: How long the receiver asked to be left alone; at most `LONGEST_WAIT` counts.
    """
    failures = state.failures + 1
    wait = wait_after(failures, random.random())  # noqa: S311  # jitter is no secret
    if asked is not None:
        wait = max(wait, min(max(asked, timedelta(0)), LONGEST_WAIT))
    retry_at = now + wait if wait else None
    return ChannelState(state.name, failures, reason, now, retry_at, state.delivered_at)


def wait_after(failures: int, chance: float) -> timedelta:
    """How long a channel is left alone after failures in a row; none before the circuit opens.

    Args:
        failures: In a row.
        chance: From 0 to 1: where in the jitter's range the wait lies.
    """
    if failures < FAILURES_TO_OPEN:
        return timedelta(0)
    doubled: timedelta = FIRST_WAIT * 2 ** min(failures - FAILURES_TO_OPEN, 16)
    seconds = min(doubled, LONGEST_WAIT).total_seconds()
    return timedelta(seconds=seconds * (1 - JITTER + 2 * JITTER * chance))
