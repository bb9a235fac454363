"""Delivers what waits for each channel, in order; a channel that fails keeps its messages and stops no other."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jobs.alerts import breaker
from jobs.alerts.breaker import Circuit
from jobs.alerts.channel_states import set_state, state_of, use
from jobs.alerts.channels import Channel
from jobs.alerts.delivery import DeliveryError
from jobs.alerts.message import Message, Origin
from jobs.alerts.outbox import fold, mark_delivered, next_message, prune, waiting_for
from jobs.alerts.store import change
from lakehouse.log import log

# Tries of one message within one send, and the pauses before the second and third, seconds; each varied by half.
TRIES, PAUSES_S = 3, (0.5, 2.0)
# The longest that one try may take, seconds.
TRY_S = 20.0


@dataclass(frozen=True, slots=True)
class Result:
    """What a send did on one channel.

    Attributes:
        channel: Its name.
        delivered: Messages that arrived.
        waiting: Messages that wait, because the channel fails or quiet hours hold them.
        circuit: State of its circuit.
        error: Why it fails; empty where it does not.
        retry_at: Nothing is sent before; None where nothing forbids it.
    """

    channel: str
    delivered: int
    waiting: int
    circuit: Circuit
    error: str
    retry_at: datetime | None


def drain(
    state: Path, channels: Sequence[Channel], origin: Origin, now: datetime, within_s: float
) -> tuple[Result, ...]:
    """Deliver on every channel; begun tries may end up to `TRY_S` after `within_s` seconds.

    A process killed between a delivery and its mark delivers the same message with the same delivery id again.

    Raises:
        AlertStateError: The store cannot be used.
        OSError: The disk is full.
    """
    deadline = time.monotonic() + within_s
    with change(state) as store:
        use(store, [(channel.name, channel.policy.level) for channel in channels], now)
        for channel in channels:
            fold(store, channel.name, channel.policy.level)
    results = tuple(_drain(state, channel, origin, now, deadline) for channel in channels)
    with change(state) as store:
        prune(store)
    return results


def attempt(channel: Channel, message: Message, tries: int, deadline: float) -> DeliveryError | None:
    """Deliver one message, trying again where that may help; None where it arrived."""
    for number in range(tries):
        try:
            refusal = channel.target.deliver(message, max(1.0, min(TRY_S, deadline - time.monotonic())))
        except DeliveryError as error:
            if not error.is_brief or number == tries - 1 or time.monotonic() > deadline:
                return error
            time.sleep(PAUSES_S[number] * (0.5 + random.random()))  # noqa: S311  # jitter is no secret
        else:
            if refusal:
                log().warning("alerts: %s: %s", channel.name, refusal)
            return None
    return None


def _drain(state: Path, channel: Channel, origin: Origin, now: datetime, deadline: float) -> Result:
    delivered = 0
    while time.monotonic() <= deadline:
        with change(state) as store:
            known = state_of(store, channel.name)
            message = next_message(store, channel.name, channel.policy, origin, now)
        if message is None:
            break
        tries = TRIES if known.circuit(now) is Circuit.CLOSED else 1
        error = attempt(channel, message, tries, deadline)
        with change(state) as store:
            if error is None:
                mark_delivered(store, message)
                set_state(store, breaker.delivered(known, now))
                delivered += 1
                continue
            set_state(store, breaker.failed(known, str(error), now, error.asked))
        log().warning("alerts: %s: %s; the message is sent later", channel.name, error)
        break
    return _result(state, channel, delivered, now)


def _result(state: Path, channel: Channel, delivered: int, now: datetime) -> Result:
    with change(state) as store:
        known, waiting = state_of(store, channel.name), waiting_for(store, channel.name)
    return Result(channel.name, delivered, waiting, known.circuit(now), known.error, known.retry_at)
