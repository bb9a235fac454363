"""Landed files as a gateway can take them: those that a source of its bundle reads, zstd unpacked."""

from collections.abc import Iterable
from pathlib import Path

from bronze import magic
from bronze.files import mappings_of
from expectations.mapping.landed_path import reads
from expectations.mapping.mapping import Mapping
from jobs.edge.pipeline_document import is_for_device
from jobs.ingest.landing import locate, scan
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.storage.protocol import Storage


def replayable(plant: Plant, landing: Storage) -> list[Path]:
    """Landed files that a source of the bundle reads, by name; what gateways sent back is none of them."""
    names = [landed.path for landed in scan(landing)]
    wanted = [name for name in names if any(_is_replayable(name, one) for one in mappings_of(name, plant.mappings))]
    return [Path(landing.local_copy(locate(landing, name))) for name in wanted]


def named(places: Iterable[Path], plant: Plant, landing: Storage) -> list[Path]:
    """Files as they are named, and of each folder those of its files that can be replayed.

    Raises:
        UsageError: A place is not there, or is a folder outside landing.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir() and not place.resolve().is_relative_to(Path(landing.place).resolve()):
            raise UsageError(
                f"{place} is a folder outside landing ({landing.place}); name its files, or a folder in landing"
            )
        if not place.exists():
            raise UsageError(f"{place} is no file that can be replayed")
        if place.is_dir():
            inside = place.resolve()
            found += [path for path in replayable(plant, landing) if path.resolve().is_relative_to(inside)]
        else:
            found.append(place)
    return found


def unpacked(files: Iterable[Path], folder: Path) -> list[Path]:
    """The files, each that is zstd replaced by what is readable of it, below `folder`, under its own path.

    A device's standard library has no zstd; its sensors' records reach a gateway before anybody packs them.
    """
    return [_plain(path.absolute(), folder) if _is_zstd(path) else path for path in files]


def _is_replayable(name: str, mapping: Mapping) -> bool:
    return is_for_device(mapping) and reads(mapping, name)  # no archive of members


def _is_zstd(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(magic.LONGEST).startswith(magic.ZSTD)


def _plain(path: Path, folder: Path) -> Path:
    """Patterns of sources may ask for any part of a path, so the whole path is used."""
    from bronze.readers.text.content import Content

    target = folder.joinpath(*path.parts[1:])
    target.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as packed, target.open("wb") as plain:
        for chunk in Content(packed.read(magic.LONGEST), packed).chunks():
            plain.write(chunk)
    return target
