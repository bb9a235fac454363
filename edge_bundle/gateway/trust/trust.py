"""What a device has learnt about which bundles it may take: decisions only, no file and no clock.

A bundle that was loaded is on trial. Only what has scored well for a while is confirmed, and only then it raises the
floor and the build below which nothing is taken without an order: a bundle that does not work must not be able to rule
out the one to go back to.
"""

# No `from __future__ import annotations`: `typed_document` reads the types.

from dataclasses import dataclass, replace
from typing import Optional

from edge_bundle.format.errors import ValidityError

ROWS_NEEDED = 1_000
"""Valid rows that a bundle scores before it is confirmed. Source: a day of 40 machines, scored hourly;
`docs/decisions/0077-expiry-and-floor.md`."""
SCORED_US_NEEDED = 300 * 1_000_000
"""And the time over which it scores them, microseconds: what fails does so within minutes. Source:
`docs/decisions/0077-expiry-and-floor.md`."""
MOST_DOWNGRADES = 32


@dataclass(frozen=True)
class Identity:
    """What tells bundles apart here.

    Attributes:
        build: The bundle's number.
        content: SHA-256 of its signed manifest: later signatures make no other bundle.
        floor: Least build that it lets a device take after it.
    """

    build: int
    content: str
    floor: int


@dataclass(frozen=True)
class Candidate:
    """A bundle on trial.

    Attributes:
        bundle: Which one.
        rows: Valid rows that it has scored so far, over all runs.
        scored_us: Time over which it scored them, over all runs, microseconds of the monotonic clock.
    """

    bundle: Identity
    rows: int = 0
    scored_us: int = 0

    @property
    def is_proved(self) -> bool:
        """Whether it has scored enough, for long enough."""
        return self.rows >= ROWS_NEEDED and self.scored_us >= SCORED_US_NEEDED


@dataclass(frozen=True)
class Downgrade:
    """An order to go back that was carried out: from which confirmed build, to which, and when by the wall clock."""

    from_build: int
    to_build: int
    at: str


@dataclass(frozen=True)
class Trust:
    """What is stored, whatever happens to the gateway's state.

    Attributes:
        owner: Gateway and plant.
        serial: Grows whenever floor or confirmed bundle change: of two records the greater is the later.
        floor: Builds below are refused, order or not.
        guard: Builds below are refused without an order: what proved itself last, or what was ordered since.
        confirmed: The bundle that proved itself last; None: none has, or somebody ordered to go back since.
        candidate: The bundle on trial; None where the one in use is confirmed.
        downgrades: The newest orders to go back.
    """

    owner: str
    serial: int = 1
    floor: int = 0
    guard: int = 0
    confirmed: Optional[Identity] = None
    candidate: Optional[Candidate] = None
    downgrades: tuple[Downgrade, ...] = ()


def admit(trust: Trust, bundle: Identity, downgrade_to: Optional[int], now: str) -> Trust:
    """The trust with which a verified bundle may be used.

    Args:
        trust: What is known.
        bundle: The bundle to be loaded.
        downgrade_to: The build that somebody ordered to go back to; None for no order.
        now: The wall clock, for the record of an order.

    Raises:
        ValidityError: It is below the floor, or below what is confirmed and nobody ordered to go back to it.
    """
    if downgrade_to is not None and downgrade_to != bundle.build:
        raise ValidityError(f"the order is to go back to build {downgrade_to}, but the bundle has build {bundle.build}")
    if bundle.build < trust.floor:
        raise ValidityError(
            f"build {bundle.build}; a bundle that was confirmed here rules out all before build {trust.floor}, with or "
            "without an order"
        )
    if bundle.build < trust.guard:
        if downgrade_to is None:
            raise ValidityError(
                f"build {bundle.build}; build {trust.guard} has proved itself here. To go back on purpose, start with "
                f"--downgrade-to {bundle.build}"
            )
        trust = _gone_back(trust, bundle, now)
    return _on_trial(trust, bundle)


def noted(trust: Trust, rows: int, scored_us: int) -> Trust:
    """The trust after the bundle on trial has scored so many rows more, over so much time more."""
    if trust.candidate is None:
        return trust
    candidate = replace(
        trust.candidate, rows=trust.candidate.rows + rows, scored_us=trust.candidate.scored_us + scored_us
    )
    if not candidate.is_proved:
        return replace(trust, candidate=candidate)
    return replace(
        trust,
        serial=trust.serial + 1,
        floor=max(trust.floor, candidate.bundle.floor),
        guard=candidate.bundle.build,
        confirmed=candidate.bundle,
        candidate=None,
    )


def later_of(stored: Trust, copy: Trust) -> Trust:
    """Of two records of one device the later one; never a lower floor than either has."""
    later = copy if copy.serial > stored.serial else stored
    return replace(later, floor=max(stored.floor, copy.floor))


def words(trust: Trust) -> str:
    """What is known, for a report."""
    floor = f"floor {trust.floor}"
    if trust.candidate is None:
        return f"build {trust.confirmed.build} is confirmed; {floor}" if trust.confirmed else f"no bundle yet; {floor}"
    on = trust.candidate
    return (
        f"build {on.bundle.build} is on trial: {on.rows} of {ROWS_NEEDED} rows, {on.scored_us // 1_000_000} of "
        f"{SCORED_US_NEEDED // 1_000_000} s; {floor}"
    )


def _gone_back(trust: Trust, bundle: Identity, now: str) -> Trust:
    order = Downgrade(trust.guard, bundle.build, now)
    return replace(
        trust,
        serial=trust.serial + 1,
        guard=bundle.build,
        confirmed=None,
        candidate=None,
        downgrades=(*trust.downgrades, order)[-MOST_DOWNGRADES:],
    )


def _on_trial(trust: Trust, bundle: Identity) -> Trust:
    if trust.confirmed == bundle:
        return replace(trust, candidate=None)
    if trust.candidate is not None and trust.candidate.bundle == bundle:
        return trust
    return replace(trust, candidate=Candidate(bundle))
