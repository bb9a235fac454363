"""Which columns of a table are what gateways report of themselves, by their labels."""

import re
from collections.abc import Mapping

_WORDS = {
    "gateway_id": r"gateway|\bgw\b|device",
    "battery_pct": r"batt|akku",
    "memory_used_pct": r"mem|\bram\b",
    "disk_used_pct": r"disk|storage|card",
    "latency_ms": r"latency|\brtt\b|ping",
    "uptime_s": r"uptime",
    "software_version": r"version|release|firmware|\bfw\b",
    "slot": r"slot",
    "bundle": r"bundle",
}


def heartbeat_columns(labels: Mapping[str, str]) -> dict[str, str]:
    """Column of the feed `heartbeats` -> the first column of the source whose label says so, each for one only.

    Args:
        labels: Column of the source -> how it is called.
    """
    found: dict[str, str] = {}
    for ours, words in _WORDS.items():
        others = (
            name for name, label in labels.items() if name not in found.values() and re.search(words, label, re.I)
        )
        if (name := next(others, None)) is not None:
            found[ours] = name
    return found
