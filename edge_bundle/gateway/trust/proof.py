"""A bundle on trial proves itself by what it scores: counted over all runs, confirmed once, for good."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Sequence
from typing import Callable

from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.trust.trust import Trust, noted, words
from edge_bundle.gateway.trust.trust_file import TrustFile

SAVE_EVERY_US = 15 * 1_000_000
"""So much progress a power cut may cost; a write and three syncs, at most four times a minute, and never after."""

_log = logging.getLogger(__name__)


class Proof:
    """Counts what the bundle in use scores, until it is confirmed.

    Attributes:
        trust: What is known now.
    """

    def __init__(self, trust: Trust, file: TrustFile, clock: Clock, confirmed: Callable[[Trust], None]) -> None:
        """Begin a run.

        Args:
            trust: What is known, the bundle in use admitted.
            file: Where it is stored.
            clock: Its monotonic time counts.
            confirmed: Called once the file says that the bundle is confirmed.
        """
        self.trust = trust
        self._file, self._clock, self._confirmed = file, clock, confirmed
        self._rows = self._scored_us = 0
        self._last_us: int | None = None
        self._saved_us = clock.monotonic_us()

    def note(self, row: Sequence[float], scores: Iterable[float]) -> None:
        """Count a scored row, where something was known of the machine and every score is a number."""
        if self.trust.candidate is None:
            return
        if all(map(math.isnan, row)) or not all(map(math.isfinite, scores)):
            return
        now_us = self._clock.monotonic_us()
        if self._last_us is not None:
            self._scored_us += max(0, now_us - self._last_us)
        self._last_us = now_us
        self._rows += 1
        if now_us - self._saved_us >= SAVE_EVERY_US or noted(self.trust, self._rows, self._scored_us).candidate is None:
            self.save()

    def save(self) -> None:
        """Write the progress down. A full or failing card delays the proof and stops nothing."""
        if not self._rows:
            return
        trust = noted(self.trust, self._rows, self._scored_us)
        self._saved_us = self._clock.monotonic_us()
        try:
            self._file.write(trust)
        except OSError as exc:
            _log.warning("trust file %s is not written: %s; it is tried again", self._file.path, exc.strerror)
            return
        self.trust, self._rows, self._scored_us = trust, 0, 0
        if trust.candidate is None:
            _log.info("trust: %s", words(trust))
            self._confirmed(trust)
