"""The alarms that ended by an intervention, in words: neither right nor false."""

from collections.abc import Mapping
from typing import Any

from report.formats import plural


def intervened(events: Mapping[str, Any]) -> str:
    """How many alarms ended by an intervention, to follow a text; empty where none did, or older code did not count.

    >>> intervened({"intervened_episodes": 3, "confirmed_episodes": 1})
    '; 3 more alarms ended by an intervention, 1 of them confirmed'
    """
    count, confirmed = events.get("intervened_episodes") or 0, events.get("confirmed_episodes") or 0
    if not count:
        return ""
    found = f", {confirmed} of them confirmed" if confirmed else ""
    return f"; {plural(count, 'more alarm')} ended by an intervention{found}"
