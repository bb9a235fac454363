"""The ledger's decisions: which landed contents are new, which repeat or continue an old one. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from expectations.errors import MappingError
from expectations.mapping.mapping import Mapping


class Outcome(StrEnum):
    """The outcome of a landed content. It is `admitted` while its batch is being read."""

    ADMITTED = "admitted"
    READ = "read"
    DUPLICATE_FILE = "duplicate_file"
    FILE_CHANGED = "file_changed"
    UNMATCHED = "unmatched"
    VANISHED = "vanished"


@dataclass(frozen=True, slots=True)
class Landed:
    """A file as the landing folder shows it: path below it, size in bytes, modification time in us since the epoch."""

    path: str
    size: int
    modified_us: int


@dataclass(frozen=True, slots=True)
class Known:
    """A row of the ledger, as far as decisions need it."""

    path: str
    size: int
    modified_us: int
    sha256: str
    outcome: str


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
    """What a landed file holds; `prefixes` by each earlier size of its path that is smaller than it is now."""

    landed: Landed
    sha256: str
    prefixes: dict[int, Prefix]
    is_compressed: bool = False

    @property
    def file_id(self) -> str:
        """Short name of the content in tables."""
        return self.sha256[:16]


@dataclass(frozen=True, slots=True)
class Admission:
    """A decision on one landed content. `mapping` is None where no mapping matches its path."""

    content: Content
    mapping: Mapping | None
    outcome: Outcome
    detail: str = ""
    first_byte: int = 0
    first_line: int = 1

    @property
    def is_read(self) -> bool:
        """Whether its records are to be read."""
        return self.outcome in (Outcome.READ, Outcome.FILE_CHANGED)


def unseen(landed: Iterable[Landed], ledger: Iterable[Known]) -> list[Landed]:
    """Files whose path, size and time the ledger does not show, by path: only these are opened."""
    seen = {(known.path, known.size, known.modified_us) for known in ledger}
    return sorted(
        (file for file in landed if (file.path, file.size, file.modified_us) not in seen), key=lambda file: file.path
    )


def mapping_of(path: str, mappings: Sequence[Mapping]) -> Mapping | None:
    """The mapping whose globs match the path; None where none does.

    Raises:
        MappingError: Several mappings match.
    """
    matching = [mapping for mapping in mappings if any(fnmatchcase(path, glob) for glob in mapping.files)]
    if len(matching) > 1:
        names = ", ".join(mapping.name for mapping in matching)
        raise MappingError(f"{path} matches the files of several mappings ({names}); narrow their globs to one")
    return matching[0] if matching else None


def admit(contents: Sequence[Content], ledger: Sequence[Known], mappings: Sequence[Mapping]) -> list[Admission]:
    """A decision for each content, in order of path; a content whose path and hash the ledger knows needs none."""
    touched = {(known.path, known.sha256) for known in ledger}
    read = {known.sha256 for known in ledger if known.outcome != Outcome.UNMATCHED}
    decisions = []
    for content in sorted(contents, key=lambda content: content.landed.path):
        if (content.landed.path, content.sha256) in touched:
            continue
        mapping = mapping_of(content.landed.path, mappings)
        decisions.append(_decide(content, mapping, ledger, read))
        if mapping is not None:
            read.add(content.sha256)
    return decisions


def _decide(content: Content, mapping: Mapping | None, ledger: Sequence[Known], read: set[str]) -> Admission:
    if mapping is None:
        detail = "no mapping's files match this path; add a glob to a mapping or move the file away"
        return Admission(content, None, Outcome.UNMATCHED, detail)
    if content.sha256 in read:
        return Admission(content, mapping, Outcome.DUPLICATE_FILE, "the same content was read under another name")
    earlier = [known for known in ledger if known.path == content.landed.path and known.outcome != Outcome.UNMATCHED]
    if not earlier:
        return Admission(content, mapping, Outcome.READ)
    return _continuation(content, mapping, sorted(earlier, key=lambda known: known.size, reverse=True))


def _continuation(content: Content, mapping: Mapping, earlier: Sequence[Known]) -> Admission:
    """A path that was read before: only its tail is new where the old part is unchanged, else all of it is read.

    Compressed files and Parquet have no place at which reading could go on; neither has CSV within a quoted field, or
    with lines that end with a carriage return alone.
    """
    for old in earlier:
        prefix = content.prefixes.get(old.size)
        if prefix is None or prefix.sha256 != old.sha256:
            continue
        is_text = mapping.format != "parquet" and not content.is_compressed
        if is_text and not (mapping.format == "csv" and (prefix.quotes % 2 or prefix.has_lone_cr)):
            detail = f"the file grew; its first {old.size} bytes were read before"
            return Admission(content, mapping, Outcome.READ, detail, prefix.first_byte, prefix.first_line)
        detail = f"the file grew from {old.size} bytes; read again whole, since reading cannot go on within it"
        return Admission(content, mapping, Outcome.FILE_CHANGED, detail)
    size = earlier[0].size
    return Admission(
        content, mapping, Outcome.FILE_CHANGED, f"the {size} bytes that were read before changed; read again whole"
    )
