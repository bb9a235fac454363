"""A registered version as one folder that needs nothing else: its files, its history, its bundles, digests of all."""

import shutil
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from jobs.models import registry
from jobs.models.folders import read_model
from jobs.models.registered.entry import Entry, entries, entry
from jobs.runtime.report import RunReport, json_line
from lakehouse.bundle_shelf import SHELF, SUFFIX
from lakehouse.errors import UsageError
from lakehouse.plant import Plant

SUMS = "SHA256SUMS"


def exported(plant: Plant, folder: Path, name: str | None) -> RunReport:
    """Write a version, by default the champion, into a new folder of its name; whole or not at all.

    Raises:
        UsageError: There is no such version, its folder is gone or altered, or the target is there with other content.
    """
    chosen = name or registry.champion(plant)
    if chosen is None:
        raise UsageError("there is no champion to export; name a version of `assay models list`")
    one = entry(entries(plant), chosen)
    files = _files(plant, one)
    target = folder / one.row.version
    if target.exists():
        if _read(target) != files:
            raise UsageError(f"{target} is there with other content; name another folder, or move it away")
        return _report(one, target, files, changed=False)
    _write(target, files)
    return _report(one, target, files, changed=True)


def _files(plant: Plant, one: Entry) -> dict[str, bytes]:
    """Path in the folder -> content."""
    made = [row for row in registry.decisions(plant) if row.version == one.row.version]
    names = [row for row in registry.aliases(plant) if row.version == one.row.version]
    files = {f"model/{name}": content for name, content in read_model(plant.lake, one.row).items()}
    files["version.json"] = f"{json_line(one.document())}\n".encode()
    files["decisions.json"] = f"{json_line([asdict(row) for row in made])}\n".encode()
    files["aliases.json"] = f"{json_line([asdict(row) for row in names])}\n".encode()
    for bundle, _ in one.bundles:
        key = SHELF / f"{bundle.replace('@', '-')}{SUFFIX}"
        if plant.lake.storage.entry(key) is not None:
            files[f"bundles/{key.name}"] = plant.lake.storage.read(key)
    sums = (f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return files | {SUMS: "".join(sums).encode()}


def _read(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _write(target: Path, files: dict[str, bytes]) -> None:
    """Beside the target first: a name that is there is whole."""
    draft = target.with_name(f".{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    for name, content in files.items():
        path = draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    draft.rename(target)


def _report(one: Entry, target: Path, files: dict[str, bytes], *, changed: bool) -> RunReport:
    size = sum(map(len, files.values()))
    digest = sha256(files[SUMS]).hexdigest()
    line = f"models: {one.row.version} in {target}: {len(files)} files, {size:,} bytes; {SUMS} has sha256 {digest}"
    data = {"version": one.row.version, "folder": target, "files": sorted(files), "sha256": digest}
    return RunReport(
        "models", changed=changed, lines=(line, f"  check it: cd {target} && sha256sum -c {SUMS}"), data=data
    )
