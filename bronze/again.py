"""Which contents are read again, what they replace, and what of an earlier reading stays as it is. Pure."""

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass

from bronze.files import Admission, Content, Known, Outcome, content_id, replaced_by
from expectations.mapping.digest import mapping_digest
from expectations.mapping.landed_path import path_identity
from expectations.mapping.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Reading:
    """A content, a mapping that reads it, and the names of the mappings that read it beside this one."""

    content: Content
    mapping: Mapping
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """Readings that are asked for again.

    Attributes:
        admissions: Contents to read again.
        as_they_are: Paths whose content was read by the mapping as it is.
        new: Paths with a content that was never read: an ordinary run reads it.
        gone: Readings by other mappings, or by other states of theirs, whose content nobody has any more: by path.
    """

    admissions: tuple[Admission, ...] = ()
    as_they_are: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[Known, ...] = ()


def again(
    contents: Sequence[Reading], scope: Sequence[Known], ledger: Sequence[Known],
    digests: Table[str, str],
) -> Asked:  # fmt: skip
    """Decide on contents that are to be read again, each once.

    Args:
        contents: What lies in the landing folder.
        scope: Rows of the ledger that the call is about.
        ledger: All of it, without files that are decided again.
        digests: Mapping -> its digest now.
    """
    replaced, read = replaced_by(ledger), {row.file_id: row for row in ledger if row.is_read}
    admissions, same, new, touched = list[Admission](), list[str](), list[str](), set[str]()
    for reading in contents:
        content, mapping = reading.content, reading.mapping
        held = _held(reading, ledger, replaced)
        current = next((read[row] for row in held if row in read and read[row].sha256 == content.sha256), None)
        if current is None:
            new.append(content.landed.path)
            continue
        touched |= held
        if current.mapping == mapping.name and current.mapping_digest == digests[mapping.name]:
            same.append(content.landed.path)
        elif not _is_admitted(held, admissions):
            admissions.append(_admission(content, mapping, sorted(held)))
    gone = {
        row.file_id: row
        for row in scope
        if row.is_read and row.file_id not in {*replaced, *touched}
        if row.mapping_digest is None or digests.get(row.mapping or "") != row.mapping_digest
    }
    return Asked(tuple(admissions), tuple(dict.fromkeys(same)), tuple(dict.fromkeys(new)), tuple(gone.values()))


def _is_admitted(held: set[str], admissions: Sequence[Admission]) -> bool:
    """Whether a copy of the content is read again already."""
    return any(held & set(one.replaces) for one in admissions)


def _held(reading: Reading, ledger: Sequence[Known], replaced: dict[str, str]) -> set[str]:
    """The newest readings of the content at its path, and of its beginnings: reading it whole replaces all of them.

    Those of mappings that read the path beside this one are none of them.
    """
    content = reading.content
    digests = {content.sha256, *(prefix.sha256 for prefix in content.prefixes.values())}
    rows = [row for row in ledger if row.path == content.landed.path and row.sha256 in digests]
    named = {row.file_id for row in rows if row.outcome != Outcome.UNMATCHED and row.mapping not in reading.beside}
    return {replaced.get(file, file) for file in named}


def _admission(content: Content, mapping: Mapping, replaces: Sequence[str]) -> Admission:
    identity = path_identity(mapping, content.landed.path)
    new = content_id(content.sha256, mapping.name, "\0".join((identity, mapping_digest(mapping), *replaces)))
    detail = f"read again under the mapping as it is now; replaces {len(replaces)} earlier readings"
    return Admission(content, mapping, Outcome.READ, new, detail, replaces=tuple(replaces))
