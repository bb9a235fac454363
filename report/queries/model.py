"""The champion: its figures with their denominators, the gate's answer, and how its scores agree."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from edge_bundle.compiler.model_folder import ModelFolderError, read_document
from expectations.model_folder.documents import Check, Metrics, Readiness, Threshold, Thresholds, Training
from expectations.model_folder.models import CARD_FILE
from expectations.model_folder.pictures import Pictures
from lakehouse.errors import UsageError
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage
from report.lake_view import LakeView, Row
from report.queries.answers import GateAnswer, gate_answers

CHAMPION = "champion"
D = TypeVar("D", Metrics, Pictures, Thresholds, Training)


@dataclass(frozen=True, slots=True)
class Decision:
    """The newest answer of a gate on one version."""

    version: str
    decided_at: datetime
    gate: str
    verdict: str
    is_promoted: bool
    is_provisional: bool
    checks: tuple[Check, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One registered version.

    Attributes:
        asked_horizon: Horizon that the training asked for, also where no failure model came of it; None where the
            model's folder does not say.
        figures: The registry's `metrics`: of `failure` and `anomaly` their figures, None where there is no such model.
        readiness: What the data can carry; None where the model's folder does not say.
        champion_since: None for any but the champion.
        pictures: Numbers behind the pictures; None where the model's folder does not have them.
        card_path: Below the lake; None where there is no card.
    """

    version: str
    horizon: str | None
    asked_horizon: str | None
    kinds: str
    trained_at: datetime
    data_versions: Mapping[str, int]
    code_revision: str
    figures: Mapping[str, Any]
    readiness: Readiness | None
    thresholds: tuple[Threshold, ...]
    failure_until: datetime | None
    champion_since: datetime | None
    reason: str
    folder: str
    pictures: Pictures | None
    card_path: str | None

    @property
    def failure(self) -> Mapping[str, Any] | None:
        """Held-out figures of the failure model; None where there is none."""
        return self.figures["failure"]  # type: ignore[no-any-return]  # our own document

    @property
    def anomaly(self) -> Mapping[str, Any] | None:
        """Figures of the anomaly model; None where there is none."""
        return self.figures["anomaly"]  # type: ignore[no-any-return]  # the same

    def threshold(self, name: str) -> Threshold | None:
        """The threshold of that name."""
        return next((each for each in self.thresholds if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores in gold.predictions, and how those of one feature row agree between plant and edge.

    Attributes:
        in_sample: Scores of times whose outcome the training may have seen, those of which nobody knows among them.
        decisions: Each request with its count in batch and at the edge, of all other scores.
    """

    batch: int
    edge: int
    warming_up: int
    in_sample: int
    pairs: int
    equal_digests: int
    equal_margins: int
    equal_paths: int
    decisions: tuple[tuple[str, int, int], ...]
    latency_p50_us: float | None
    latency_p99_us: float | None
    timed: int

    @property
    def differing_digests(self) -> int:
        """Pairs whose feature rows differ, because late data had changed gold's."""
        return self.pairs - self.equal_digests


@dataclass(frozen=True, slots=True)
class Models:
    """The champion, or the newest version where nobody is champion; both None before the first training."""

    champion: ModelFacts | None
    newest: ModelFacts | None
    decision: Decision | None
    versions: int
    scores: Scores
    answers: tuple[GateAnswer, ...] = ()

    @property
    def shown(self) -> ModelFacts | None:
        """The model that the page shows."""
        return self.champion or self.newest


def models(view: LakeView) -> Models:
    """The models of the plant."""
    rows = view.rows("SELECT * FROM gold.model_versions ORDER BY trained_at, version")
    alias = view.rows(
        "SELECT version, set_at, reason FROM gold.model_aliases WHERE alias = $alias ORDER BY sequence DESC LIMIT 1",
        {"alias": CHAMPION},
    )
    known = {row["version"]: row for row in rows}
    holder = alias[0] if alias and alias[0]["version"] in known else None
    champion = _facts(view, known[holder["version"]], holder) if holder else None
    newest = _facts(view, rows[-1], None) if rows else None
    shown = champion or newest
    decided = _decision(view, shown.version) if shown else None
    return Models(champion, newest, decided, len(rows), _scores(view), gate_answers(view))


def _facts(view: LakeView, row: Row, holder: Row | None) -> ModelFacts:
    folder = view.plant.lake.storage.below(Key(row["artifact"]))
    training, metrics = _document(folder, Training), _document(folder, Metrics)
    listed = _document(folder, Thresholds)
    return ModelFacts(
        version=row["version"],
        horizon=row["horizon"],
        asked_horizon=training.policy.get("horizon") if training else None,
        kinds=row["kinds"],
        trained_at=row["trained_at"],
        data_versions=json.loads(row["data_versions"]),
        code_revision=row["code_revision"],
        figures=json.loads(row["metrics"]),
        readiness=metrics.readiness if metrics else None,
        thresholds=listed.thresholds if listed else (),
        failure_until=_instant(training.failure_until_us if training else None, row["trained_at"]),
        champion_since=holder["set_at"] if holder else None,
        reason=holder["reason"] if holder else "",
        folder=row["artifact"],
        pictures=_document(folder, Pictures),
        card_path=f"{row['artifact']}/{CARD_FILE}" if folder.entry(Key(CARD_FILE)) is not None else None,
    )


def _instant(microseconds: int | None, like: datetime) -> datetime | None:
    return None if microseconds is None else datetime.fromtimestamp(microseconds / 1e6, like.tzinfo)


def _document(folder: Storage, kind: type[D]) -> D | None:
    """A document of the model folder; None where the file is not there.

    Raises:
        UsageError: The file is not of its form.
    """
    key = Key(kind.FILE)
    if folder.entry(key) is None:
        return None
    try:
        return read_document({kind.FILE: folder.read(key)}, kind)
    except ModelFolderError as exc:
        raise UsageError(f"model folder {folder.place}: {exc}") from exc


def _decision(view: LakeView, version: str) -> Decision | None:
    rows = view.rows(
        "SELECT * FROM gold.gate_decisions WHERE version = $version ORDER BY decided_at DESC, champion LIMIT 1",
        {"version": version},
    )
    if not rows:
        return None
    row, report = rows[0], json.loads(rows[0]["report"])
    checks = tuple(
        Check(each["name"], each["value"], each["relation"], each["limit"], each["verdict"], each["text"])
        for each in report.get("checks", ())
    )
    return Decision(
        version, row["decided_at"], report.get("gate", "gate"), row["verdict"],
        row["is_promoted"], row["is_provisional"], checks, row.get("reason"),
    )  # fmt: skip


def _scores(view: LakeView) -> Scores:
    counted = view.row(
        "SELECT count(*) FILTER (source = 'batch') AS batch, count(*) FILTER (source = 'edge') AS edge, "
        "count(*) FILTER (is_warming_up) AS warming_up, count(*) FILTER (is_in_sample IS NOT FALSE) AS in_sample "
        "FROM gold.predictions"
    )
    # Equal bits: a margin that is absent on both sides is equal too, and so must scores be that are listed by model.
    paired = view.row(
        """SELECT count(*) AS pairs, count(*) FILTER (b.feature_digest = e.feature_digest) AS equal_digests,
            count(*) FILTER (b.feature_digest = e.feature_digest
                AND b.margin IS NOT DISTINCT FROM e.margin
                AND b.model_scores IS NOT DISTINCT FROM e.model_scores) AS equal_margins,
            count(*) FILTER (b.feature_digest = e.feature_digest
                AND b.path_length IS NOT DISTINCT FROM e.path_length) AS equal_paths
        FROM gold.predictions b JOIN gold.predictions e USING (machine_id, factory_id, scored_at, bundle)
        WHERE b.source = 'batch' AND e.source = 'edge'"""
    )
    decisions = view.rows(
        "SELECT decision, count(*) FILTER (source = 'batch') AS batch, count(*) FILTER (source = 'edge') AS edge "
        "FROM gold.predictions WHERE is_in_sample IS FALSE GROUP BY decision"
    )
    latency = view.row(
        "SELECT quantile_cont(latency_us, 0.5) AS latency_p50_us, quantile_cont(latency_us, 0.99) AS latency_p99_us, "
        "count(latency_us) AS timed FROM bronze.edge_scores"
    )
    order = {"none": 0, "watch": 1, "maintain": 2, "stop_request": 3}
    listed = sorted(decisions, key=lambda row: order[row["decision"]])
    asked = tuple((row["decision"], row["batch"], row["edge"]) for row in listed)
    return Scores(**counted, **paired, decisions=asked, **latency)
