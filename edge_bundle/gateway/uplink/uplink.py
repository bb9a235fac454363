"""Where records go: the protocol of an uplink. A folder is one (`folder`); a broker or a test's recorder is another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge_bundle.gateway.errors import GatewayError


class UplinkError(GatewayError):
    """A batch is not known to be delivered; its records wait, and the same batch is delivered again.

    Attributes:
        is_transient: Whether it may pass by itself, as a link that is down does; False where a person must act.
        is_full: Whether the uplink's medium has no space, so that space set aside on it helps.
    """

    def __init__(self, message: str, *, is_transient: bool = True, is_full: bool = False) -> None:
        """Say what happened, in one line."""
        super().__init__(message)
        self.is_transient, self.is_full = is_transient, is_full


@dataclass(frozen=True)
class Batch:
    """Records of one feed that are delivered together: all that wait from number `first` to `last`.

    Attributes:
        feed: alerts or edge_scores.
        first: Sequence of the first record.
        last: Sequence of the last record.
    """

    feed: str
    first: int
    last: int


class Uplink(Protocol):
    """Takes the batches of one gateway.

    An uplink promises two things. A batch is delivered whole or not at all: where `deliver` returns, every line is at
    the other end and outlasts a power cut; where it raises, either no line counts there, or all do. And a repeat is
    harmless: the same batch with the same lines, delivered again, counts once, for an acknowledgement may be lost.

    A gateway promises in return that it never delivers two batches at once, delivers a begun batch again with the same
    lines until that succeeds, and forgets records only after it has. Where the state cannot be written, a kill may put
    the same records into two batches; each record keeps its gateway_id and sequence, or gets a number beyond all.
    """

    @property
    def medium(self) -> Path | None:
        """A folder on the medium that fills as batches are delivered; None where no medium of this device does."""

    def deliver(self, batch: Batch, lines: Sequence[bytes]) -> str:
        """Deliver a batch.

        Args:
            batch: Feed and numbers.
            lines: One JSON object for each record, without a line end, by sequence.

        Returns:
            The name under which the other end has it.

        Raises:
            UplinkError: It is not known to be delivered.
        """
