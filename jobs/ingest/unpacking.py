"""Archives of which a mapping asks for members: what is in them is listed beside them, as files of its own."""

from collections.abc import Iterable, Iterator

from bronze.files import Landed
from expectations.mapping.containers import asks, fits
from expectations.mapping.folder import Mappings
from jobs.ingest.archives import Archives
from jobs.ingest.landing import locate
from jobs.ingest.zip_members import ArchiveError
from lakehouse.storage.protocol import Storage


def with_members(landing: Storage, files: Iterable[Landed], mappings: Mappings) -> list[Landed]:
    """The files, each archive that a mapping asks for followed by its members.

    An archive that cannot be opened stays a file: it is read as one, which says why. A member's time is its archive's.
    """
    globs = tuple(glob for usable in mappings.usable for glob in usable.files)
    globs += tuple(glob for refused in mappings.refused for glob in refused.files or ())
    with Archives() as archives:
        return [
            listed
            for file in files
            for listed in (_listed(landing, file, archives, globs) if asks(file.path, globs) else [file])
        ]


def _listed(landing: Storage, file: Landed, archives: Archives, globs: tuple[str, ...]) -> Iterator[Landed]:
    try:
        archive = archives.archive(landing, locate(landing, file.path))
    except (ArchiveError, OSError):
        yield file
        return
    yield Landed(file.path, file.size, file.modified_us, is_unpacked=True)
    for names, size in archive.listed():
        paths = [f"{file.path}/{name}" for name in names]
        asked = [path for path in paths if fits(path, globs)]
        yield from (Landed(path, size, file.modified_us) for path in asked or paths[:1])
