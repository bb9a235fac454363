"""A device's state folder, its clock, and the bundles that it is offered."""

from __future__ import annotations

from pathlib import Path

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.trust.admission import Admission, accept
from edge_bundle.gateway.trust.proof import Proof
from edge_bundle.gateway.trust.trust import ROWS_NEEDED, SCORED_US_NEEDED, Identity, Trust, admit, noted
from edge_bundle.gateway.trust.trust_file import TrustFile

OWNER = "g1 of plant small"
NOW = "2026-06-01T00:00:00.000000Z"
ROW, SCORES = (1.0, float("nan")), (0.5,)


def bundle(build: int, floor: int = 0) -> Identity:
    return Identity(build, f"{build:064x}", floor)


def proved(trust: Trust) -> Trust:
    return noted(trust, ROWS_NEEDED, SCORED_US_NEEDED)


def confirmed(build: int, floor: int = 0) -> Trust:
    return proved(admit(Trust(OWNER), bundle(build, floor), None, NOW))


class Device:
    """A state folder, its clock, and what starts and scores there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.clock = folder, VirtualClock(1_700_000_000 * US)
        self.file = TrustFile(folder)

    @property
    def trust(self) -> Trust:
        found = self.file.read()
        assert found is not None
        return found

    def start(self, which: Identity, rows: int = 0, every_us: int = US, order: int | None = None) -> None:
        """One run: it is let in, scores rows, one each so much time, and ends well."""
        store = Store(self.folder / "state.sqlite", "g1", "small")
        try:
            proof = accept(which, Admission(self.file, store, OWNER, order), self.clock)
            self.score(proof, rows, every_us)
            proof.save()
            store.commit()
        finally:
            store.close()

    def score(self, proof: Proof, rows: int, every_us: int) -> None:
        for _ in range(rows):
            self.clock.advance(every_us)
            proof.note(ROW, SCORES)
