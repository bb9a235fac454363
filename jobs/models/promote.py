"""The version trained last becomes champion, if its gate passed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from edge_bundle.compiler.model_folder import ModelFolderError, read_document
from expectations.model_folder.documents import Metrics
from jobs.models import registry
from jobs.models.folders import read_model
from jobs.models.registered.weeks import in_shadow, weeks_of
from jobs.runtime.prepared import open_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import GateRefused, UsageError
from lakehouse.plant import Plant
from ml.gates.registry import CHALLENGER, CHAMPION, GateDecision, ModelAlias, ModelVersion, holder, promotion, retired

UNCHANGED = RunReport("promote", changed=False, lines=("promote: the version is champion already",))


@dataclass(frozen=True, slots=True)
class Yes:
    """What a person says to a promotion.

    Attributes:
        reason: Why, for the registry, beside the gate's verdict.
        approved_by: Who says yes, where the policy asks for a person; None: nobody.
        unless_taken_back: A version that a rollback took back stays refused, also where it is named: the yes was asked
            for before that.
    """

    reason: str | None = None
    approved_by: str | None = None
    unless_taken_back: bool = False


def promote_in_force(settings: Settings, as_of: datetime, version: str | None = None, yes: Yes = Yes()) -> RunReport:
    """Promote a version of the plant in force. Raises: as `promote`."""
    return promote(open_plant(settings), as_of, version, yes)


def promote(plant: Plant, as_of: datetime, version: str | None = None, yes: Yes = Yes()) -> RunReport:
    """Promote a version.

    Args:
        plant: The plant.
        as_of: Time of the promotion.
        version: Which; also one that a rollback took back. None: the one trained last.
        yes: Why, and who approves.

    Raises:
        GateRefused: Its gate did not pass, or the policy asks for a person and nobody approves; the champion stays. The
            reasons are in the message and in `data`.
        UsageError: It was never trained, the champion changed since the gate, or its folder is damaged.
    """
    return _append(plant, _rows(plant, as_of, version, yes))


def _rows(plant: Plant, as_of: datetime, named: str | None, yes: Yes) -> Sequence[ModelAlias]:
    """The alias rows to append; none where the version is champion already."""
    history = registry.aliases(plant)
    champion = holder(history, CHAMPION)
    row = _version(plant, named or holder(history, CHALLENGER))
    if row.version == champion:
        return ()
    if row.version in retired(history):
        raise UsageError(f"version {row.version} is retired: what it was trained on may be gone; train another version")
    files = read_model(plant.lake, row)
    if not row.kinds:
        raise _refused(row.version, "INSUFFICIENT_DATA", _readiness(files))
    made = registry.decision(plant, row.version, champion)
    if made is None:
        raise UsageError(f"version {row.version} was never compared with champion {champion}; run `assay train` again")
    if not made.is_promoted:
        raise _refused(row.version, made.verdict, registry.reasons(made))
    ended = registry.taken_back(history, row.version)
    if ended is not None and (named is None or yes.unless_taken_back):
        why = (
            f"taken back on {ended.set_at:%Y-%m-%d} ({ended.reason}); --version {row.version} promotes it all the same"
        )
        raise _refused(row.version, made.verdict, [why])
    if yes.approved_by is None and _asks_for_a_person(plant):
        raise _waiting(plant, made)
    approval = f"approved by {yes.approved_by}" if yes.approved_by else None
    why = "; ".join(words for words in (f"gate: {made.verdict}", approval, yes.reason) if words)
    return promotion(history, row.version, as_of, "assay promote", why)


def _asks_for_a_person(plant: Plant) -> bool:
    return any(number.name == "promotion_approvals" and number.value for number in plant.policy)


def _waiting(plant: Plant, made: GateDecision) -> GateRefused:
    """It passed its gate, and the policy asks for a person too: who starts the question gets what to ask."""
    words = (
        f"it passed its gate ({made.verdict}), and the policy asks for a person's yes: read "
        f"`assay models show {made.version}`, then `assay promote --version {made.version} --approved-by NAME`"
    )
    refused = _refused(made.version, made.verdict, [words])
    against = f"against champion {made.champion}" if made.champion else "there is no champion yet"
    beside = in_shadow(weeks_of(plant), made.version)
    shadow = f"; in shadow {len(beside.weeks)} weeks: {beside.words}" if beside else ""
    question = {"is_due": True, "version": made.version, "reason": f"gate: {made.verdict}, {against}{shadow}"}
    return GateRefused(str(refused), {**refused.data, "approval": question})


def _version(plant: Plant, name: str | None) -> ModelVersion:
    row = registry.version(plant, name) if name else None
    if row is None:
        known = f"there is no version {name!r}" if name else "there is no trained version"
        raise UsageError(f"{known}; run `assay train` first")
    return row


def _refused(version: str, verdict: str, reasons: list[str]) -> GateRefused:
    data = {"version": version, "verdict": verdict, "reasons": reasons}
    words = "; ".join(reason.removesuffix(".") for reason in reasons)
    return GateRefused(f"version {version} is not promoted: {words}", data)


def _readiness(files: Mapping[str, bytes]) -> list[str]:
    """Why nothing could be trained."""
    try:
        readiness = read_document(files, Metrics).readiness
    except ModelFolderError as exc:
        raise UsageError(str(exc)) from exc
    return list(readiness.reasons) if readiness else []


def _append(plant: Plant, rows: Sequence[ModelAlias]) -> RunReport:
    registry.append_aliases(plant, rows)
    if not rows:
        return UNCHANGED
    version = rows[0].version
    line = f"promote: version {version} is champion"
    return RunReport("promote", changed=True, lines=(line,), data={"version": version})
