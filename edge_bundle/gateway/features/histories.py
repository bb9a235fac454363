"""What is known of machines beside readings: events that happened, and master data over time."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort

from domain.conflicts import TextRank, machine_rank
from domain.record.canonical import json_text

from edge_bundle.format.pipeline import MachineRecord

MOST_CODES = 256
MOST_RECORDS = 64


class EventHistory:
    """The events of one machine, each once by (kind, code, time).

    Codes that features ask for are distinguished, and 256 others; events of more codes count among all codes only, once
    by (kind, time).
    """

    def __init__(self, asked: frozenset[tuple[str, str]] = frozenset()) -> None:
        """Empty; `asked` are the (kind, code) of features."""
        self._asked = asked
        self._hidden: list[tuple[str, str, int]] = []
        self._times: dict[tuple[str, str], array[int]] = {}

    def add(self, kind: str, code: str, occurred_us: int) -> bool:
        """Take in one event; False where it was known."""
        key = (kind, code)
        if key not in self._times and key not in self._asked and len(self._times) >= MOST_CODES:
            every = self._times.setdefault((kind, ""), array("q"))
            at = bisect_left(every, occurred_us)
            if at < len(every) and every[at] == occurred_us:
                return False
            every.insert(at, occurred_us)
            return True
        own = self._times.setdefault(key, array("q"))
        at = bisect_left(own, occurred_us)
        if at < len(own) and own[at] == occurred_us:
            return False
        own.insert(at, occurred_us)
        # Code "" means all codes together: two failures at one instant are two events.
        insort(self._times.setdefault((kind, ""), array("q")), occurred_us)
        return True

    def hide_after(self, at_us: int) -> None:
        """Take events later than `at_us` out of use; `show` brings them back."""
        for (kind, code), times in self._times.items():
            first = bisect_right(times, at_us)
            if code:
                self._hidden += [(kind, code, late_us) for late_us in times[first:]]
            del times[first:]

    def hide(self, kind: str, code: str, occurred_us: int) -> None:
        """Take in an event that is out of use."""
        self._hidden.append((kind, code, occurred_us))

    def show(self) -> None:
        """Bring back what is out of use."""
        hidden, self._hidden = self._hidden, []
        for event in hidden:
            self.add(*event)

    def drop_hidden(self, until_us: int) -> list[tuple[str, str, int]]:
        """Forget what is out of use up to `until_us`; what that was."""
        dropped = [event for event in self._hidden if event[2] <= until_us]
        self._hidden = [event for event in self._hidden if event[2] > until_us]
        return dropped

    def lasts_before(self, before_us: int) -> list[tuple[str, str, int]]:
        """(kind, code, time) of the last event before `before_us` of each code that is distinguished."""
        lasts = [(*key, self.last_before(*key, before_us)) for key in self._times if key[1]]
        return [(kind, code, at_us) for kind, code, at_us in lasts if at_us is not None]

    def forget_before(self, before_us: int) -> None:
        """Drop events older than `before_us`, but for the last of them of each kind and code."""
        for times in self._times.values():
            del times[: max(bisect_left(times, before_us) - 1, 0)]

    def is_passed(self, kind: str, code: str, occurred_us: int, before_us: int) -> bool:
        """Whether a later one of the same kind and code, older than `before_us` too, replaces such an event."""
        last_us = self.last_before(kind, code, before_us)
        return last_us is not None and occurred_us < last_us

    def count(self, kind: str, code: str, start_us: int, end_us: int) -> int:
        """Events with ``start_us <= occurred_us < end_us``; all codes where `code` is empty."""
        times = self._times.get((kind, code))
        return bisect_left(times, end_us) - bisect_left(times, start_us) if times else 0

    def last_before(self, kind: str, code: str, at_us: int) -> int | None:
        """Time of the last event strictly before `at_us`."""
        times = self._times.get((kind, code))
        at = bisect_left(times, at_us) if times else 0
        return times[at - 1] if times and at else None


class MachineHistory:
    """The master data of one machine over time; the latest 64 records."""

    def __init__(self) -> None:
        self._since: list[int] = []
        self._records: list[MachineRecord] = []

    def add(self, record: MachineRecord) -> bool:
        """Take in one record; False where it was known, or loses against another of the same time."""
        at = bisect_left(self._since, record.valid_from_us)
        if at < len(self._since) and self._since[at] == record.valid_from_us:
            if _rank(record) <= _rank(self._records[at]):
                return False
            self._records[at] = record
            return True
        if at == 0 and len(self._since) >= MOST_RECORDS:
            return False
        self._since.insert(at, record.valid_from_us)
        self._records.insert(at, record)
        if len(self._since) > MOST_RECORDS:
            del self._since[0], self._records[0]
        return True

    def oldest_us(self) -> int | None:
        """Since when the oldest record holds, where older ones may have been dropped; None where all are there."""
        return self._since[0] if len(self._since) == MOST_RECORDS else None

    def current_model(self) -> str | None:
        """The model that the machine bears now, by its latest record; silver checks limits by it too."""
        return self._records[-1].machine_model if self._records else None

    def valid_at(self, at_us: int) -> MachineRecord | None:
        """What was true at that time; None before the first record."""
        at = bisect_right(self._since, at_us)
        return self._records[at - 1] if at else None


def attribute_of(record: MachineRecord | None, name: str) -> str | None:
    """An attribute's text; the model counts as the attribute `machine_model`."""
    if record is None:
        return None
    return record.machine_model if name == "machine_model" else record.attributes.get(name)


def _rank(record: MachineRecord) -> tuple[TextRank, TextRank, TextRank]:
    return machine_rank(record.factory_id, record.machine_model, json_text(record.attributes))
