"""One training of one lake: named by what it is made from, run, and put before the gate of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from expectations.features import features_of, risk_of
from expectations.residuals import residuals_of
from jobs.gold.feature_basis import built_delays, in_words
from jobs.models import registry
from jobs.models.folders import read_version
from jobs.models.frames import data_versions, training_frames
from jobs.models.known_then import check_known_then
from jobs.models.parameters import starting_params, with_changes
from jobs.models.refusals import models_refuse
from jobs.models.search import checked_minutes, over_after
from jobs.models.wish import Wish
from jobs.runtime.progress import show
from lakehouse.errors import UsageError
from lakehouse.log import log
from lakehouse.plant import Plant
from ml.data.content import content_sha256
from ml.data.dataset import FeatureList, TrainingFrames
from ml.gates.registry import version_id
from ml.models.booster_alternatives import MOST_ALTERNATIVES
from ml.models.champion import Champion
from ml.models.libraries import library_versions
from ml.policy import Policy
from ml.training.stored_champion import load_champion
from ml.training.train import TrainedModel, TrainingParams, train
from ml.training.training_code import code_digest

MOST_ROUNDS, MOST_SEED = 10_000, 2**31 - 1
"""Source of the second: XGBoost keeps its seed in 32 bits, signed."""


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """One training, named.

    Attributes:
        version: Follows from the rows read, policy, parameters, features, the code of `ml` and its libraries.
        frames: The rows that it names.
        versions: Version of each source at which its content last changed.
        policy: Policy it is evaluated under.
        params: Parameters of both models.
        code: Digest of the code of `ml`.
        champion: Version it is evaluated against; None where there is none.
        approved_by: Person who takes a small plant's decision.
        reason: Why it was asked for, for the registry; no part of the version.
        beside: The policy of each further horizon that gets a model.
        parts: What the version follows from, beside the rows and the code.
        search_minutes: Time for trying alternatives to the parameters; None: no limit.
    """

    version: str
    frames: TrainingFrames = field(repr=False, compare=False)
    versions: dict[str, int]
    policy: Policy
    params: TrainingParams
    code: str
    champion: str | None
    approved_by: str | None
    reason: str | None
    beside: tuple[Policy, ...] = ()
    parts: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)
    search_minutes: float | None = None

    def of_tried(self, tried: int) -> "TrainingJob":
        """The same, named by the number of alternatives that a search tried, as a training without limit is."""
        params = replace(self.params, failure=replace(self.params.failure, alternatives=tried))
        parts = {**self.parts, "params": params}
        version = version_id(content_sha256(self.frames), parts, self.code)
        return replace(self, version=version, params=params, parts=parts, search_minutes=None)


def training_job(plant: Plant, wish: Wish) -> TrainingJob:
    """The training that follows from a wish and the lake's tables.

    Raises:
        UsageError: Gold is not built, or a parameter is not legal.
    """
    minutes = checked_minutes(wish)
    with models_refuse():
        policy = Policy.of(plant.profile, wish.horizon, plant.policy)
        beside = _beside(plant, wish, policy)
    params = _params(wish, policy)
    versions, code = data_versions(plant), code_digest()
    show("reading gold")
    frames = training_frames(plant)
    features = _features(plant)
    parts = made_from(policy, params, features.names, library_versions(), features.delays)
    parts |= {"risk": dict(features.risk)} if features.risk else {}
    parts |= {"residuals": features.residuals} if features.residuals else {}
    parts |= {"beside": [each.horizon for each in beside]} if beside else {}
    version = version_id(content_sha256(frames), parts, code)
    return TrainingJob(
        version, frames, versions, policy, params, code, registry.champion(plant), wish.approved_by, wish.reason,
        beside, parts, minutes,
    )  # fmt: skip


def _params(wish: Wish, policy: Policy) -> TrainingParams:
    """What a person states, else what the policy does; a search may try every alternative."""
    starting = starting_params(policy)
    failure, anomaly = starting.failure, starting.anomaly
    if wish.rounds is not None:
        failure = replace(failure, rounds=_within("rounds", wish.rounds, 1, MOST_ROUNDS))
    if wish.seed is not None:
        seed = _within("seed", wish.seed, 0, MOST_SEED)
        failure, anomaly = replace(failure, seed=seed), replace(anomaly, seed=seed)
    params = with_changes(TrainingParams(failure, anomaly), wish.changes)
    if wish.search_minutes is None:
        return params
    return replace(params, failure=replace(params.failure, alternatives=MOST_ALTERNATIVES))


def _beside(plant: Plant, wish: Wish, leading: Policy) -> tuple[Policy, ...]:
    """The policies of further horizons, each once, the shortest first."""
    names = plant.profile.labels.models if wish.beside is None else wish.beside
    found = {policy.horizon: policy for policy in (Policy.of(plant.profile, name, plant.policy) for name in names)}
    return tuple(sorted((one for one in found.values() if one.horizon != leading.horizon), key=lambda x: x.horizon_us))


def made_from(
    policy: Policy,
    params: TrainingParams,
    features: Sequence[str],
    libraries: Mapping[str, str],
    delays: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, object]:
    """What a model is made from beside its data and the code of `ml`, for its name."""
    made = {"policy": policy, "params": params, "features": list(features), "libraries": dict(libraries)}
    return {**made, "delays": dict(delays)} if delays else made


def _features(plant: Plant) -> FeatureList:
    """The profile's features, whose delays are those of gold's rows.

    Raises:
        UsageError: Gold's rows were built with other delays.
    """
    features, built = _declared(plant), built_delays(plant)
    if built != features.delays:
        raise UsageError(
            f"gold.machine_features uses events with the delays {in_words(built)}, the profile declares "
            f"{in_words(features.delays)}; run `assay gold` first"
        )
    return features


def _declared(plant: Plant) -> FeatureList:
    profile = plant.profile
    return FeatureList.of(features_of(profile), risk_of(profile), residuals_of(profile))


def train_and_evaluate(plant: Plant, job: TrainingJob) -> TrainedModel:
    """Both models and the gate's answer. The same tables give the same models, whoever is champion.

    Raises:
        UsageError: The tables cannot be learnt from, features know of what came later, or the champion's folder is
            damaged.
    """
    log().info("training version %s against %s", job.version, job.champion or "no champion")
    with models_refuse():
        show("comparing features with what was known then")
        check_known_then(plant)
        return train(
            job.frames, _features(plant), job.policy, job.params, beside=job.beside,
            champion=_champion(plant, job.champion), approved_by=job.approved_by,
            is_over=over_after(job.search_minutes), notify=show,
        )  # fmt: skip


def _champion(plant: Plant, name: str | None) -> Champion | None:
    row = registry.version(plant, name) if name else None
    return None if row is None else load_champion(row.version, read_version(plant.lake, row))


def _within(name: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise UsageError(f"--{name} {value}; legal: {least} to {most}")
    return value
