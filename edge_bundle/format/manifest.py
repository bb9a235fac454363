"""The signed page of a bundle: what is in it, who made it from what, and how to read its scores."""

from dataclasses import dataclass
from typing import Optional

from domain.score_alarm import CLEAR_S, REPEAT_S

from edge_bundle.format.calibration import Calibration
from edge_bundle.format.compatibility import ANYBODY, Compatible
from edge_bundle.format.missing import MissingRule
from edge_bundle.format.outlook import OutlookTable

FORMAT = "assay-bundle/1"

ROLE_MODEL = "model"
ROLE_KERNEL = "kernel"
ROLE_GOLDEN = "golden"
ROLE_FEATURES = "features"
ROLE_REFERENCE = "reference"
ROLES = (
    ROLE_MODEL,
    ROLE_KERNEL,
    ROLE_GOLDEN,
    ROLE_FEATURES,
    ROLE_REFERENCE,
)


@dataclass(frozen=True)
class FileEntry:
    """One member of the bundle, manifest and signature left out.

    Attributes:
        role: One of ``ROLES``.
        size: Bytes.
        sha256: Digest of the bytes.
    """

    role: str
    size: int
    sha256: str


@dataclass(frozen=True)
class ModelEntry:
    """One model.

    Attributes:
        name: How thresholds, golden vectors and scores refer to it, say ``failure_24h``.
        kind: What scores it: ``xgboost-margin``, ``iforest-depth`` or another of `model_scorers`.
        file: Path of the model, a blob where its kind is one of flat trees.
        version: The registry's version of the trained model.
        library: What trained it, with version, say ``xgboost 3.2.0``.
        source_sha256: Digest of the trained model's own file.
        n_features: Length of a row.
        n_trees: Trees; 0 where its kind has none, as the next two.
        n_nodes: Nodes of all trees.
        max_depth: Splits on the longest path.
        horizon_h: Hours ahead that it predicts; None where it predicts nothing.
        more_files: Paths of its further files, where its kind has any.
        missing: Which rows it scores; None: all of them.
    """

    name: str
    kind: str
    file: str
    version: str
    library: str
    source_sha256: str
    n_features: int
    n_trees: int
    n_nodes: int
    max_depth: int
    horizon_h: Optional[int]
    more_files: tuple[str, ...] = ()
    missing: Optional[MissingRule] = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of all its files."""
        return (self.file, *self.more_files)


@dataclass(frozen=True)
class FeatureEntry:
    """One place of the feature vector, in the models' order.

    Attributes:
        name: Column name in gold.
        unit: Canonical unit; empty for a pure number.
        minimum: Least value seen in training; None where it was never there.
        maximum: Greatest value seen in training, or None.
    """

    name: str
    unit: str
    minimum: Optional[float]
    maximum: Optional[float]


@dataclass(frozen=True)
class Threshold:
    """A score at which something is asked for.

    Attributes:
        name: What is asked for: ``alarm``, ``maintenance``, ``safe_stop``, ``anomaly`` ...
        model: Name of the model whose score is compared.
        value: Reached where margin >= value, or path-length sum < value: `model_scorers.KindScorer.reaches`.
    """

    name: str
    model: str
    value: float


@dataclass(frozen=True)
class GoldenEntry:
    """Rows and the scores that every machine must give for them, bit for bit.

    Attributes:
        rows: Path of the rows, float32 little-endian.
        count: How many.
        scores: Per model name the path of its scores: float32 margins, float64 path-length sums.
    """

    rows: str
    count: int
    scores: dict[str, str]


@dataclass(frozen=True)
class Manifest:
    """A bundle's manifest; ``manifest_json`` reads and writes it.

    Attributes:
        name: Bundle name, one per plant and purpose.
        version: Semantic version: major for another feature schema or kernel interface, minor for
            a retrained model, patch for thresholds or descriptions only.
        build: Grows with every bundle of this name, content rollbacks too: the downgrade guard.
        rollback_floor: A gateway that has once loaded this bundle refuses those with a smaller build.
        created_at: UTC, ``YYYY-MM-DDTHH:MM:SSZ``.
        expires_at: UTC moment from which gateways refuse it, or None.
        kernel_abi: Kernel interface it needs.
        plant: Name of the plant profile.
        score_every_s: Seconds of the scoring grid.
        signers: Public keys, 64 hexadecimal characters each, in the order of the signatures.
        files: Every other member by path.
        models: At least one. The columns of scores hold the first of a kind; several of a kind, or a kind without a
            column, are listed by name (`prediction.Prediction`), which runtimes before 1.2.0 cannot.
        features: The vector's places in order.
        thresholds: Per model at most one of each name.
        calibrations: At most one per model.
        golden: Golden vectors of the models of one training.
        trained_on: Versions of the tables that the first model was trained on.
        code_revision: Revision of the code that made the bundle.
        compatible: Plants and hardware that it fits; a bundle of before there was such a list fits all of its plant.
        min_runtime: The least runtime that reads it; empty in bundles of before runtimes were distinguished.
        optional: Parts that a runtime which does not know them may pass over: keys, written as their path without
            numbers and names (``thresholds.hold_s``), and roles of members (``roles.explanation``). Whatever else is
            unknown is refused by name. Source: PNG's critical and ancillary chunks, ISO/IEC 15948, 4.7.2.
        outlooks: At most one per model; none in bundles older than it, and where failures were too few to tell.
        more_golden: Golden vectors of models of further trainings, which have rows of their own.
        is_ordered: Whether no probability is below that of a shorter horizon, see `horizons.in_order`; False in bundles
            older than it.
        alarm_clear_s: An alarm of scores clears when its condition was absent for this long, as the policy has it that
            the thresholds were chosen under; in bundles older than it the shipped time.
        alarm_repeat_s: It is announced again while it lasts, this long after the last announcement; likewise.
    """

    name: str
    version: str
    build: int
    rollback_floor: int
    created_at: str
    expires_at: Optional[str]
    kernel_abi: int
    plant: str
    score_every_s: int
    signers: tuple[str, ...]
    files: dict[str, FileEntry]
    models: tuple[ModelEntry, ...]
    features: tuple[FeatureEntry, ...]
    thresholds: tuple[Threshold, ...]
    calibrations: tuple[Calibration, ...]
    golden: GoldenEntry
    trained_on: dict[str, int]
    code_revision: str
    outlooks: tuple[OutlookTable, ...] = ()
    compatible: Compatible = ANYBODY
    min_runtime: str = ""
    optional: tuple[str, ...] = ()
    more_golden: tuple[GoldenEntry, ...] = ()
    is_ordered: bool = False
    alarm_clear_s: int = CLEAR_S
    alarm_repeat_s: int = REPEAT_S

    @property
    def has_own_alarm_times(self) -> bool:
        """Whether its alarms are not those that runtimes know without it."""
        return (self.alarm_clear_s, self.alarm_repeat_s) != (CLEAR_S, REPEAT_S)

    @property
    def all_golden(self) -> tuple[GoldenEntry, ...]:
        """Golden vectors of all models."""
        return (self.golden, *self.more_golden)

    def paths_of(self, role: str) -> tuple[str, ...]:
        """Paths of all members with ``role``, sorted."""
        return tuple(sorted(path for path, entry in self.files.items() if entry.role == role))

    def model(self, name: str) -> ModelEntry:
        """The model called ``name``.

        Raises:
            KeyError: There is none.
        """
        for entry in self.models:
            if entry.name == name:
                return entry
        raise KeyError(f"no model {name!r}; there are {[entry.name for entry in self.models]}")
