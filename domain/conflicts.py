"""Which of several records that tell of the same thing wins, whatever the order in which they come.

Silver ranks whole columns by the same rules; tests prove the two equal.
"""

from __future__ import annotations

TextRank = tuple[bool, str]


def reading_rank(steps: int, machine_id: str, factory_id: str) -> tuple[int, str, str]:
    """The rank of a reading among those of one sensor, metric and time: the least wins.

    The largest value comes first, so that a conflict never hides an alarm; then the first machine and factory by name.

    Args:
        steps: The value as a whole multiple of the metric's resolution.
        machine_id: Machine of the reading.
        factory_id: Factory of the reading.

    >>> min([(500, "M1", "F1"), (700, "M2", "F1"), (700, "M1", "F1")], key=lambda reading: reading_rank(*reading))
    (700, 'M1', 'F1')
    """
    return -steps, machine_id, factory_id


def machine_rank(
    moved_from: str | None, machine_model: str | None, attributes: str | None
) -> tuple[TextRank, TextRank, TextRank]:
    """The rank of a record of master data among those of one machine and time: the greatest wins.

    Origin, model and attributes are compared in this order, as texts; a text that is absent comes before all others.

    Args:
        moved_from: Factory that the machine came from.
        machine_model: Model of the machine.
        attributes: Its attributes as one JSON text with sorted keys.
    """
    return _rank(moved_from), _rank(machine_model), _rank(attributes)


def _rank(text: str | None) -> TextRank:
    return text is not None, text or ""
