"""Durations as people write them in profiles: `3h`, `24h`, `7d`, `90min`, `10s`."""

import re

from expectations.errors import ContractError

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_FORM = re.compile(r"(\d+)(s|min|h|d)")


def seconds(text: str) -> int:
    """The number of seconds in a duration such as ``24h``.

    >>> seconds("24h"), seconds("7d"), seconds("90min")
    (86400, 604800, 5400)

    Raises:
        ContractError: The text is not a whole number followed by s, min, h or d.
    """
    match = _FORM.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise ContractError(f"bad duration {text!r}; legal: a whole number above 0 and one of s, min, h, d")
    return int(match[1]) * _SECONDS[match[2]]
