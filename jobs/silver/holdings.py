"""Which versions of paths hold the records of a content: those where it landed, and those of files that go on from it.

A file that grew is as a rule read on from where it ended. Its new version holds the old records all the same, as if it
had been read whole: what counts is what lay there, not what of it was read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobs.silver.path_versions import Arrival, joined_paths, source_name
from silver.versions import Landing

_State = tuple[int, str, str]  # time in microseconds, SHA-256, `_file_id`


@dataclass(frozen=True, slots=True)
class Held:
    """Where the records of a content are.

    Attributes:
        landings: Versions of paths that hold all of them, in order.
        until_line: Records from this line on are read again where a file goes on from it; 0: none is.
        holders: Versions that hold the records before that line: the first and the last of each run of them at a path,
            and at other paths those with the content and time of a last one.
        place: What of this decides between its records and others: another growth of a path alone does not change it.
        is_plain: Whether each version of its paths holds what the one before it held, and no line is read again: by
            version, its records are then in use.
    """

    landings: tuple[Landing, ...]
    until_line: int
    holders: tuple[Landing, ...]
    place: tuple[object, ...]
    is_plain: bool


NOWHERE = Held((), 0, (), (), is_plain=True)


@dataclass(frozen=True, slots=True)
class _Source:
    """The versions of a source in order of rank, and whether each holds what the one before it held."""

    name: str
    states: Sequence[_State]
    is_chain: bool

    def landing(self, at: int) -> Landing:
        return Landing(self.name, *self.states[at][:2])


_Run = tuple[_Source, int, int]  # a content is in each version of the source from one place to another


def holdings(found: Sequence[Arrival]) -> dict[str, Held]:
    """By `_file_id` of each content that is in a version of a path: where its records are.

    Args:
        found: Every arrival, by the newest readings.
    """
    read = {one.file_id: one for one in found if one.is_read}
    sources, parents = _sources(found, read), _parents(read)
    until = _until(parents, read)
    same: dict[tuple[int, str], list[Landing]] = {}
    landed: dict[str, list[Landing]] = {}
    for name, states in sources.items():
        for at_us, digest, file in states:
            landing = Landing(name, at_us, digest)
            landed.setdefault(file, []).append(landing)
            same.setdefault((at_us, file), []).append(landing)
    goes_on = {*parents, *parents.values()}
    alone = {file for file, some in landed.items() if len(some) == 1 and file not in goes_on}
    runs: dict[str, list[_Run]] = {}
    for name, states in sources.items():
        if len(states) > 1 or states[0][2] not in alone:
            for file, run in _runs(name, states, parents):
                runs.setdefault(file, []).append(run)
    held = {file: _alone(tuple(landed[file])) for file in alone.difference(runs)}
    return held | {
        file: _held(sorted(landed.get(file, ())), until.get(file, 0), some, same) for file, some in runs.items()
    }


def _alone(landings: tuple[Landing, ...]) -> Held:
    """Of a content that landed once, at a path that had no other."""
    return Held(landings, 0, landings, (landings, (), ()), is_plain=True)


def _sources(found: Sequence[Arrival], read: Mapping[str, Arrival]) -> dict[str, list[_State]]:
    """By source every state of it, in order of rank; a beginning of what was read again is none."""
    together, states = joined_paths(found), dict[str, set[_State]]()
    for one in found:
        if one.file_id in read and read[one.file_id].digest == one.digest:
            name = source_name(one.path, read[one.file_id].mapping, together)
            states.setdefault(name, set()).add((one.modified_us, one.digest, one.file_id))
    return {name: sorted(some) for name, some in states.items()}


def _parents(read: Mapping[str, Arrival]) -> dict[str, str]:
    """By content the one that it goes on from, where the ledger has it."""
    return {
        file: one.continues
        for file, one in read.items()
        if one.is_tail and one.continues is not None and one.continues in read
    }


def _until(parents: Mapping[str, str], read: Mapping[str, Arrival]) -> dict[str, int]:
    """By content the line from which on its records are read again in a file that goes on from it."""
    until = dict[str, int]()
    for file, parent in parents.items():
        if read[parent].is_cut is not False:  # else it ends with the end of a line
            until[parent] = min(until.get(parent, read[file].first_line), read[file].first_line)
    return until


def _runs(name: str, states: Sequence[_State], parents: Mapping[str, str]) -> list[tuple[str, _Run]]:
    """Each content that versions of a source hold, with each run of these."""
    opened, ended, is_chain = dict[str, int](), list[tuple[str, int, int]](), True
    for place, (_, _, leaf) in enumerate(states):
        new = list[str]()
        at: str | None = leaf
        while at is not None and at not in opened:
            new.append(at)
            at = parents.get(at)
        while opened and next(reversed(opened)) != at:
            file, first = opened.popitem()
            ended.append((file, first, place - 1))
            is_chain = False
        opened.update(dict.fromkeys(reversed(new), place))
    ended += [(file, first, len(states) - 1) for file, first in opened.items()]
    source = _Source(name, states, is_chain)
    return [(file, (source, first, last)) for file, first, last in ended]


def _held(landings: list[Landing], until: int, runs: list[_Run], same: Mapping[tuple[int, str], list[Landing]]) -> Held:
    """Of the runs of a content at all its paths."""
    holders, last = set[Landing](), dict[str, _Run]()
    for source, first, end in runs:
        holders |= {source.landing(first), source.landing(end)}
        if source.name not in last or last[source.name][2] < end:
            last[source.name] = source, first, end
    beside = dict[str, tuple[str, ...]]()
    for name, (source, _, end) in last.items():
        at_us, _, file = source.states[end]
        holders.update(same[at_us, file])
        beside[name] = tuple(sorted(one.path for one in same[at_us, file]))
    begins = tuple(sorted(source.landing(first) for source, first, _ in runs))
    is_last = all(end == len(source.states) - 1 for source, _, end in last.values())
    ends = () if is_last else tuple(sorted(beside.items()))
    place = (begins, ends, tuple(landings) if until else ())
    is_plain = not until and all(source.is_chain for source, _, _ in runs)
    return Held(tuple(landings), until, tuple(sorted(holders)), place, is_plain)
