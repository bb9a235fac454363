"""`assay plant draft`: looks at the files of a folder and writes a first profile and mappings."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bronze.readers.text.content import CHUNK, Content
from expectations.errors import ContractError
from expectations.mapping.folder import RefusedMapping, read_mapping
from expectations.plant.file import load_profile
from jobs.ingest.landing import locate, scan
from jobs.plant.draft.column_names import metric_name
from jobs.plant.draft.look import source_of
from jobs.plant.draft.mapping_text import mapping_text
from jobs.plant.draft.path_text import glob_of
from jobs.plant.draft.profile_text import profile_text
from jobs.plant.draft.source import Source
from jobs.plant.draft.table import NoTable
from jobs.plant.draft.text_table import table_of
from jobs.runtime.report import RunReport
from lakehouse.errors import UsageError
from lakehouse.storage.places import storage_at
from lakehouse.storage.protocol import Storage

_HEAD_BYTES = 1 << 18


def draft_plant(folder: Path, out: Path) -> RunReport:
    """Look at the files of a folder and write `profile.toml` and `mappings/*.toml`.

    Args:
        folder: Files as they will lie below the landing folder.
        out: Where the plant goes: a folder that is not there yet.

    Raises:
        UsageError: The folder is not there or holds no file that can be drafted, or `out` is there already.
    """
    if out.exists():
        raise UsageError(f"{out} is there already; name another folder with --out, or remove it")
    storage = storage_at(folder)
    sources, left = _sources(storage)
    if not sources:
        reasons = "; ".join(f"{path}: {why}" for path, why in left.items()) or "it is empty"
        raise UsageError(f"no file of {folder} can be drafted: {reasons}")
    texts = {"profile.toml": profile_text(metric_name(out.name), sources)}
    texts |= {f"mappings/{source.name}.toml": mapping_text(source) for source in sources}
    for name, text in texts.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")
    refused = dict(_refused(out))
    questions = sum(text.count("QUESTION") for text in texts.values())
    data = {
        "files": sorted(texts), "questions": questions, "left_out": left, "refused": refused,
        "sources": {source.name: {"files": source.glob, "feed": source.feed.value} for source in sources},
    }  # fmt: skip
    return RunReport("plant", changed=True, lines=tuple(_lines(out, sources, data)), data=data)


def _sources(storage: Storage) -> tuple[list[Source], dict[str, str]]:
    """One source for each kind of file: kinds differ in more than digits of their paths."""
    sources: dict[str, Source] = {}
    left: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for landed in scan(storage):
        kinds.setdefault(glob_of(landed.path), landed.path)
    for glob, path in kinds.items():
        head, is_whole = _head(storage, path)
        table = table_of(head, is_whole=is_whole)
        if isinstance(table, NoTable):
            left[path] = table.reason
            continue
        name = _free(_mapping_name(path), sources)
        found = source_of(name, glob, path, table)
        if found.is_nothing:
            left[path] = "no column of times, and none of numbers"
        else:
            sources[name] = found
    return list(sources.values()), left


def _mapping_name(path: str) -> str:
    """The file's name without its ending and its numbers: it names all files of its kind."""
    stem = path.rsplit("/", 1)[-1].split(".", 1)[0]
    words = re.findall(r"[a-z]+", stem.lower())
    return "_".join(words) or "files"


def _free(name: str, taken: dict[str, Source]) -> str:
    numbered = (f"{name}_{number}" for number in range(2, 1_000))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _head(storage: Storage, path: str) -> tuple[bytes, bool]:
    """The first decompressed bytes of a file, and whether they are all."""
    with storage.open(locate(storage, path)) as stream:
        content = Content(stream.read(CHUNK) or b"", stream)  # type: ignore[arg-type]  # a raw stream is enough
        head = b""
        for chunk in content.chunks():
            head += chunk
            if len(head) > _HEAD_BYTES:
                return head[:_HEAD_BYTES], False
        return head, True


def _refused(out: Path) -> Iterator[tuple[str, str]]:
    """Drafted files that cannot be used before their questions are answered, and the sentence for each."""
    try:
        profile = load_profile(out)
    except ContractError as error:
        yield "profile.toml", str(error)
        return
    for path in sorted((out / "mappings").glob("*.toml")):
        found = read_mapping(path, profile)
        if isinstance(found, RefusedMapping):
            yield f"mappings/{path.name}", "; ".join(found.faults)


def _lines(out: Path, sources: Sequence[Source], data: dict[str, object]) -> Iterator[str]:
    for source in sources:
        yield f"{source.glob}: {source.feed.value}, mappings/{source.name}.toml"
    for path, why in dict(data["left_out"]).items():  # type: ignore[call-overload]  # a dict of texts
        yield f"LEFT OUT {path}: {why}"
    for name, why in dict(data["refused"]).items():  # type: ignore[call-overload]  # as above
        yield f"NOT USABLE YET {name}: {why}"
    yield f"{data['questions']} questions in {out}: look for QUESTION; then `assay plant try MAPPING --plant {out}`"
