"""What a delivery may answer, and a bound on how long it may take."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, TypeVar

from jobs.alerts.message import Message

T = TypeVar("T")


class DeliveryError(Exception):
    """A message could not be delivered.

    Attributes:
        is_brief: Whether the next try within the same send may help, such as after a refused connection.
        asked: How long the receiver asked to be left alone, if it did.
    """

    def __init__(self, reason: str, *, is_brief: bool = False, asked: timedelta | None = None) -> None:
        super().__init__(reason)
        self.is_brief = is_brief
        self.asked = asked


class Target(Protocol):
    """Where a channel delivers to."""

    def deliver(self, message: Message, within_s: float) -> str:
        """Deliver once, within so many seconds; returns what is worth saying, mostly nothing.

        Raises:
            DeliveryError: It was not delivered, or it is not known whether it was.
        """


def bounded(work: Callable[[], T], within_s: float) -> T:
    """The result of `work`, which may wait for a network, within so many seconds.

    A server that answers a byte now and then, or a name that does not resolve, outlasts every time-out of a socket.
    The work that is given up goes on in a thread that ends with the process at the latest.

    Raises:
        DeliveryError: It took longer.
    """
    done: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            errors.append(error)
            if not isinstance(error, Exception):
                raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(within_s)
    if errors:
        raise errors[0]
    if not done:
        raise DeliveryError(f"no answer within {within_s:.0f} s")
    return done[0]
