"""Uplinks into memory: one that keeps its promises, and some that fail in the ways in which a real one does."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from edge_bundle.gateway.uplink.uplink import Batch, Uplink, UplinkError

Deliver = Callable[[Batch, Sequence[bytes]], str]


@dataclass
class Recorder:
    """The other end, in memory.

    Attributes:
        batches: What was delivered, in order; a repeat counts once.
        calls: Every call, repeats included.
    """

    batches: dict[Batch, tuple[bytes, ...]] = field(default_factory=dict)
    calls: list[Batch] = field(default_factory=list)
    medium: None = None

    def deliver(self, batch: Batch, lines: Sequence[bytes]) -> str:
        self.calls.append(batch)
        known = self.batches.setdefault(batch, tuple(lines))
        assert known == tuple(lines), f"{batch} came again with other lines"
        return f"{batch.feed}-{batch.first}-{batch.last}"

    def records(self) -> list[dict[str, Any]]:
        """Every record, with its feed, in the order of delivery."""
        return [{"feed": batch.feed, **json.loads(line)} for batch, lines in self.batches.items() for line in lines]


class Failing:
    """An uplink that fails at some calls, counted from 0, and else delivers."""

    medium = None

    def __init__(self, inner: Uplink, fail: Callable[[Deliver, Batch, Sequence[bytes]], str], at: set[int]) -> None:
        self._inner, self._fail, self._at, self.count = inner, fail, at, 0

    def deliver(self, batch: Batch, lines: Sequence[bytes]) -> str:
        number, self.count = self.count, self.count + 1
        if number in self._at:
            return self._fail(self._inner.deliver, batch, lines)
        return self._inner.deliver(batch, lines)

    def recover(self) -> None:
        """Fail no more."""
        self._at = set()


def breaks_half_way(_deliver: Deliver, _batch: Batch, lines: Sequence[bytes]) -> str:
    """Takes half of the lines, which then do not count."""
    raise UplinkError(f"the link broke after {len(lines) // 2} of {len(lines)} lines")


def breaks_after_delivering(deliver: Deliver, batch: Batch, lines: Sequence[bytes]) -> str:
    """Delivers, and loses the acknowledgement."""
    deliver(batch, lines)
    raise UplinkError("no acknowledgement came")


def is_full(_deliver: Deliver, _batch: Batch, _lines: Sequence[bytes]) -> str:
    raise UplinkError("No space left on device: uplink", is_full=True)


def refuses(_deliver: Deliver, _batch: Batch, _lines: Sequence[bytes]) -> str:
    raise UplinkError("the broker does not know this gateway", is_transient=False)
