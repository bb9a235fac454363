"""`assay bundle build|verify|show|sign`: the champion as a small signed file that a gateway loads."""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edge_bundle.format.bundle import TrustedBundle, leaders, open_bundle
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.errors import BundleError
from edge_bundle.format.manifest_check import TIME_FORMAT
from jobs.commands.keys import SigningKey, load_key
from jobs.edge.later_signature import sign_file
from jobs.edge.numbering import greatest_used, is_off_the_shelf, last_scored, next_number
from jobs.edge.pipeline_document import pipeline_of
from jobs.edge.sealing import draft
from jobs.models import registry
from jobs.models.folders import read_model
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.bundle_shelf import Shelved, bundle_name, newest_of, put, shelf
from lakehouse.errors import GateRefused, UsageError
from lakehouse.plant import Plant

if TYPE_CHECKING:
    from edge_bundle.compiler.seal import DraftMember
    from edge_bundle.format.manifest import Manifest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which file."""
    parser.add_argument(
        "action", choices=["build", "verify", "show", "sign"],
        help="seal the champion; check a file; list it; add a signature to it",
    )  # fmt: skip
    parser.add_argument("file", type=Path, nargs="?", help="not for build: the bundle; default: the champion's newest")
    parser.add_argument("--expires", metavar="UTC", help="build: gateways refuse it from YYYY-MM-DDTHH:MM:SSZ on")
    parser.add_argument("--rollback-floor", metavar="N", type=int, help="build: gateways that proved it refuse less")
    parser.add_argument("--hardware", metavar="NAME", action="append",
        help="build: only gateways of this hardware take it (x86_64, aarch64, armv7, or a fleet's own name); "
        "may be repeated; default: any")  # fmt: skip
    parser.add_argument("--trusted-key", metavar="HEX", action="append",
        help="not for build: a key that must have signed; may be repeated; default: the release key")  # fmt: skip
    parser.add_argument("--threshold", metavar="K", type=int, default=1,
        help="not for build: how many different trusted keys must have signed; default 1")  # fmt: skip
    parser.add_argument("--key", metavar="NAME", help="sign: name of the key that signs, as `assay keys make` made it")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Build, verify, show or sign.

    Raises:
        GateRefused: The bundle to verify or to sign is not to be trusted.
        UsageError: There is no champion, no kernel, no key, or no such file.
    """
    plant = load_plant(settings)
    term = Term(_moment(args.expires) if args.expires else None, args.rollback_floor, tuple(args.hardware or ()))
    if args.action == "build":
        return build(plant, settings, term)
    if term != Term():
        raise UsageError(
            f"--expires, --rollback-floor and --hardware are sealed into a bundle, not asked by {args.action}"
        )
    if args.file is not None and not args.file.is_file():
        raise UsageError(f"{args.file}: {'not a file' if args.file.exists() else 'No such file'}; name a bundle's file")
    if (args.action == "sign") != (args.key is not None):
        raise UsageError("sign takes --key NAME, the name of the key that signs; verify and show take none")
    keys = [_trusted(text) for text in args.trusted_key or ()] or [public_bytes(_own_key(settings))]
    path = args.file or _champions(plant, keys).path
    if args.action == "sign":
        return _sign(args, settings, path, keys)
    bundle, proof = _verified(path, keys, args.threshold)
    lines = (f"bundle: {bundle_name(bundle.manifest)}: signature, members and golden vectors hold ({proof})",)
    shown = _contents(bundle) if args.action == "show" else ()
    return RunReport("bundle", changed=False, lines=lines + shown, data=_data(path, bundle))


def _verified(path: Path, keys: Sequence[bytes], threshold: int) -> tuple[TrustedBundle, str]:
    """The bundle in a file, and what proved it."""
    if not 1 <= threshold <= len(set(keys)):
        raise UsageError(f"--threshold {threshold}; legal: 1 to {len(set(keys))}, the number of different trusted keys")
    try:
        bundle = open_bundle(path, keys, threshold=threshold)
        return bundle, _prove(bundle)
    except BundleError as exc:
        raise GateRefused(f"{path}: {exc}", {"bundle": path, "reasons": [str(exc)]}) from exc
    except OSError as exc:
        raise UsageError(f"{path}: {exc.strerror}") from exc


def _sign(args: argparse.Namespace, settings: Settings, path: Path, keys: Sequence[bytes]) -> RunReport:
    """Add the signature of a key to a bundle that holds."""
    key = load_key(settings.keys, args.key)
    _verified(path, keys, args.threshold)
    changed = sign_file(path, key.private)
    bundle, _ = _verified(path, [*keys, public_bytes(key)], args.threshold)
    told = "signed by" if changed else "was signed already by"
    line = f"bundle: {bundle_name(bundle.manifest)}: {told} key {key.key_id}; {len(bundle.signers)} signatures hold"
    return RunReport("bundle", changed=changed, lines=(line,), data=_data(path, bundle))


@dataclass(frozen=True, slots=True)
class Term:
    """How long a bundle may be used, where a person says so.

    Attributes:
        expires: From then on gateways refuse it, ``YYYY-MM-DDTHH:MM:SSZ``; None: as the version's newest bundle says.
        floor: Gateways that confirmed it refuse smaller builds; None, or less than the newest bundle says: as it says.
        hardware: Names of the hardware that takes it; none: as the version's newest bundle says.
    """

    expires: str | None = None
    floor: int | None = None
    hardware: tuple[str, ...] = ()


