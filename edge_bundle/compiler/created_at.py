"""The one time in a bundle: given, or of ``SOURCE_DATE_EPOCH``; never the clock's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from edge_bundle.compiler.errors import SealError
from edge_bundle.format.manifest_check import TIME_FORMAT


def created_at(moment: datetime | None, environment: Mapping[str, str]) -> str:
    """The manifest's ``created_at``.

    Args:
        moment: The time to state, with its zone; None asks the environment.
        environment: Usually ``os.environ``.

    Raises:
        SealError: Neither is there, or it is no time.

    Source: reproducible-builds.org, SOURCE_DATE_EPOCH specification.
    """
    if moment is not None:
        if moment.tzinfo is None:
            raise SealError(f"{moment} has no zone; give a UTC time")
        return moment.astimezone(UTC).strftime(TIME_FORMAT)
    text = environment.get("SOURCE_DATE_EPOCH", "")
    if not text.isascii() or not text.isdigit():
        raise SealError(f"SOURCE_DATE_EPOCH is {text!r}; give the seconds since 1970, or a time")
    return datetime.fromtimestamp(int(text), UTC).strftime(TIME_FORMAT)
