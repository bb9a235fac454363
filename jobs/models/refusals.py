"""What `ml` refuses, as an answer to the caller."""

from collections.abc import Iterator
from contextlib import contextmanager

from lakehouse.errors import UsageError
from ml.errors import ModelError


@contextmanager
def models_refuse() -> Iterator[None]:
    """What `ml` refuses is an answer to the caller, in one sentence."""
    try:
        yield
    except ModelError as exc:
        raise UsageError(str(exc)) from exc
