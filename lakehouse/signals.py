"""Work on threads that Python cannot end, stopped before a signal unwinds the stack."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def first_on_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on Ctrl-C and on SIGTERM, before their handlers raise: for work on threads that Python cannot end.

    Only the main thread may ask for it, as signals are its own.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        stop()
        handlers[signal.Signals(number)](number, frame)

    handlers = {number: handler for number in _ENDING if callable(handler := signal.getsignal(number))}
    for number in handlers:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
