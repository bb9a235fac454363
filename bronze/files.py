"""The ledger's decisions: which landed contents are new, which repeat or continue an old one. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from expectations.errors import MappingError
from expectations.mapping.landed_path import near_miss, path_identity, readers, together
from expectations.mapping.mapping import LINE_FORMATS, Mapping

_ID_DIGITS = 16


class Outcome(StrEnum):
    """The outcome of a landed content. It is `admitted` while its batch is being read."""

    ADMITTED = "admitted"
    READ = "read"
    DUPLICATE_FILE = "duplicate_file"
    FILE_CHANGED = "file_changed"
    UNMATCHED = "unmatched"
    UNPACKED = "unpacked"
    VANISHED = "vanished"
    REPAIRED = "repaired"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Landed:
    """A file as the landing folder shows it: path below it, size in bytes, modification time in us since the epoch.

    `is_unpacked`: It is an archive whose members are listed beside it. Their time is its own.
    """

    path: str
    size: int
    modified_us: int
    is_unpacked: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A row of the ledger, as far as decisions need it."""

    path: str
    size: int
    modified_us: int
    sha256: str
    outcome: str
    mapping: str | None = None
    file_id: str = ""
    mapping_digest: str | None = None
    replaces: tuple[str, ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether its records were read."""
        return self.outcome in (Outcome.READ, Outcome.FILE_CHANGED)

    @property
    def is_of_older_version(self) -> bool:
        """Whether its id is of the content alone, as it was before mappings were part of it."""
        return self.file_id == self.sha256[:_ID_DIGITS]


@dataclass(frozen=True, slots=True)
class Prefix:
    """The first bytes of a file, up to an earlier size of it.

    `first_byte` and `first_line` name the line that was not yet whole, where reading continues. `quotes` counts the
    quotation marks before it: with an odd number the line break before it is within a field of CSV. `has_lone_cr`:
    there is a lone carriage return. It ends a line of CSV, so the lines counted here are not those of CSV.
    """

    sha256: str
    first_byte: int
    first_line: int
    quotes: int
    has_lone_cr: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What a landed file holds; `prefixes` by each earlier size of its path that is smaller than it is now.

    `is_compressed`: So it is, or its characters are wide: reading cannot begin within it.
    `is_open`: Its last byte ends no line, and it is not compressed.
    """

    landed: Landed
    sha256: str
    prefixes: dict[int, Prefix]
    is_compressed: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Admission:
    """A decision on one landed content. `mapping` is None where no mapping matches its path; `file_id` as in tables.

    `continues`: Id of the content whose records are its beginning; None where all of it is read. `replaces`: Ids of the
    contents that it holds as an earlier mapping read them.
    """

    content: Content
    mapping: Mapping | None
    outcome: Outcome
    file_id: str
    detail: str = ""
    first_byte: int = 0
    first_line: int = 1
    continues: str | None = None
    replaces: tuple[str, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether it is a text of lines that ends in the midst of one."""
        return self.content.is_open and self.mapping is not None and self.mapping.format in LINE_FORMATS

    @property
    def is_read(self) -> bool:
        """Whether its records are to be read."""
        return self.outcome in (Outcome.READ, Outcome.FILE_CHANGED)


State = tuple[str, int, int]
"""Path, size and time of a file."""


def unseen(landed: Iterable[Landed], ledger: Sequence[Known], mappings: Sequence[Mapping] = ()) -> list[Landed]:
    """Files whose path, size and time the ledger does not show, by path: only these are opened.

    Where some of the mappings read a file together, the ledger shows it once each of them has read it.
    """
    seen = {(known.path, known.size, known.modified_us) for known in ledger} - half_read(ledger, mappings)
    return sorted(
        (file for file in landed if (file.path, file.size, file.modified_us) not in seen), key=lambda file: file.path
    )


def half_read(ledger: Iterable[Known], mappings: Sequence[Mapping]) -> set[State]:
    """Files that one of the mappings that read them together has read, and another has not."""
    joint = [mapping for mapping in mappings if mapping.read_with]
    if not joint:
        return set()
    read: dict[State, set[str | None]] = {}
    for known in ledger:
        read.setdefault((known.path, known.size, known.modified_us), set()).add(known.mapping)
    return {
        state for state, names in read.items() if names != {None} and _lacks_reader(state[0], names, joint, mappings)
    }


def _lacks_reader(path: str, names: set[str | None], joint: Sequence[Mapping], mappings: Sequence[Mapping]) -> bool:
    found = readers(path, joint)
    return any(one.name not in names for one in found) and len(found) > 1 and together(readers(path, mappings))


def mappings_of(path: str, mappings: Sequence[Mapping]) -> list[Mapping]:
    """The mappings that read the file of that path: none, one, or several that read together.

    Raises:
        MappingError: Several do, and one of them does not name another in `read_with`.
    """
    matching = readers(path, mappings)
    if not together(matching):
        names = ", ".join(mapping.name for mapping in matching)
        raise MappingError(
            f"{path} matches the files of several mappings ({names}); narrow their globs to one, or let each name the "
            "others in read_with"
        )
    return matching


def content_id(sha256: str, mapping: str, identity: str) -> str:
    """The id of a content as one mapping reads it: two machines that send equal files have two.

    Args:
        sha256: Of the whole content, hex.
        mapping: Name of the mapping.
        identity: What the path says of the records, `expectations.mapping.landed_path.path_identity`.
    """
    return hashlib.sha256("\0".join((sha256, mapping, identity)).encode()).hexdigest()[:_ID_DIGITS]


def replaced_by(ledger: Iterable[Known]) -> dict[str, str]:
    """Id of a content that was read again -> the id of its newest reading."""
    direct = {old: row.file_id for row in ledger if row.is_read for old in row.replaces}
    newest = dict[str, str]()
    for old in direct:
        reading = old
        while reading in direct:
            reading = direct[reading]
        newest[old] = reading
    return newest


def lost_to_another_mapping(ledger: Sequence[Known]) -> list[Known]:
    """Files that an older version took for copies although only another mapping had read their content."""
    read = {(known.sha256, known.mapping) for known in ledger if known.is_read}
    return [
        known
        for known in ledger
        if known.outcome == Outcome.DUPLICATE_FILE
        and known.is_of_older_version
        and (known.sha256, known.mapping) not in read
    ]


def admit(contents: Sequence[Content], ledger: Sequence[Known], mappings: Sequence[Mapping]) -> list[Admission]:
    """A decision for each content and each mapping that reads it, in order of path.

    Each is an arrival that the ledger does not have: a mapping that has read a file as it is now is left out.
    """
    read, seen = _ReadContents(ledger), {(row.path, row.size, row.modified_us, row.mapping) for row in ledger}
    decisions = []
    for content in sorted(contents, key=lambda content: content.landed.path):
        if content.landed.is_unpacked:
            decisions.append(_unpacked(content))
            continue
        landed = content.landed
        found = mappings_of(landed.path, mappings)
        new = [
            one
            for one in found
            if len(found) == 1 or (landed.path, landed.size, landed.modified_us, one.name) not in seen
        ]
        decisions += [_decide(content, mapping, ledger, read) for mapping in new]
        if not found:
            decisions.append(_unmatched(content, mappings))
    return decisions


class _ReadContents:
    """The contents that were read, or are about to be, each by the mapping and the path identity that read it."""

    def __init__(self, ledger: Sequence[Known]) -> None:
        known = [row for row in ledger if row.outcome != Outcome.UNMATCHED]
        self._ids = {row.file_id for row in known}
        # Such a row says nothing of its path: an older version had no patterns.
        self._older = {(row.sha256, row.mapping): row.file_id for row in known if row.is_of_older_version}

    def add(self, file_id: str) -> None:
        self._ids.add(file_id)

    def id_of(self, content: Content, mapping: Mapping, identity: str) -> str | None:
        """The id under which the content was read; None where it is new."""
        file_id = content_id(content.sha256, mapping.name, identity)
        if file_id in self._ids:
            return file_id
        return None if identity else self._older.get((content.sha256, mapping.name))


def _unpacked(content: Content) -> Admission:
    return Admission(content, None, Outcome.UNPACKED, content.sha256[:_ID_DIGITS], "its members have rows of their own")


def _unmatched(content: Content, mappings: Sequence[Mapping]) -> Admission:
    miss = near_miss(content.landed.path, mappings)
    why = f": {miss}" if miss else ""
    detail = f"no mapping's files match this path{why}; add a glob to a mapping or move the file away"
    return Admission(content, None, Outcome.UNMATCHED, content.sha256[:_ID_DIGITS], detail)


def _decide(content: Content, mapping: Mapping, ledger: Sequence[Known], read: _ReadContents) -> Admission:
    path, identity = content.landed.path, path_identity(mapping, content.landed.path)
    known = read.id_of(content, mapping, identity)
    if known is not None:
        is_same_name = any(
            (row.path, row.sha256, row.mapping) == (path, content.sha256, mapping.name) for row in ledger
        )
        where = "from this path before" if is_same_name else "under another name"
        return Admission(content, mapping, Outcome.DUPLICATE_FILE, known, f"the same content was read {where}")
    new = Admission(content, mapping, Outcome.READ, content_id(content.sha256, mapping.name, identity))
    read.add(new.file_id)
    replaced = replaced_by(ledger)
    earlier = [
        row for row in ledger if row.path == path and row.mapping == mapping.name and row.file_id not in replaced
    ]
    return _continued(new, mapping, sorted(earlier, key=lambda row: row.size, reverse=True)) if earlier else new


def _continued(new: Admission, mapping: Mapping, earlier: Sequence[Known]) -> Admission:
    """A path that was read before: only its tail is new where the old part is unchanged, else all of it is read.

    Compressed files, Parquet and text of wide characters have no place at which reading could go on; neither has CSV
    within a quoted field, or with lines that end with a carriage return alone, nor a file whose rows say by their
    order which pass of the repeated hour they are.
    """
    content = new.content
    for old in earlier:
        prefix = content.prefixes.get(old.size)
        if prefix is None or prefix.sha256 != old.sha256:
            continue
        is_within = mapping.format == "csv" and bool(prefix.quotes % 2 or prefix.has_lone_cr)
        has_places = mapping.time is None or mapping.time.equal_stamps is None  # else the last stamp may go on
        if has_places and mapping.goes_on and not content.is_compressed and not is_within:
            detail = f"the file grew; its first {old.size} bytes were read before"
            return replace(
                new, detail=detail, first_byte=prefix.first_byte, first_line=prefix.first_line, continues=old.file_id
            )
        detail = f"the file grew from {old.size} bytes; read again whole, since reading cannot go on within it"
        return replace(new, outcome=Outcome.FILE_CHANGED, detail=detail)
    detail = f"the {earlier[0].size} bytes that were read before changed; read again whole"
    return replace(new, outcome=Outcome.FILE_CHANGED, detail=detail)