def build(plant: Plant, settings: Settings, term: Term = Term()) -> RunReport:
    """Seal the champion. The same champion, kernels, key and term give the same file, and then nothing is written.

    Args:
        plant: The plant.
        settings: Of the run.
        term: What a person says of how long it may be used.

    Raises:
        GateRefused: The bundle would be too large, or a compiled model does not give the trainer's golden scores.
        UsageError: There is no champion or no key, its folder is damaged, or the kernels are not built.
    """
    from edge_bundle.compiler.errors import CompileError, SealError
    from edge_bundle.compiler.seal import seal

    version = registry.champion(plant)
    row = registry.version(plant, version) if version else None
    if row is None:
        raise UsageError("there is no champion to seal; run `assay train`, then `assay promote`")
    key = load_key(settings.keys)  # Never made here: a wrong path would be a new root of trust.
    pipeline = pipeline_of(plant.profile, plant.mappings, plant.lake.arrow(plant.tables["silver.machines"]).to_pylist())
    try:
        manifest, members = draft(row, read_model(plant.lake, row), pipeline)
        standing = shelf(plant.lake, [public_bytes(key)])
        same = newest_of(standing, row.version)
        manifest = _with_term(manifest, term, same, standing)
        may_stand = same is not None and _term(same.bundle.manifest) == _term(manifest)
        if (
            same is not None
            and may_stand
            and _is_the_same(same, seal(_as(manifest, same.bundle.manifest), members, key.private))
        ):
            line = f"bundle: {same.name} exists already, byte for byte"
            return RunReport("bundle", changed=False, lines=(line,), data=_data(same.path, same.bundle))
        manifest, data = _sealed(plant, manifest, members, key, standing)
    except SealError as exc:
        raise GateRefused(f"version {row.version} is not sealed: {exc}", {"reasons": [str(exc)]}) from exc
    except CompileError as exc:
        raise UsageError(f"version {row.version} cannot be sealed: {exc}") from exc
    path = put(plant.lake, bundle_name(manifest), data)
    bundle = open_bundle(path, [public_bytes(key)])
    lines = (f"bundle: {bundle_name(manifest)}: {len(data):,} bytes, sha256 {bundle.sha256[:16]}, {path}",)
    return RunReport("bundle", changed=True, lines=lines, data=_data(path, bundle))


def _is_the_same(standing: Shelved, again: bytes) -> bool:
    """Whether a bundle is the one on the shelf, but for signatures that were added there."""
    return leaders(standing.path.read_bytes())[0] == leaders(again)[0]


def _sealed(
    plant: Plant, draft: "Manifest", members: "Mapping[str, DraftMember]", key: SigningKey, standing: Sequence[Shelved]
) -> "tuple[Manifest, bytes]":
    """The bundle under a number of its own; the one that scored last, if only its file was lost, under its old one."""
    from edge_bundle.compiler.seal import seal

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


def _trusted(text: str) -> bytes:
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise UsageError(f"--trusted-key {text!r}; legal: a raw Ed25519 key, 64 hexadecimal characters")
    return bytes.fromhex(text)


def _own_key(settings: Settings) -> SigningKey:
    """The key that signs here, which a bundle from elsewhere was not signed with."""
    try:
        return load_key(settings.keys)
    except UsageError as exc:
        raise UsageError(f"{exc}, or name the signer's public key with --trusted-key") from exc


def public_bytes(key: SigningKey) -> bytes:
    """The raw public key, 32 bytes."""
    return bytes.fromhex(key.public_hex)


def _champions(plant: Plant, keys: Sequence[bytes]) -> Shelved:
    version = registry.champion(plant)
    found = newest_of(shelf(plant.lake, keys), version) if version else None
    if found is None:
        raise UsageError("the champion has no bundle yet; run `assay bundle build`")
    return found


def _as(manifest: "Manifest", standing: "Manifest") -> "Manifest":
    return replace(manifest, version=standing.version, build=standing.build)


def _term(manifest: "Manifest") -> Term:
    return Term(manifest.expires_at, manifest.rollback_floor, manifest.compatible.hardware)


def _with_term(manifest: "Manifest", term: Term, same: Shelved | None, standing: Sequence[Shelved]) -> "Manifest":
    """A floor is never lowered; an expiry holds for the bundles of its version until another is said."""
    lowest = standing[-1].bundle.manifest.rollback_floor if standing else 0
    expires = term.expires or (same.bundle.manifest.expires_at if same else None)
    hardware = term.hardware or (same.bundle.manifest.compatible.hardware if same else ())
    compatible = replace(manifest.compatible, hardware=hardware)
    return replace(manifest, expires_at=expires, rollback_floor=max(term.floor or 0, lowest), compatible=compatible)


def _prove(bundle: TrustedBundle) -> str:
    from edge_bundle.format.golden import check_golden
    from edge_bundle.format.kernel import signed_kernel

    models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}
    result = check_golden(bundle, models, signed_kernel(bundle.members))
    return f"{result.scores} golden scores equal, by {result.scorer}"


def _contents(bundle: TrustedBundle) -> tuple[str, ...]:
    files = sorted(bundle.manifest.files.items())
    return tuple(f"  {entry.role:<10} {entry.size:>10,} B  {path}" for path, entry in files)


def _data(path: Path, bundle: TrustedBundle) -> dict[str, object]:
    return {
        "path": path, "bundle": bundle_name(bundle.manifest), "bytes": bundle.size, "sha256": bundle.sha256,
        "model_version": bundle.manifest.models[0].version,
    }  # fmt: skip
