"""Words for two states, such as Running and Stopped, and their numbers. Pure."""

from collections.abc import Sequence

_ON = frozenset(
    ("on", "run", "running", "open", "opened", "true", "yes", "active", "started", "ein", "auf", "offen", "ja")
)
_OFF = frozenset(
    ("off", "stop", "stopped", "close", "closed", "false", "no", "inactive", "idle", "aus", "zu", "geschlossen", "nein")
)


def states_of(texts: Sequence[str]) -> dict[str, int]:
    """The number of each word of a column, 1 or 0; empty where one is not known."""
    words = dict.fromkeys(texts)
    numbers = {word: 1 if word.casefold() in _ON else 0 for word in words if word.casefold() in _ON | _OFF}
    return numbers if len(numbers) == len(words) else {}
