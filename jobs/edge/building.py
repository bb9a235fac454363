"""The champion sealed: a small signed file that a gateway loads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edge_bundle.compiler.errors import CompileError, SealError
from edge_bundle.compiler.seal import DraftMember, seal
from edge_bundle.format.bundle import leaders, open_bundle
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.manifest import Manifest
from edge_bundle.format.manifest_check import TIME_FORMAT
from jobs.edge.bundle_record import record
from jobs.edge.bundle_report import bundle_data, unasked_rules
from jobs.edge.numbering import greatest_used, is_off_the_shelf, last_scored, next_number
from jobs.edge.older_bundles import record_older
from jobs.edge.pipeline_document import pipeline_of
from jobs.edge.sealing import Trained, draft, left_out
from jobs.edge.signing import SigningKey, load_key
from jobs.models import registry
from jobs.models.folders import read_version
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.bundle_shelf import Shelved, bundle_name, newest_of, put, shelf
from lakehouse.errors import GateRefused, UsageError
from lakehouse.plant import Plant

if TYPE_CHECKING:
    from ml.gates.registry import ModelVersion


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a bundle may be used, where a person says so.

    Attributes:
        expires: From then on gateways refuse it, ``YYYY-MM-DDTHH:MM:SSZ``; None: as the version's newest bundle says.
        floor: Gateways that confirmed it refuse smaller builds; None, or less than the newest bundle says: as it says.
        hardware: Names of the hardware that takes it; none: as the version's newest bundle says.
        others: Versions that bring models more; none: as the version's newest bundle says.
    """

    expires: str | None = None
    floor: int | None = None
    hardware: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @classmethod
    def asked(
        cls, expires: str | None, floor: int | None, hardware: Sequence[str], others: Sequence[str] = ()
    ) -> "Validity":
        """The expiry that a person asked for.

        Raises:
            UsageError: `expires` is no time.
        """
        return cls(None if expires is None else _moment(expires), floor, tuple(hardware), tuple(others))


def build_champion(settings: Settings, validity: Validity) -> RunReport:
    """Seal the champion of the plant in force. Raises: as `build`."""
    return build(load_plant(settings), settings, validity)


def build(plant: Plant, settings: Settings, validity: Validity = Validity()) -> RunReport:
    """Seal the champion. The same champion, kernels, key and expiry give the same file, and then nothing is written.

    Args:
        plant: The plant.
        settings: Of the run.
        validity: The expiry that a person gives.

    Raises:
        GateRefused: The bundle would be too large, or a compiled model does not give the trainer's golden scores.
        UsageError: There is no champion or no key, its folder is damaged, or the kernels are not built.
    """
    version = registry.champion(plant)
    row = registry.version(plant, version) if version else None
    if row is None:
        raise UsageError("there is no champion to seal; run `assay train`, then `assay promote`")
    record_older(plant)
    key = load_key(settings.keys)  # Never made here: a wrong path would be a new root of trust.
    pipeline = pipeline_of(plant.profile, plant.mappings, plant.lake.arrow(plant.tables["silver.machines"]).to_pylist())
    try:
        standing = shelf(plant.lake, [key.public])
        same = newest_of(standing, row.version)
        versions = _versions(plant, row, validity.others or _others(same))
        manifest, members = draft(versions, pipeline)
        manifest = _with_validity(manifest, validity, same, standing)
        is_same_validity = same is not None and _validity(same.bundle.manifest) == _validity(manifest)
        if (
            same is not None
            and is_same_validity
            and _is_the_same(same, seal(_as(manifest, same.bundle.manifest), members, key.private))
        ):
            record(plant, same.bundle, versions)  # of a bundle that older code sealed
            line = f"bundle: {same.name} exists already, byte for byte"
            lines = (line, *unasked_rules(plant.profile))
            return RunReport("bundle", changed=False, lines=lines, data=bundle_data(same.path, same.bundle))
        manifest, data = _sealed(plant, manifest, members, key, standing)
    except SealError as exc:
        raise GateRefused(f"version {row.version} is not sealed: {exc}", {"reasons": [str(exc)]}) from exc
    except CompileError as exc:
        raise UsageError(f"version {row.version} cannot be sealed: {exc}") from exc
    path = put(plant.lake, bundle_name(manifest), data)
    bundle = open_bundle(path, [key.public])
    record(plant, bundle, versions)
    lines = (
        f"bundle: {bundle_name(manifest)}: {len(data):,} bytes, sha256 {bundle.sha256[:16]}, {path}",
        *(f"  left out, an earlier version has a model of that name: {name}" for name in left_out(versions)),
        *unasked_rules(plant.profile),
    )
    return RunReport("bundle", changed=True, lines=lines, data=bundle_data(path, bundle))


def _others(same: Shelved | None) -> tuple[str, ...]:
    """The versions beside the first that a bundle has models of."""
    found = dict.fromkeys(entry.version for entry in same.bundle.manifest.models) if same else {}
    return tuple(found)[1:]


def _versions(plant: Plant, row: "ModelVersion", others: Sequence[str]) -> list[Trained]:
    """The champion and the others, with their model folders."""
    rows = [row]
    for name in others:
        other = registry.version(plant, name)
        if other is None:
            raise UsageError(f"there is no version {name!r}; name one of gold.model_versions")
        if other.version in (one.version for one in rows):
            raise UsageError(f"version {name} is named twice, or is the champion, which is in the bundle anyway")
        rows.append(other)
    return [Trained(one, read_version(plant.lake, one)) for one in rows]


def _is_the_same(standing: Shelved, again: bytes) -> bool:
    """Whether a bundle is the one on the shelf, but for signatures that were added there."""
    return leaders(standing.sealed())[0] == leaders(again)[0]


def _sealed(
    plant: Plant, draft: Manifest, members: Mapping[str, DraftMember], key: SigningKey, standing: Sequence[Shelved]
) -> tuple[Manifest, bytes]:
    """The bundle under a number of its own; the one that scored last, if only its file was lost, under its old one."""
    used = greatest_used(plant)
    if used is not None and is_off_the_shelf(used, standing) and draft.rollback_floor <= used.build:
        again = seal(used.on(draft), members, key.private)
        if sha256_hex(again) == last_scored(plant.lake):
            return used.on(draft), again
    numbered = next_number(draft, standing, used).on(draft)
    return numbered, seal(numbered, members, key.private)


def _moment(text: str) -> str:
    try:
        return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=UTC).strftime(TIME_FORMAT)
    except ValueError as exc:
        raise UsageError(f"--expires {text!r}; legal: UTC as YYYY-MM-DDTHH:MM:SSZ") from exc


def _as(manifest: Manifest, standing: Manifest) -> Manifest:
    return replace(manifest, version=standing.version, build=standing.build)


def _validity(manifest: Manifest) -> Validity:
    # Which versions it is of is compared with all the rest, byte for byte.
    return Validity(manifest.expires_at, manifest.rollback_floor, manifest.compatible.hardware)


def _with_validity(
    manifest: Manifest, validity: Validity, same: Shelved | None, standing: Sequence[Shelved]
) -> Manifest:
    """A floor is never lowered; an expiry holds for the bundles of its version until another is given."""
    lowest = standing[-1].bundle.manifest.rollback_floor if standing else 0
    expires = validity.expires or (same.bundle.manifest.expires_at if same else None)
    hardware = validity.hardware or (same.bundle.manifest.compatible.hardware if same else ())
    compatible = replace(manifest.compatible, hardware=hardware)
    return replace(manifest, expires_at=expires, rollback_floor=max(validity.floor or 0, lowest), compatible=compatible)
