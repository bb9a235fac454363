"""The ledger's decisions: which landed contents are new, which repeat or continue an old one. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from expectations.errors import MappingError
from expectations.mapping import Mapping


class Outcome(StrEnum):
    """What became of a landed content. `admitted` stands while its batch is being read."""

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
class Content:
    """What a landed file holds.

    `prefixes` maps each earlier size of its path to the SHA-256 of that many first bytes; `resume` maps it to where
    reading goes on: first byte and first line of the part that was not yet a whole line.
    """

    landed: Landed
    sha256: str
    prefixes: dict[int, str]
    resume: dict[int, tuple[int, int]]

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
    return _continuation(content, mapping, max(earlier, key=lambda known: known.size))


def _continuation(content: Content, mapping: Mapping, old: Known) -> Admission:
    """A path that was read before: only its tail is new where the old part is unchanged, else all of it is read."""
    is_text = mapping.format != "parquet"
    if is_text and content.prefixes.get(old.size) == old.sha256:
        first_byte, first_line = content.resume[old.size]
        detail = f"the file grew; its first {old.size} bytes were read before"
        return Admission(content, mapping, Outcome.READ, detail, first_byte, first_line)
    return Admission(
        content, mapping, Outcome.FILE_CHANGED, f"the {old.size} bytes that were read before changed; read again whole"
    )
