"""SenML packs: every record with the base fields before it.

Source: RFC 8428, sections 4.1 to 4.6: base name, time, unit, value and sum hold for their record and those that follow;
names are joined, times and values added; a time below 2**28 is relative to now, which no file says. A pack of a version
above 10 is not to be used by who knows version 10 alone, and neither is a record with an unknown label that ends with
`_`: it must be understood (section 4.4).
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.record import reasons
from domain.record.faults import Fault

RELATIVE_BELOW = 2**28
NEWEST_VERSION = 10
_BASES = ("bn", "bt", "bu", "bv", "bs")


def resolved(pack: object) -> Iterator[dict[str, object] | Fault]:
    """The records of a pack without base fields, or why one cannot be read."""
    if not isinstance(pack, list):
        yield Fault(reasons.NOT_AN_OBJECT, "a SenML pack is an array of records")
        return
    if (unknown := _unknown_version(pack)) is not None:
        yield from (unknown for _ in pack)
        return
    base: dict[str, object] = {}
    for record in pack:
        if not isinstance(record, dict):
            yield Fault(reasons.NOT_AN_OBJECT, "a SenML record is an object")
            continue
        base.update((name, record[name]) for name in _BASES if name in record)
        if must := next((name for name in record if name.endswith("_")), ""):
            yield Fault(reasons.WRONG_TYPE, f"{must}: a label that must be understood (RFC 8428, 4.4) is unknown", must)
            continue
        own = {name: value for name, value in record.items() if name not in _BASES and name != "bver"}
        if own or not base.keys() & record.keys():
            yield _record(own, base)


def _unknown_version(pack: list[object]) -> Fault | None:
    """Why no record of a pack can be used: one names a version that is newer, or none at all."""
    for record in pack:
        version = record.get("bver", NEWEST_VERSION) if isinstance(record, dict) else NEWEST_VERSION
        if isinstance(version, bool) or not isinstance(version, int) or not 0 < version <= NEWEST_VERSION:
            legal = f"bver: got {version!r}; legal: a whole number up to {NEWEST_VERSION}"
            return Fault(reasons.WRONG_TYPE, f"{legal}; nothing of a pack of another version is used", "bver")
    return None


def _record(own: dict[str, object], base: dict[str, object]) -> dict[str, object] | Fault:
    name, prefix = own.get("n", ""), base.get("bn", "")
    if not isinstance(name, str) or not isinstance(prefix, str):
        return Fault(reasons.WRONG_TYPE, "n or bn is no text", "n")
    time, value = _sum(own, base, "t", "bt"), _sum(own, base, "v", "bv")
    total = _sum(own, base, "s", "bs") if "s" in own else None
    for one in (time, value, total):
        if isinstance(one, Fault):
            return one
    if not isinstance(time, (int, float)) or time < RELATIVE_BELOW:
        got = "no time" if time is None else f"{time}"
        return Fault(reasons.TIME_UNREADABLE, f"t: got {got}, which is relative to when the pack was sent", "t")
    found: dict[str, object] = {**own, "n": prefix + name, "t": time}
    found.update((key, number) for key, number in (("v", value), ("s", total)) if number is not None)
    if "u" not in own and "bu" in base:
        found["u"] = base["bu"]
    return found


def _sum(own: dict[str, object], base: dict[str, object], name: str, base_name: str) -> float | Fault | None:
    """The field plus its base; None where both are absent. A value has a base only where it is a number itself."""
    given = [fields[key] for fields, key in ((own, name), (base, base_name)) if key in fields]
    if name == "v" and "v" not in own and any(key in own for key in ("vs", "vb", "vd", "s")):
        return None
    numbers = [one for one in given if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(numbers) < len(given):
        return Fault(reasons.WRONG_TYPE, f"{name} or {base_name} is no number", name)
    try:
        return sum(numbers) if numbers else None
    except OverflowError:  # a whole number beyond the doubles, plus one with a fraction
        return Fault(reasons.NOT_FINITE, f"{name} plus {base_name} is beyond the range of a double", name)
