"""Archives of which a mapping asks for members: what is in them is listed beside them, as files of its own."""

from collections.abc import Iterable, Iterator

from bronze.files import Landed
from expectations.mapping.containers import asks
from expectations.mapping.folder import Mappings
from jobs.ingest.archives import Archives
from jobs.ingest.landing import locate
from jobs.ingest.zip_members import ArchiveError
from lakehouse.storage.protocol import Storage


def with_members(landing: Storage, files: Iterable[Landed], mappings: Mappings) -> list[Landed]:
    """The files, each archive that a mapping asks for followed by its members.

    An archive that cannot be opened stays a file: it is read as one, which says why. A member's time is its archive's.
    """
    globs = [*(one.files for one in mappings.usable), *(one.files for one in mappings.refused if one.files)]
    with Archives() as archives:
        return [
            listed
            for file in files
            for listed in (_listed(landing, file, archives) if any(asks(file.path, some) for some in globs) else [file])
        ]


def _listed(landing: Storage, file: Landed, archives: Archives) -> Iterator[Landed]:
    try:
        archive = archives.archive(landing, locate(landing, file.path))
    except (ArchiveError, OSError):
        yield file
        return
    yield Landed(file.path, file.size, file.modified_us, is_unpacked=True)
    for member in archive.members():
        yield Landed(f"{file.path}/{member.name}", member.size, file.modified_us)
