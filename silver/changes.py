"""What changes in silver where records join those of their keys: the outcomes of all against those of the earlier."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import Flags
from silver.outcomes import ASIDE, Outcome, Resolved, numbered_payloads, resolve
from silver.readings import is_good
from silver.versions import Numbers, Versions

_NONE = -1


@dataclass(frozen=True, slots=True)
class Changes:
    """Records of some keys, earlier ones and new ones, by what they change in silver.

    Attributes:
        rows: Which of the records are looked at: sound ones, and faulty ones that were read again. The others stay.
        now: The outcomes of all of these.
        before: The outcomes of the earlier ones alone, in their order.
        accepted: Records that become the reading of their key.
        replaces: Those of `accepted` whose key had another reading.
        gone: Earlier records whose reading leaves silver, and none takes its place.
        aside: Records to write to quarantine.
        was_aside: Those of `aside` that were there, with another fault or value.
        back: Records to take out of quarantine.
    """

    rows: Flags
    now: Resolved
    before: Resolved
    accepted: Flags
    replaces: Flags
    gone: Flags
    aside: Flags
    was_aside: Flags
    back: Flags


def changes(flagged: pa.Table, is_earlier: Flags, versions: Versions, versions_before: Versions) -> Changes:
    """What joins, leaves and moves.

    Args:
        flagged: Every record of its keys, flagged.
        is_earlier: Whether each was resolved before.
        versions: The contents of their files.
        versions_before: The contents as they ranked before.
    """
    now, before = resolve(flagged, versions), resolve(flagged.filter(pa.array(is_earlier)), versions_before)
    rows = is_good(flagged) | now.is_one_of(Outcome.SUPERSEDED) | (now.by != "") | _at(before.by != "", is_earlier)
    now, before = now.only(rows), before.only(rows[is_earlier])
    flagged, is_earlier = flagged.filter(pa.array(rows)), is_earlier[rows]
    key, payload = numbered_payloads(flagged)
    is_new, was_new = now.is_one_of(Outcome.NEW), _at(before.is_one_of(Outcome.NEW), is_earlier)
    held, held_before = _held(key, payload, is_new), _held(key, payload, was_new)
    accepted = is_new & (held_before[key] != payload)
    aside_now, aside_before = now.is_one_of(*ASIDE), _at(before.is_one_of(*ASIDE), is_earlier)
    same = np.zeros(len(key), dtype=np.bool_)
    same[is_earlier] = before.equals(now.only(is_earlier))
    aside = aside_now & ~(aside_before & same)
    return Changes(
        rows,
        now,
        before,
        accepted,
        accepted & (held_before[key] != _NONE),
        was_new & (held[key] == _NONE),
        aside,
        aside & aside_before,
        aside_before & ~aside_now,
    )


def _held(key: Numbers, payload: Numbers, is_new: Flags) -> Numbers:
    held = np.full(int(key.max(initial=-1)) + 1, _NONE, dtype=np.int64)
    held[key[is_new]] = payload[is_new]
    return held


def _at(flags: Flags, rows: Flags) -> Flags:
    whole = np.zeros(len(rows), dtype=np.bool_)
    whole[rows] = flags
    return whole
