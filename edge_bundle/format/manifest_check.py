"""What must be true of a manifest: of a draft before it is sealed, and of a sealed one's members."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timezone

from edge_bundle.format.archive import LEADERS, check_path
from edge_bundle.format.bounds import MAX_ALARM_S, MAX_HOURS, MAX_MODELS, MAX_SCORE_EVERY_S, MAX_THRESHOLDS
from edge_bundle.format.calibration import Calibration
from edge_bundle.format.compatibility import check_stated
from edge_bundle.format.derived_model import DERIVED_KIND
from edge_bundle.format.digest import is_sha256, sha256_hex
from edge_bundle.format.errors import ArchiveError, ManifestError, MemberError
from edge_bundle.format.kernel import KERNEL_ABI
from edge_bundle.format.manifest import (
    ROLE_GOLDEN,
    ROLE_MODEL,
    ROLES,
    FileEntry,
    Manifest,
    Threshold,
)
from edge_bundle.format.model_scorers import RESIDUAL_KINDS, needs_list, scorer_of
from edge_bundle.format.optional_parts import ROLE_PREFIX
from edge_bundle.format.outlook import OutlookTable
from edge_bundle.format.runtime import (
    ALARM_TIMES,
    LISTED_SCORES,
    MISSING_WINDOWS,
    ORDERED_HORIZONS,
    RESIDUAL_COLUMNS,
    RESIDUAL_MODELS,
    RUNTIME,
    version,
)

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}\Z")
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def check_draft(manifest: Manifest) -> None:
    """Everything that the manifest says by itself; ``files`` and ``signers`` may still be empty.

    Raises:
        ManifestError: A field with an illegal value, or two that contradict each other.
    """
    _check_identity(manifest)
    _check_times(manifest)
    _check_features(manifest)
    _check_models(manifest)
    _require(
        len(manifest.thresholds) <= MAX_THRESHOLDS,
        f"{len(manifest.thresholds)} thresholds; legal are at most {MAX_THRESHOLDS}",
    )
    for threshold in manifest.thresholds:
        _check_threshold(manifest, threshold)
    _check_distinct("threshold", ((item.model, item.name) for item in manifest.thresholds))
    for calibration in manifest.calibrations:
        _check_calibration(manifest, calibration)
    _check_distinct("calibration", (item.model for item in manifest.calibrations))
    for table in manifest.outlooks:
        _check_outlook(manifest, table)
    _check_distinct("table of outlooks", (item.model for item in manifest.outlooks))
    _check_golden(manifest)
    _check_alarm_times(manifest)


def check_sealed(manifest: Manifest, members: Mapping[str, bytes]) -> None:
    """Everything that ``check_draft`` asks, and that the members are the ones stated.

    Args:
        manifest: The manifest, with ``files`` and ``signers``.
        members: Every member's bytes, manifest and signature left out.

    Raises:
        ManifestError: The manifest contradicts itself.
        MemberError: A member is missing, not listed, or has other bytes.
    """
    check_draft(manifest)
    _require(len(manifest.signers) >= 1, "a sealed manifest names its signers")
    for key in manifest.signers:
        _require(is_sha256(key), f"signer {key[:80]!r} is no key of 64 hexadecimal characters")
    _check_distinct("signer", manifest.signers)
    for path, entry in manifest.files.items():
        _check_file(path, entry, manifest.optional)
    _check_references(manifest)
    if set(members) != set(manifest.files):
        odd = sorted(set(members) ^ set(manifest.files))
        raise MemberError(f"members and manifest differ in {odd[:5]}")
    for path, entry in manifest.files.items():
        check_member(path, entry, members[path])


def check_member(path: str, entry: FileEntry, data: bytes) -> None:
    """Refuse bytes that are not the ones that the manifest states.

    Raises:
        MemberError: Size or digest differs.
    """
    if len(data) != entry.size or sha256_hex(data) != entry.sha256:
        raise MemberError(f"member {path!r} is not the one that was signed")


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ManifestError(message)


def _check_distinct(what: str, keys: Iterable[object]) -> None:
    found = list(keys)
    _require(len(found) == len(set(found)), f"a {what} is in the manifest twice")


def _check_identity(manifest: Manifest) -> None:
    _require(_NAME.match(manifest.name) is not None, f"bundle name {manifest.name[:80]!r}")
    version(manifest.version)
    check_stated(manifest.compatible, manifest.min_runtime)
    _require(
        0 <= manifest.rollback_floor <= manifest.build and manifest.build >= 1,
        f"build {manifest.build}, rollback floor {manifest.rollback_floor}; legal is "
        "0 <= floor <= build and 1 <= build",
    )
    _require(
        manifest.kernel_abi == KERNEL_ABI,
        f"kernel interface {manifest.kernel_abi}; this runtime has {KERNEL_ABI}",
    )
    _require(
        1 <= manifest.score_every_s <= MAX_SCORE_EVERY_S,
        f"score_every_s is {manifest.score_every_s}; legal: 1 to {MAX_SCORE_EVERY_S}",
    )


def _check_times(manifest: Manifest) -> None:
    created = _parse_time(manifest.created_at)
    if manifest.expires_at is not None:
        _require(created < _parse_time(manifest.expires_at), "the bundle expires before it begins")


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.strptime(text, TIME_FORMAT).replace(tzinfo=timezone.utc)
    except ValueError as exc:
        raise ManifestError(f"time {text[:40]!r}; legal is YYYY-MM-DDTHH:MM:SSZ") from exc
    _require(moment.strftime(TIME_FORMAT) == text, f"time {text!r} is not in its one spelling")
    return moment


def _check_features(manifest: Manifest) -> None:
    _require(len(manifest.features) >= 1, "a bundle without features can score nothing")
    _check_distinct("feature", (entry.name for entry in manifest.features))
    for entry in manifest.features:
        absent = entry.minimum is None and entry.maximum is None
        ordered = entry.minimum is not None and entry.maximum is not None and entry.minimum <= entry.maximum
        _require(absent or ordered, f"range of feature {entry.name!r} is not ordered")


def _check_models(manifest: Manifest) -> None:
    _require(len(manifest.models) >= 1, "a bundle carries at least one model")
    _check_distinct("model", (entry.name for entry in manifest.models))
    _require(len(manifest.models) <= MAX_MODELS, f"{len(manifest.models)} models; legal are at most {MAX_MODELS}")
    for entry in manifest.models:
        _require(_NAME.match(entry.name) is not None, f"model name {entry.name[:80]!r}")
        scorer_of(entry.kind)
        hours = entry.horizon_h
        _require(hours is None or 1 <= hours <= MAX_HOURS, f"horizon of {entry.name!r} is {hours} h; legal: 1 and more")
        _require(is_sha256(entry.source_sha256), f"source digest of model {entry.name!r}")
        _require(
            entry.n_features == len(manifest.features),
            f"model {entry.name!r} takes {entry.n_features} features; the manifest declares {len(manifest.features)}",
        )

        rule = entry.missing
        _require(rule is None or rule.is_legal(entry.n_features), f"missing windows of model {entry.name!r}")

    if any(entry.missing is not None for entry in manifest.models):
        _require_runtime(manifest, MISSING_WINDOWS, "models that leave out rows need")
    if any(entry.kind in RESIDUAL_KINDS for entry in manifest.models):
        _require_runtime(manifest, RESIDUAL_MODELS, "residual models need")
    if any(entry.kind == DERIVED_KIND for entry in manifest.models):
        _require_runtime(manifest, RESIDUAL_COLUMNS, "residual columns need")
    if manifest.is_ordered:
        _require_runtime(manifest, ORDERED_HORIZONS, "probabilities in order of their horizons need")
    # A runtime that does not list scores by name could not say whose a margin is.
    if needs_list(entry.kind for entry in manifest.models):
        _require_runtime(manifest, LISTED_SCORES, "several models of a kind need")


def _require_runtime(manifest: Manifest, least: str, what: str) -> None:
    knows = bool(manifest.min_runtime) and version(manifest.min_runtime) >= version(least)
    _require(knows, f"{what} min_runtime {least} or newer, it is {manifest.min_runtime!r}")


def _check_golden(manifest: Manifest) -> None:
    scored = [name for golden in manifest.all_golden for name in golden.scores]
    _require(
        sorted(scored) == sorted(entry.name for entry in manifest.models),
        "golden scores must be there once for each model and no other",
    )
    for golden in manifest.all_golden:
        _require(golden.count >= 1, "at least one golden row is needed")


def _check_alarm_times(manifest: Manifest) -> None:
    for name, value in (("alarm_clear_s", manifest.alarm_clear_s), ("alarm_repeat_s", manifest.alarm_repeat_s)):
        _require(1 <= value <= MAX_ALARM_S, f"{name} is {value}; legal: 1 to {MAX_ALARM_S}")
    if manifest.has_own_alarm_times:
        _require_runtime(manifest, ALARM_TIMES, "alarms with times of their own need")


def _require_model(manifest: Manifest, model: str) -> None:
    names = sorted(entry.name for entry in manifest.models)
    _require(model in names, f"model {model!r} is spoken of, but there are only {names}")


def _check_threshold(manifest: Manifest, threshold: Threshold) -> None:
    _require_model(manifest, threshold.model)
    _require(_NAME.match(threshold.name) is not None, f"threshold name {threshold.name[:80]!r}")


def _check_calibration(manifest: Manifest, calibration: Calibration) -> None:
    _require_model(manifest, calibration.model)
    _require(
        calibration.is_legal(),
        f"calibration of {calibration.model!r}: legal are platt with slope and intercept, or isotonic "
        "with knots of rising scores and probabilities from 0 to 1",
    )


def _check_outlook(manifest: Manifest, table: OutlookTable) -> None:
    _require_model(manifest, table.model)
    _require(
        scorer_of(manifest.model(table.model).kind).predicts_failure and table.is_legal(),
        f"outlook of {table.model!r}: legal is a table of a failure model, with rising float32 knots, one bin more, "
        "hours in order that never grow from bin to bin, and confidence from 0 to 1",
    )


def _check_file(path: str, entry: FileEntry, optional: Collection[str]) -> None:
    try:
        check_path(path)
    except ArchiveError as exc:
        raise ManifestError(str(exc)) from exc
    _require(path not in LEADERS, f"{path!r} cannot list itself")
    is_passed_over = f"{ROLE_PREFIX}{entry.role}" in optional
    _require(entry.role in ROLES or is_passed_over, f"role {entry.role!r} of {path!r}; runtime {RUNTIME} knows {ROLES}")
    _require(entry.size >= 0 and is_sha256(entry.sha256), f"size or digest of {path!r}")


def _check_references(manifest: Manifest) -> None:
    wanted = [(path, ROLE_MODEL) for entry in manifest.models for path in entry.paths]
    for golden in manifest.all_golden:
        wanted += [(path, ROLE_GOLDEN) for path in (golden.rows, *golden.scores.values())]
    for path, role in wanted:
        entry = manifest.files.get(path)
        _require(entry is not None and entry.role == role, f"{path!r} is not among the {role} files")
    _check_distinct("path", (path for path, _ in wanted))
